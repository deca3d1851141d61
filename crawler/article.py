"""The typed result of extraction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from crawler.rules import Rules

Origin = Literal["json_ld", "meta", "microdata", "html", "feed", "sitemap", "rule", "derived"]
"""Where a value of an article was found; ``derived`` is what we worked out from other values."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a page before it is read, from its source and from the document that listed it."""

    timezone: str = "UTC"  # IANA name: the zone of dates that name none
    headline: str | None = None
    date_published: datetime | None = None
    date_modified: datetime | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    in_language: str | None = None
    keywords: tuple[str, ...] = ()
    article_body: str | None = None  # the full text that a feed carries, as plain paragraphs
    origin: Literal["feed", "sitemap"] = "feed"  # the kind of the document that listed it
    asked_url: str | None = None  # where the page was asked for, if redirects led elsewhere
    rules: "Rules | None" = None  # of its source, for the day on which it was fetched


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as its page states it. Names are schema.org's; missing is None; times are UTC.

    ``article_body`` holds paragraphs separated by one newline. ``origins`` says of every field that has a value
    where that was found; ``date_published_source`` repeats it for the date.
    """

    url: str
    headline: str
    article_body: str
    alternative_headline: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None
    date_published: datetime | None = None
    date_published_source: str | None = None
    date_modified: datetime | None = None
    main_image_url: str | None = None
    main_image_caption: str | None = None
    main_image_credit: str | None = None
    dateline: str | None = None  # the place that opens the text, as in "KOLKATA, May 3 (Reuters) -"
    canonical_url: str | None = None
    is_accessible_for_free: bool | None = None
    is_live_blog: bool = False
    num_pages: int = 1  # of the page itself and those on which its text goes on
    word_count: int = 0
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotAnArticle:
    """Why a page is not stored: ``reason`` is one of ``crawler.outcomes.Reason``."""

    reason: str
    detail: str
    evidence: dict[str, Any] = field(default_factory=dict)
