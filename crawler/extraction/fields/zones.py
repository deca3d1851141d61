"""The clock that a page's visible times go by, where neither the page nor its source names a zone."""

from datetime import tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

# Countries that keep one clock, by top-level domain; without domains that are sold to all the world (.tv, .me).
_OF_COUNTRY = {
    "Europe/London": "uk ie",
    "Europe/Lisbon": "pt",
    "Europe/Berlin": "de at ch li lu nl be fr it es pl cz sk hu si hr rs ba mk al se no dk mt",
    "Europe/Helsinki": "fi ee lv lt ro bg gr cy ua md",
    "Europe/Istanbul": "tr",
    "Europe/Minsk": "by",
    "Asia/Jerusalem": "il",
    "Asia/Riyadh": "sa kw qa iq",
    "Asia/Dubai": "ae om",
    "Asia/Tehran": "ir",
    "Asia/Karachi": "pk",
    "Asia/Kolkata": "in lk",
    "Asia/Kathmandu": "np",
    "Asia/Dhaka": "bd",
    "Asia/Bangkok": "th vn kh",
    "Asia/Shanghai": "cn tw hk sg my ph",
    "Asia/Tokyo": "jp",
    "Asia/Seoul": "kr",
    "Africa/Johannesburg": "za zw zm bw",
    "Africa/Nairobi": "ke tz ug et",
    "Africa/Lagos": "ng",
    "Pacific/Auckland": "nz",
    "America/Argentina/Buenos_Aires": "ar",
    "America/Lima": "pe",
}
# Languages whose news is nearly all written under one clock.
_OF_LANGUAGE = {
    "Europe/Berlin": "de nl it pl cs sk hu sl hr sv no nb nn da",
    "Europe/Helsinki": "fi et lv lt ro bg el uk",
    "Europe/Istanbul": "tr",
    "Asia/Jerusalem": "he",
    "Asia/Tehran": "fa",
    "Asia/Kolkata": "hi mr ta te ml kn gu pa",
    "Asia/Bangkok": "th vi km",
    "Asia/Tokyo": "ja",
    "Asia/Seoul": "ko",
}
_COUNTRIES = {domain: zone for zone, domains in _OF_COUNTRY.items() for domain in domains.split()}
_LANGUAGES = {language: zone for zone, languages in _OF_LANGUAGE.items() for language in languages.split()}


def local_zone(source: tzinfo, url: str, language: str | None) -> tzinfo:
    """Name the zone of the times that a page shows: the source's, else its country's, else its language's.

    UTC is what is configured for a source from nowhere known.
    """
    if str(source) != "UTC":
        return source
    domain = (urlsplit(url).hostname or "").rpartition(".")[2]
    primary = (language or "").lower().replace("_", "-").partition("-")[0]
    name = _COUNTRIES.get(domain) or _LANGUAGES.get(primary)
    return ZoneInfo(name) if name else source
