"""The bytes of a document as UTF-8, whatever it says of itself."""

import codecs
import re

_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_HTTP_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)

# Python's codecs also hold escapes, compressions and domain names, which no document is written in.
_CHARSETS = ("utf", "iso", "cp", "koi8", "mac", "big5", "gb", "hz", "euc", "shift", "johab", "ascii", "tis")
# As browsers do: each name stands for its superset (https://encoding.spec.whatwg.org/#names-and-labels).
_SUPERSETS = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}


def to_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """Recode a document, and say in words what was wrong with the charset it claims.

    Text that is valid UTF-8 is UTF-8: other charsets do not look so by accident. Next count the HTTP header
    and the XML declaration. A document that is none of what it claims is UTF-8 with a few broken characters,
    or windows-1252, by which of the two spoils less.
    """
    for mark, charset in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            text = body.decode(charset, "replace").removeprefix("\ufeff")
            return text.encode(), "has broken characters" if "\ufffd" in text else None
    claims = [name for name in _claims(body, content_type) if name]
    if _is_utf8(body):
        wrong = claims and "utf-8" not in claims and not body.isascii()
        return body, f"says it is {claims[0]}, but is utf-8" if wrong else None
    for charset in claims:
        if (recoded := _decode(body, charset)) is not None:
            return recoded.encode(), None
    text, charset = _guess(body)
    return text.encode(), f"is not valid {claims[0] if claims else 'utf-8'}: read as {charset}"


def _claims(body: bytes, content_type: str | None) -> tuple[str | None, str | None]:
    header = _HTTP_CHARSET.search(content_type or "")
    declaration = _XML_DECLARATION.match(body[:1000])
    return (
        _codec(header[1]) if header else None,
        _codec(declaration[1].decode("ascii", "replace")) if declaration else None,
    )


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec, codec) if codec.startswith(_CHARSETS) else None


def _decode(body: bytes, charset: str) -> str | None:
    try:
        return body.decode(charset)
    except UnicodeError:
        return None


def _is_utf8(body: bytes) -> bool:
    return body.isascii() or _decode(body, "utf-8") is not None


def _guess(body: bytes) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(text.encode()) - len(text) - 2 * broken  # a broken character became three bytes
    return (text, "utf-8") if whole > broken else (body.decode("cp1252", "replace"), "cp1252")
