"""Which feeds a web page announces: RSS autodiscovery, as browsers and feed readers know it."""

from urllib.parse import urljoin, urlsplit

from lxml import etree, html

_USUAL_FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
_USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap_news.xml", "/sitemap.xml", "/sitemap_index.xml")
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


def guess_feeds(url: str) -> list[str]:
    """Where the site of ``url`` may have a feed that it does not announce, likeliest first."""
    return [feed for path in _USUAL_FEEDS if (feed := _joined(url, path))]


def guess_sitemaps(url: str) -> list[str]:
    """Where the site of ``url`` may have a sitemap that its robots.txt does not list, those of news first."""
    return [sitemap for path in _USUAL_SITEMAPS if (sitemap := _joined(url, path))]


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
