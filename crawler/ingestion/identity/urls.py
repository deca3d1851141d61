"""When two URLs are the same page."""

import hashlib
from urllib.parse import urlsplit

from w3lib.url import canonicalize_url, url_query_cleaner

# Stored with every key. Whoever changes url_key() counts it up.
KEY_VERSION = 1

# Parameters that say where a reader came from, not what they read.
_TRACKING = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_name", "utm_cid",
    "at_medium", "at_campaign", "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid",
    "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "cmpid", "ocid", "ns_mchannel", "ns_source", "ns_campaign",
    "__twitter_impression",
)  # fmt: skip


LONGEST_URL = 4000
"""Characters of a URL that are kept and compared. Half as long is too long to be fetched."""


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
