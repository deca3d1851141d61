"""When two texts are the same text. ``README.md`` has the definition step by step, for other programs."""

import hashlib
import re
import unicodedata

from crawler.ingestion.identity.texts_1 import canonical_text_1
from crawler.text import thin_marks

# Stored with every hash. Whoever changes canonical_text() counts it up, and keeps what it was; see README.md.
HASH_VERSION = 2

# Nothing one reads, from one code point to another: Unicode's Default_Ignorable_Code_Point
# (DerivedCoreProperties.txt): soft hyphen, joiners, zero widths, directions, fillers, variation selectors, tags;
_INVISIBLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    # control characters that are no white space;
    (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F),
    # the anchors of annotations, and what stands for an object that was pasted along.
    (0xFFF9, 0xFFFC),
)  # fmt: skip
# Unicode's Quotation_Mark (PropList.txt), the ornaments and primes that look the same, and what is typed as an
# apostrophe: accents, and letters and signs of Hawaiian, Uzbek, Ukrainian, Greek, Armenian and Hebrew;
_SINGLE_QUOTES = (
    "`\u00b4\u02b9\u02bb\u02bc\u02bd\u0374\u0384\u055a\u05f3\u1fbd\u1fef\u1ffd\u2018\u2019\u201a\u201b\u2032"
    "\u2035\u2039\u203a\u275b\u275c\u275f\u276e\u276f\u300e\u300f\ufe43\ufe44\uff40"
)
_DOUBLE_QUOTES = (
    "\u00ab\u00bb\u02ba\u02ee\u05f4\u201c\u201d\u201e\u201f\u2033\u2036\u275d\u275e\u2760\u2e42\u300c\u300d\u301d"
    "\u301e\u301f\ufe41\ufe42\uff62\uff63\U0001f676\U0001f677\U0001f678"
)
# Unicode's Dash (PropList.txt), and the bullet that is a hyphen;
_DASHES = (
    "\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b"
    "\u2e40\u2e5d\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010d6e\U00010ead"
)
# but its waves are tildes, for which Japanese encodings take them.
_WAVES = "\u2053\u301c\u3030"

# NFKC does full width anyway. But of most Chinese and Japanese texts nothing is left for it to do then, and that
# it sees in a tenth of the time.
_FULL_WIDTH = map(chr, (0x3000, *range(0xFF01, 0xFF5F)))

_FOLDED = {
    **{character: unicodedata.normalize("NFKC", character) for character in _FULL_WIDTH},
    **{chr(code): "" for first, last in _INVISIBLE for code in range(first, last + 1)},
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_WAVES, "~"),
    # What NFKC would make of these is quotation marks again;
    "\u0149": "'n", "\u2034": "'''", "\u2037": "'''", "\u2057": "''''",
    # half-width marks are letters until NFKC, and would pass thin_marks() as such.
    "\uff9e": "\u3099", "\uff9f": "\u309a",
}  # fmt: skip
_ASCII_FOLDED = str.maketrans({character: folded for character, folded in _FOLDED.items() if character.isascii()})
# Beyond the first plane every character is looked up: more ranges in the class would take five times as long.
_FIRST_PLANE = "".join(character for character in _FOLDED if character < "\U00010000")
_PERHAPS_FOLDED = re.compile(f"[{_FIRST_PLANE}\U00010000-\U0010ffff]")


def canonical_text(text: str) -> str:
    """What of a text counts for its identity (version 2).

    Invisible characters removed; quotation marks and dashes of all kinds made one; Unicode NFKC; case folded; two
    single quotation marks made a double one, dashes in a row one; white space of any kind and length one space.
    Its own canonical form is itself. Takes time in proportion to the text, whatever it is.
    """
    if text.isascii():
        folded = text.translate(_ASCII_FOLDED).lower()
    else:
        plain = thin_marks(_PERHAPS_FOLDED.sub(_fold, text))
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    if "''" in folded:
        folded = folded.replace("''", '"')
    if "--" in folded:
        folded = re.sub("-{2,}", "-", folded)
    return " ".join(folded.split())


def _fold(character: re.Match[str]) -> str:
    return _FOLDED.get(character[0], character[0])


def content_hash(headline: str, article_body: str) -> bytes:
    """SHA-256 (32 bytes) of the canonical headline and body. A changed digit or word makes another hash."""
    return _hash(canonical_text(headline), canonical_text(article_body))


def content_hashes(headline: str, article_body: str) -> list[bytes]:
    """The hashes by which a text may be known: today's first, then those of older versions that differ from it."""
    canonical = (canonical_text(headline), canonical_text(article_body))
    hashes = [_hash(*canonical)]
    if not (_is_overloaded(headline) or _is_overloaded(article_body)):
        older = (canonical_text_1(headline), canonical_text_1(article_body))
        hashes += [_hash(*older)] if older != canonical else []
    return hashes


def _hash(headline: str, article_body: str) -> bytes:
    return hashlib.sha256(f"{headline}\n{article_body}".encode("utf-8", "surrogatepass")).digest()


def _is_overloaded(text: str) -> bool:
    """Tell whether letters bear so many marks that version 1 would take the square of their number in time."""
    plain = _PERHAPS_FOLDED.sub(_fold, text)
    return not text.isascii() and thin_marks(plain) != plain
