"""When two texts are the same text."""

import hashlib
import re
import unicodedata

# Stored with every hash. Whoever changes canonical_text() counts it up, and writes the migration.
HASH_VERSION = 1

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_SINGLE_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u0060\u00b4"), "'")
_DOUBLE_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d"), '"')
_FOLDED = _DASHES | _SINGLE_QUOTES | _DOUBLE_QUOTES

# Soft hyphen, zero-width and bidirectional controls, byte order mark, variation selectors: nothing one reads.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def canonical_text(text: str) -> str:
    """What of a text counts for its identity (version 1).

    Unicode NFKC; invisible characters removed; quotation marks and dashes of all kinds made one; case folded;
    white space of any kind and length made one space.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_FOLDED)
    return " ".join(unicodedata.normalize("NFKC", text.casefold()).split())


def content_hash(headline: str, article_body: str) -> bytes:
    """SHA-256 (32 bytes) of the canonical headline and body. A changed digit or word makes another hash."""
    canonical = f"{canonical_text(headline)}\n{canonical_text(article_body)}"
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()
