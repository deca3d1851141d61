"""Feed, sitemap or page in, links out: plain functions on plain values."""

from zoneinfo import ZoneInfo

from crawler.discovery.document import open_document
from crawler.discovery.feeds import read_feed
from crawler.discovery.home import find_feeds, guess_feeds, guess_sitemaps
from crawler.discovery.json_feed import read_json_feed
from crawler.discovery.links import Discovered, DocumentKind, DocumentUnreadableError, Link
from crawler.discovery.listing import read_listing
from crawler.discovery.shapes import Shapes, learn_shapes, url_shape
from crawler.discovery.sitemaps import read_sitemap, read_url_list

__all__ = [
    "Discovered",
    "DocumentKind",
    "DocumentUnreadableError",
    "Link",
    "Shapes",
    "discover",
    "find_feeds",
    "guess_feeds",
    "guess_sitemaps",
    "learn_shapes",
    "read_listing",
    "url_shape",
]


def discover(body: bytes, url: str, *, content_type: str | None = None, timezone: str = "UTC") -> Discovered:
    """Read what a feed or sitemap lists. Its kind is told by its content: servers mislabel both.

    ``body`` is free of transfer and content encodings (a ``.xml.gz`` file is still gzip, and is opened here).
    ``timezone`` is the IANA name of the zone of times that name none. Nothing is fetched and no XML entity is
    expanded, whatever the document says. Feeds keep their order; a sitemap's links come newest first.

    Raises :class:`DocumentUnreadableError`, saying in words what the document is instead.
    """
    document = open_document(body, content_type)
    if document.is_plain_text:
        return read_url_list(document, url)
    zone = ZoneInfo(timezone)
    if document.kind == "json_feed":
        return read_json_feed(document, url, zone)
    read = read_sitemap if document.kind in {"sitemap", "sitemap_index"} else read_feed
    return read(document, url, zone)
