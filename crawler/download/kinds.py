"""What depends on the kind of thing that is asked for: what we say we take, and how large it may be."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_XML = "application/xml;q=0.9,*/*;q=0.8"
_ACCEPT = {
    "feed": f"application/rss+xml,application/atom+xml,application/feed+json,{_XML}",
    "sitemap": "application/xml,text/xml;q=0.9,*/*;q=0.8",
}
_LIMITS = {"feed": "TIDINGS_MAX_FEED_BYTES", "sitemap": "TIDINGS_MAX_SITEMAP_BYTES"}


def accepted(kind: str) -> dict[str, str]:
    """The headers of a request for a feed or a sitemap; of pages Scrapy's default says it."""
    return {"Accept": _ACCEPT[kind]} if kind in _ACCEPT else {}


def bounds(kind: str, settings: "BaseSettings") -> dict[str, Any]:
    """The ``meta`` of a request that bounds a feed or a sitemap in bytes; of pages Scrapy's setting does."""
    return {"download_maxsize": settings.getint(_LIMITS[kind])} if kind in _LIMITS else {}
