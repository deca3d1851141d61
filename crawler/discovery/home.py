"""Where a site's feeds and sitemaps are: what a page announces or links to, and what is usual."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from crawler.sites import site_of

_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rss",
    "text/rss",
}
# What may be a feed, where its address or title says so.
_VAGUE_TYPES = {"application/json", "application/xml", "text/xml", "application/rdf+xml"}
_FEED_WORD = re.compile(r"rss|feed|atom", re.IGNORECASE)
_OTHER_FORMATS = re.compile(r"oembed|wp-json", re.IGNORECASE)

# /rss, /feed/, /feeds/world, /world.rss, /rss/world.xml, /rss_world.xml, /feed.json; not /feedback.
_FEED_PATH = re.compile(
    r"(?:^|/)(?:rss|feeds?|atom)(?:/|$)|\.(?:rss|atom|rdf)$|(?:rss|feed|atom)[^/]*\.(?:xml|json)$"
    r"|(?:rss|feed|atom)[^/]*/.*\.xml$",
    re.IGNORECASE,
)
_LONGEST_URL = 2000  # as of pages; what is longer could keep the pattern busy
_FEED_HOSTS = {"feedburner.com", "feedblitz.com"}

# In the order of how often a news site has them: WordPress, most others, Hugo and Jekyll, Blogger.
_FEED_PLACES = (
    *("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feeds", "feed.json", "rss/index.rss"),
    *("index.rdf", "feeds/posts/default"),
)
_SITEMAP_PLACES = (
    *("news-sitemap.xml", "sitemap-news.xml", "sitemap_news.xml", "googlenews.xml", "sitemap.xml"),
    *("sitemap_index.xml", "sitemap-index.xml", "wp-sitemap.xml", "sitemap.xml.gz", "sitemap.txt"),
)


def find_feeds(body: bytes, url: str) -> list[str]:
    """The RSS, Atom and JSON feeds that a page names, absolute, in document order.

    Those that ``<link rel="alternate">`` announces; of a page that announces none, those that it links to
    with ``<a>``, on its own site and under the usual paths. Comment feeds, which sites announce beside their
    own, are left out.
    """
    try:
        tree = html.document_fromstring(body)
    except (etree.ParserError, ValueError):
        return []
    base = _joined(url, next(iter(tree.xpath("//base/@href")), "")) or url
    return list(dict.fromkeys(_announced(tree, base))) or list(dict.fromkeys(_linked(tree, base, url)))


def guess_feeds(url: str) -> list[str]:
    """Where the feeds of a site usually are, the likeliest first; of a section's address, there before."""
    try:
        section = urlsplit(url).path.rstrip("/")
    except ValueError:
        return []
    guesses = [_joined(url, f"{path}/{place}") for path in (section, "") for place in _FEED_PLACES]
    return list(dict.fromkeys(guess for guess in guesses if guess))


def guess_sitemaps(url: str) -> list[str]:
    """Where the sitemaps of a site usually are, those of news before those of everything."""
    guesses = (_joined(url, f"/{place}") for place in _SITEMAP_PLACES)
    return [guess for guess in guesses if guess]


def _announced(tree: html.HtmlElement, base: str) -> Iterator[str]:
    for link in tree.iter("link"):
        if _is_feed(link) and (feed := _joined(base, link.get("href", ""))):
            yield feed


def _is_feed(link: html.HtmlElement) -> bool:
    relations = link.get("rel", "").lower().split()
    media_type = link.get("type", "").lower().partition(";")[0].strip().replace(" ", "+")
    named = f"{link.get('title', '')} {link.get('href', '')}"
    if not {"alternate", "feed"} & set(relations) or "comment" in named.lower():
        return False
    is_vague = media_type in _VAGUE_TYPES and _FEED_WORD.search(named) and not _OTHER_FORMATS.search(named)
    return media_type in _FEED_TYPES or "feed" in relations or bool(is_vague)


def _linked(tree: html.HtmlElement, base: str, url: str) -> Iterator[str]:
    sites = {site_of(url), site_of(base), *_FEED_HOSTS}
    for anchor in tree.iter("a"):
        feed = _joined(base, anchor.get("href", ""))
        if feed and _has_feed_path(feed) and site_of(feed) in sites:
            yield feed


def _has_feed_path(url: str) -> bool:
    is_short = len(url) <= _LONGEST_URL
    return is_short and bool(_FEED_PATH.search(urlsplit(url).path)) and "comment" not in url.lower()


def _joined(base: str, reference: str) -> str | None:
    """The absolute http or https URL, or None for what is none."""
    try:
        joined = urljoin(base, reference.strip())
        return joined if urlsplit(joined).scheme in {"http", "https"} else None
    except ValueError:
        return None
