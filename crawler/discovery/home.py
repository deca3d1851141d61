"""Which feeds a web page announces: RSS autodiscovery, as browsers and feed readers know it."""

from urllib.parse import urljoin, urlsplit

from lxml import etree, html

_FEED_TYPES = {"application/rss+xml", "application/atom+xml"}


def find_feeds(body: bytes, url: str) -> list[str]:
    """The feeds that ``<link rel="alternate">`` elements of a page name, absolute, in document order.

    Comment feeds, which sites announce beside their own, are left out.
    """
    try:
        tree = html.document_fromstring(body)
    except (etree.ParserError, ValueError):
        return []
    base = _joined(url, next(iter(tree.xpath("//base/@href")), "")) or url
    found = (_joined(base, link.get("href", "").strip()) for link in tree.iter("link") if _is_feed(link))
    return list(dict.fromkeys(feed for feed in found if feed))


def _is_feed(link: html.HtmlElement) -> bool:
    return (
        "alternate" in link.get("rel", "").lower().split()
        and link.get("type", "").lower().strip() in _FEED_TYPES
        and "comment" not in f"{link.get('title', '')} {link.get('href', '')}".lower()
    )


def _joined(base: str, reference: str) -> str | None:
    """The absolute http or https URL, or None for what is none."""
    try:
        joined = urljoin(base, reference)
        return joined if urlsplit(joined).scheme in {"http", "https"} else None
    except ValueError:
        return None
