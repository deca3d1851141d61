"""When two texts are the same text, and two URLs the same page."""

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

# Stored with every hash. Whoever changes canonical_text() counts it up, and writes the migration.
HASH_VERSION = 1

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_SINGLE_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u0060\u00b4"), "'")
_DOUBLE_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d"), '"')
_FOLDED = _DASHES | _SINGLE_QUOTES | _DOUBLE_QUOTES

# Soft hyphen, zero-width and bidirectional controls, byte order mark, variation selectors: nothing one reads.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")

# Parameters that say where a reader came from, not what they read.
_TRACKING = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_name", "utm_cid",
    "at_medium", "at_campaign", "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid",
    "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "cmpid", "ocid", "ns_mchannel", "ns_source", "ns_campaign",
    "__twitter_impression",
)  # fmt: skip


LONGEST_URL = 4000
"""Characters of a URL that are kept and compared. Half as long is too long to be fetched."""


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


def url_key(url: str) -> bytes:
    """SHA-256 (32 bytes) of the URL without what does not make another page.

    Dropped or evened out: fragment, case of scheme and host, default port, tracking parameters, order of
    parameters, spelling of percent-encodings. Of a URL too long to be fetched the beginning counts.
    """
    url = url[:LONGEST_URL]
    try:
        cleaned = url_query_cleaner(url, _TRACKING, remove=True, unique=False) if "?" in url else url
        parts = urlsplit(canonicalize_url(cleaned))
        default = {"http": 80, "https": 443}.get(parts.scheme)
        if default is not None and parts.port == default:
            parts = parts._replace(netloc=parts.netloc.removesuffix(f":{default}"))
        canonical = parts.geturl()
    except ValueError:  # not a URL at all; it is still one thing we saw
        canonical = url
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()
