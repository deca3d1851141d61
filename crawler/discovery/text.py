"""Strings as they may be stored: of one line, without markup, free of what Postgres refuses."""

import re
from html import unescape
from urllib.parse import urljoin

# Postgres refuses NUL, UTF-8 refuses lone surrogates; other control characters, soft hyphens, zero-width
# spaces and byte order marks cannot be seen and spoil comparisons.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u2060\ufeff\ufffe\uffff\ud800-\udfff]")
_UNWANTED_IN_URL = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]"
)  # browsers drop line breaks too
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(r"[<(]?[^\s@<>()]{1,64}@[^\s@<>()]+[>)]?")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_]|$)")


def clean_line(value: str | None) -> str | None:
    """Make one line of a claim: entities and tags resolved, white space collapsed. None if nothing is left."""
    if not value:
        return None
    text = _TAG.sub("", unescape(value)) if "<" in value or "&" in value else value
    return " ".join(_UNWANTED.sub("", text).split()) or None


def clean_name(value: str | None) -> str | None:
    """Read a name as feeds write it, as in RSS's ``desk@news.example (Asha Rao)``; an address is no name."""
    name, addresses = _MAIL_ADDRESS.subn("", value or "")
    return clean_line(name.strip(" ()") if addresses else name)


def clean_language(value: str | None) -> str | None:
    """Read the primary subtag of a language tag: ``en`` for ``en-GB``."""
    match = _LANGUAGE.match((value or "").strip().lower())
    return match[1] if match else None


def absolute_url(value: str | None, base: str) -> str | None:
    """Resolve a URL as listed against ``base``. None if nothing is listed; what cannot be joined is kept.

    ``&amp;`` is never meant in a URL: it is what feeds escape twice.
    """
    url = _UNWANTED_IN_URL.sub("", value or "").replace("&amp;", "&").strip()
    if not url or url.startswith(("http://", "https://")):
        return url or None
    try:
        return urljoin(base, url)
    except ValueError:
        return url
