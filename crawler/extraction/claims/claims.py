"""What one place on a page claims. Every reader answers in this form, so that choosing is apart from reading."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from crawler.article import Origin


class Choice(NamedTuple):
    """The value chosen for a field, and whose claim it was."""

    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one origin. Text is clean; dates and URLs are as written, and may be wrong."""

    origin: Origin
    headline: str | None = None
    alternative_headline: str | None = None
    article_body: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None
    date_published: object = None
    date_modified: object = None
    main_image_url: str | None = None
    main_image_caption: str | None = None
    main_image_credit: str | None = None
    dateline: str | None = None
    canonical_url: str | None = None
    site_names: tuple[str, ...] = ()
