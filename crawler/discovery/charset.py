"""The bytes of a document as UTF-8, whatever it says of itself."""

import codecs
import re

import charset_normalizer

_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_HTTP_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
# Two ASCII characters, each beside a NUL, open every XML or JSON document in UTF-16 without a byte order mark.
_UNICODE = (
    (re.compile(codecs.BOM_UTF8), "utf-8"),
    (re.compile(rb"\xff\xfe|[\t\n\r -~]\0[\t\n\r -~]\0"), "utf-16-le"),
    (re.compile(rb"\xfe\xff|\0[\t\n\r -~]\0[\t\n\r -~]"), "utf-16-be"),
)
_SHIFTS = re.compile(rb"\x1b[$(]")  # ISO-2022: every byte is ASCII, but not every character

# Python's codecs also hold escapes, compressions and domain names, which no document is written in. UTF-16 is
# known by its bytes: who claims it of others means nothing.
_CHARSETS = ("utf-8", "iso", "cp", "koi8", "mac", "big5", "gb", "hz", "euc", "shift", "johab", "ascii", "tis")
# As browsers do: each name stands for its superset (https://encoding.spec.whatwg.org/#names-and-labels).
_SUPERSETS = {
    "utf-8-sig": "utf-8",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
# What text that says nothing true of itself may be, where few of its letters are Latin.
_NOT_LATIN = [
    *("cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1253", "cp1255", "cp1256", "cp874"),
]
_MARKUP = re.compile(rb"<[^<>]*>")
_SAMPLE = 64 * 1024

_CHUNK = 1024 * 1024
_BROKEN = "\ufffd".encode()
_MAX_BROKEN_SHARE = 0.5  # other charsets read as UTF-8 break over 8 in 10 of their characters
_NOT_LEADING = bytes(range(0xC0))


def to_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """Recode a document, and say in words what was wrong with the charset it claims.

    Text that is valid UTF-8, or would be but for some broken characters, is UTF-8: other charsets do not look
    so by accident. Next count the HTTP header and the XML declaration. What a document that is none of what
    it claims is written in, its bytes tell.
    """
    for mark, charset in _UNICODE:
        if mark.match(body):
            text = _recode(body, charset, "replace").removeprefix(codecs.BOM_UTF8)
            return text, "has broken characters" if _BROKEN in text else None
    claims = _claims(body, content_type)
    if _is_valid(body, "utf-8") and not _SHIFTS.search(body, 0, _SAMPLE):
        wrong = claims and "utf-8" not in claims and not body.isascii()
        return body, f"says it is {claims[0]}, but is utf-8" if wrong else None
    return _recode_other(body, claims)


def _recode_other(body: bytes, claims: list[str]) -> tuple[bytes, str | None]:
    claimed = claims[0] if claims else "utf-8"
    if not body.isascii() and _broken_share(text := _recode(body, "utf-8", "replace")) < _MAX_BROKEN_SHARE:
        return text, f"is not valid {claimed}: read as utf-8"
    for charset in claims:
        if _is_valid(body, charset):
            return _recode(body, charset, "replace"), None
    for charset in claims:
        if _broken_share(text := _recode(body, charset, "replace")) < _MAX_BROKEN_SHARE:
            return text, "has broken characters"
    charset = _detect(body)
    return _recode(body, charset, "replace"), f"is not valid {claimed}: read as {charset}"


def _claims(body: bytes, content_type: str | None) -> list[str]:
    header = _HTTP_CHARSET.search(content_type or "")
    declaration = _XML_DECLARATION.match(body[:1000])
    claims = [
        _codec(header[1]) if header else None,
        _codec(declaration[1].decode("ascii", "replace")) if declaration else None,
    ]
    if claims[0] == "cp1252":  # many servers say Latin-1 of everything, and everything can be read so
        claims.reverse()
    return [charset for charset in claims if charset]


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(codec, codec) if codec.startswith(_CHARSETS) else None


def _is_valid(body: bytes, charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)()
    try:
        for start in range(0, len(body), _CHUNK):
            decoder.decode(body[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _recode(body: bytes, charset: str, errors: str) -> bytes:
    """Recode piece by piece: as Python's text, a sitemap of 50 MiB might take 200."""
    decoder = codecs.getincrementaldecoder(charset)(errors)
    starts = range(0, len(body), _CHUNK)
    pieces = [decoder.decode(body[start : start + _CHUNK]).encode(errors=errors) for start in starts]
    return b"".join([*pieces, decoder.decode(b"", final=True).encode(errors=errors)])


def _broken_share(text: bytes) -> float:
    """How many of the characters outside ASCII could not be read, from 0 to 1."""
    return text.count(_BROKEN) / max(1, len(text.translate(None, _NOT_LEADING)))


def _detect(body: bytes) -> str:
    """Tell the charset by the bytes between the tags; what is mostly Latin letters is windows-1252."""
    sample = _MARKUP.sub(b" ", body[:_SAMPLE])
    num_latin = sum(map(sample.lower().count, (bytes([letter]) for letter in range(ord("a"), ord("z") + 1))))
    num_others = len(sample.translate(None, bytes(range(0x80))))
    if num_others <= num_latin:
        return "cp1252"
    best = charset_normalizer.from_bytes(sample, cp_isolation=_NOT_LATIN).best()
    return best.encoding if best else "cp1252"
