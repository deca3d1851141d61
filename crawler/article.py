"""The typed result of extraction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


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
    asked_url: str | None = None  # where the page was asked for, if redirects led elsewhere


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as its page states it. Names are schema.org's; missing is None; times are UTC.

    ``article_body`` holds paragraphs separated by one newline. ``date_published_source`` says where the date
    was found: ``json_ld``, ``meta``, ``html`` or ``feed`` (which stands for every discovery document).
    """

    url: str
    headline: str
    article_body: str
    description: str | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None
    date_published: datetime | None = None
    date_published_source: str | None = None
    date_modified: datetime | None = None
    main_image_url: str | None = None
    canonical_url: str | None = None
    is_accessible_for_free: bool | None = None
    word_count: int = 0


@dataclass(frozen=True, slots=True)
class NotAnArticle:
    """Why a page is not stored: ``reason`` is one of ``crawler.outcomes.Reason``."""

    reason: str
    detail: str
    evidence: dict[str, Any] = field(default_factory=dict)
