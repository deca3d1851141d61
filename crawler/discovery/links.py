"""What discovery hands on: links, each with what the document that listed it said about it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

DocumentKind = Literal["rss", "atom", "rdf", "json_feed", "sitemap", "sitemap_index", "listing"]


@dataclass(frozen=True, slots=True)
class Link:
    """One URL that a feed, sitemap or listing names.

    ``url`` is absolute, as listed: nothing is canonicalised here. Every other field repeats the publisher's
    claim, or is None where the document makes none. Times are aware and in UTC.
    """

    url: str
    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    in_language: str | None = None
    keywords: tuple[str, ...] = ()
    article_body: str | None = None
    origin: Literal["feed", "sitemap"] = "feed"
    """The kind of the document, as its claims are credited to it."""
    depth: int = 0
    """How many pages a recursive crawl went through to find it."""
    part_of: str | None = None
    """The first page of the article of which this is known to be a further page."""
    found_in: int | None = None
    """The document that lists it, as the database numbers it; filled in by whoever asked for that."""
    found_on: str | None = None
    """The page that leads to it, where no document lists it."""
    is_missed: bool = False
    """Whether it was looked for because a feed had lost articles."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """What one feed, sitemap or listing says: its links, and further sitemaps of an index.

    The links of feeds and listings are in document order, a sitemap's newest first, as are an index's sitemaps.

    ``damage`` says in words what was wrong with a document that could be read only in part; None if nothing.
    """

    kind: DocumentKind
    links: list[Link] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    damage: str | None = None
    refresh: timedelta | None = None
    """How long the document asks to be left alone between two polls (``ttl``, ``sy:update*``)."""
    feeds: list[str] = field(default_factory=list)
    """Feeds that a home page announces."""
    pages: list[str] = field(default_factory=list)
    """Further pages of a listing or of a paged feed, nearest first."""
    sections: list[str] = field(default_factory=list)
    """What looks like section fronts in the menus of a listing."""


class DocumentUnreadableError(ValueError):
    """The document is no feed, sitemap or listing that we can read."""
