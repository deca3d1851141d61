"""What a document says of one URL, from raw strings to a :class:`Link`."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from itertools import islice
from typing import Literal

from crawler.dates import read_moment
from crawler.discovery.links import Link
from crawler.text import clean_language, clean_line, clean_name

# More, or longer, is a list of search terms rather than what an article is about.
_MAX_KEYWORDS = 50
_LONGEST_KEYWORD = 100


def make_link(
    url: str,
    zone: tzinfo,
    *,
    headline: str | None = None,
    published: Iterable[str | None] = (),
    modified: Iterable[str | None] = (),
    authors: Iterable[str | None] = (),
    section: str | None = None,
    language: str | None = None,
    keywords: Iterable[str | None] = (),
    article_body: str | None = None,
    origin: Literal["feed", "sitemap"] = "feed",
) -> Link:
    """Clean what is claimed of an absolute URL; of several times the first that can be read counts.

    ``article_body`` is clean already.
    """
    return Link(
        url=url,
        headline=clean_line(headline),
        date_published=_first_date(published, zone),
        date_modified=_first_date(modified, zone),
        authors=_clean_names(authors) if authors else (),
        article_section=clean_line(section),
        in_language=clean_language(language) if language else None,
        keywords=_clean_keywords(keywords) if keywords else (),
        article_body=article_body,
        origin=origin,
    )


def first_of_each(links: Iterable[Link]) -> list[Link]:
    """Keep the first link of those that name the same URL."""
    first: dict[str, Link] = {}
    for link in links:
        first.setdefault(link.url, link)
    return list(first.values())


def split_keywords(value: str | None) -> list[str]:
    """Split keywords that are written in one line, as in Google's news sitemaps."""
    return value.split(",") if value else []


def _clean_names(authors: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(clean_name, authors))))


def _clean_keywords(values: Iterable[str | None]) -> tuple[str, ...]:
    """Of keywords that differ in case alone the first is kept; a URL, as of a category's scheme, is none."""
    keywords: dict[str, str] = {}
    for keyword in filter(None, map(clean_line, values)):
        if len(keyword) <= _LONGEST_KEYWORD and "://" not in keyword:
            keywords.setdefault(keyword.casefold(), keyword)
    return tuple(islice(keywords.values(), _MAX_KEYWORDS))


def _first_date(values: Iterable[str | None], zone: tzinfo) -> datetime | None:
    for value in values:
        if value and (moment := read_moment(value, zone)):
            return moment.time
    return None
