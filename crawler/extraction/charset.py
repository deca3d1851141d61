"""The bytes of a page as text, whatever the page and its server say of them."""

import codecs
import re
from collections.abc import Iterator
from itertools import islice

import charset_normalizer
from w3lib.encoding import http_content_type_encoding, resolve_encoding, to_unicode

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(
    rb"""<meta\b[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]{1,40})"""
    rb"""|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""",
    re.IGNORECASE,
)
_HEAD_BYTES = 4_096  # in which declarations, and the zero bytes of UTF-16, are looked for
# Python's codecs also hold escapes, compressions and domain names, which no page is written in; UTF-16 shows by
# itself (https://encoding.spec.whatwg.org/#names-and-labels names those that browsers read).
_CHARSETS = ("utf-8", "iso8859", "cp", "koi8", "mac", "big5", "gb", "euc", "shift", "johab", "tis")
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")  # it is all ASCII, and so passes for UTF-8

_ASCII = bytes(range(128))
# Runs of seven such letters, five times: no language of western Europe, but most others when read as one of them.
_GARBLED = re.compile("[\u0080-\u00ff\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]{7}")
_MOST_GARBLED = 4
_MOST_BROKEN = 1 / 50  # of the bytes beyond ASCII: a page in the charset it declares, with an accident or two
_FEWEST_WHOLE = 10  # characters of UTF-8 for each broken one that outweigh every declaration

_DETECTION_BYTES = 16_384
# A script without an end goes on to the end: looked for again after each start, it would not be found in hours.
_MARKUP = re.compile(rb"<(script|style)\b.*?(?:</\1>|\Z)|<[^<>]*>|\s+", re.DOTALL | re.IGNORECASE)

_STRAY = re.compile("(?<![^\0-\x7f])[\udc80-\udcff]+")  # bytes that are not UTF-8, after ASCII
_HALF = re.compile("[\udcc2-\udcf4][\udc80-\udcbf]+")  # a character of UTF-8 that was cut
_BROKEN = re.compile("[\udc80-\udcff]+")


def decode(body: bytes, content_type: str | None) -> str:
    """Turn bytes into text; bytes that fit no charset become U+FFFD.

    What is valid UTF-8 is UTF-8 whatever was declared, and so is what would be but for a few bytes: other
    charsets hardly ever look like it, and wrong declarations are common. Otherwise the order is the browsers':
    ``content_type`` (the header), then ``<meta>`` and the XML declaration; but a declaration counts only if the
    bytes bear it out. Where none does, the charset is detected.
    """
    if wide := _wide(body):
        return body.decode(wide, "replace").removeprefix("\ufeff")
    try:
        return body.decode("iso2022_jp" if _ISO_2022_JP.search(body) else "utf-8-sig")
    except UnicodeDecodeError:
        return _decode_doubtful(body.removeprefix(codecs.BOM_UTF8), content_type)


def _wide(body: bytes) -> str | None:
    """Tell UTF-16 by the zero bytes of its ASCII: marks and declarations without them are wrong."""
    sample = body[:_HEAD_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if 8 * max(even, odd) <= len(sample):
        return None
    marked = next((charset for mark, charset in _BYTE_ORDER_MARKS if body.startswith(mark)), None)
    return marked or ("utf-16-le" if odd > even else "utf-16-be")


def _decode_doubtful(body: bytes, content_type: str | None) -> str:
    whole, broken = _weigh(body)
    if whole >= _FEWEST_WHOLE * broken:
        return _mend(body)
    claimed = list(dict.fromkeys(_claims(body, content_type)))
    readings = (text for charset in claimed if (text := _read(body, charset)) is not None)
    if (text := next(readings, None)) is not None:
        return text
    if whole > broken:
        return _mend(body)
    detected = _detect(body)
    return to_unicode(body, detected or next(iter(claimed), "cp1252"))


def _weigh(body: bytes) -> tuple[int, int]:
    """Count the characters beyond ASCII that are whole UTF-8, and the pieces that are not."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - (len(body) - _beyond_ascii(body)) - broken, broken


def _beyond_ascii(body: bytes) -> int:
    return len(body.translate(None, _ASCII))


def _claims(body: bytes, content_type: str | None) -> Iterator[str]:
    """Name the charsets declared, as Python calls the superset that browsers read for each."""
    declared = (match[1] or match[2] for match in _DECLARED.finditer(body[:_HEAD_BYTES]))
    resolved = (resolve_encoding(name.decode("ascii", "replace")) for name in declared)
    for codec in (http_content_type_encoding(content_type), *resolved):
        if codec and codec.startswith(_CHARSETS):
            yield codec


def _read(body: bytes, charset: str) -> str | None:
    """Decode, unless too much of it breaks or what comes out is no text."""
    text = to_unicode(body, charset)
    if text.count("\ufffd") > _MOST_BROKEN * _beyond_ascii(body):
        return None
    return None if charset == "cp1252" and _is_garbled(text) else text


def _is_garbled(text: str) -> bool:
    return len(list(islice(_GARBLED.finditer(text), _MOST_GARBLED + 1))) > _MOST_GARBLED


def _detect(body: bytes) -> str | None:
    sample = _MARKUP.sub(b" ", body[: 8 * _DETECTION_BYTES])[:_DETECTION_BYTES]
    best = charset_normalizer.from_bytes(sample).best()
    return best.encoding if best else None


def _mend(body: bytes) -> str:
    """Decode UTF-8 with flaws: a byte between ASCII was pasted from windows-1252, half a character is U+FFFD."""
    text = _STRAY.sub(_stray, body.decode("utf-8", "surrogateescape"))
    return _BROKEN.sub("\ufffd", text)


def _stray(run: re.Match[str]) -> str:
    if _HALF.fullmatch(run[0]):
        return "\ufffd"
    return run[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")
