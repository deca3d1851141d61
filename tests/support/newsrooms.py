"""Small papers on loopback for whoever looks at a site: dated feeds, news sitemaps, announcing home pages."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from tests.support.pages import article
from tests.support.sites import Site

HEADLINES = (
    "Ferry returns after eleven weeks in dry dock",
    "Council votes for a second bridge in spring",
    "Night market moves to the old tram depot",
    "Choir of pensioners wins the island prize",
    "Storm takes the roof of the harbour school",
    "Lighthouse keeper sells her last postcards",
)


def newsroom(site: Site, *, num: int = 4) -> list[str]:
    """Put so many articles on the site; returns their URLs, newest first."""
    for number, headline in enumerate(HEADLINES[:num]):
        published = (datetime.now(UTC) - timedelta(hours=number + 1)).isoformat()
        site.pages[f"/news/{number}"] = article(headline, published=published)
    return [site.url(f"/news/{number}") for number in range(num)]


def dated_rss(urls: list[str], *, age: timedelta = timedelta(hours=1)) -> str:
    """A feed whose newest article is so old, and each further one an hour older."""
    items = "".join(
        f"<item><link>{escape(url)}</link><title>Item {number}</title>"
        f"<pubDate>{format_datetime(datetime.now(UTC) - age - timedelta(hours=number))}</pubDate></item>"
        for number, url in enumerate(urls)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"


def news_sitemap(urls: list[str]) -> str:
    """A news sitemap: one article an hour, the newest an hour old."""
    entries = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:title>Item {number}</news:title>"
        f"<news:publication_date>{(datetime.now(UTC) - timedelta(hours=number + 1)).isoformat()}"
        "</news:publication_date></news:news></url>"
        for number, url in enumerate(urls)
    )
    return (
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
        f" xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>{entries}</urlset>"
    )


def home(*feeds: str, links: str = "") -> str:
    """A home page that announces these feeds."""
    announced = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
    return f"<!doctype html><html><head><title>Gazette</title>{announced}</head><body>{links}</body></html>"


def front(urls: list[str]) -> str:
    """A home page that links to these articles by their headlines, as a paper without any feed does."""
    cards = "".join(
        f'<article><h2><a href="{url}">{headline}</a></h2><p>More of it inside.</p></article>'
        for url, headline in zip(urls, HEADLINES, strict=False)
    )
    return home(links=f"<main>{cards}</main>")
