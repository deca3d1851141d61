"""What one place on a page claims. Every reader answers in this form, so that choosing is apart from reading."""

from dataclasses import dataclass
from typing import Literal

Origin = Literal["json_ld", "meta", "html", "feed"]


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one origin. Text is clean; dates and URLs are as written, and may be wrong."""

    origin: Origin
    headline: str | None = None
    article_body: str | None = None
    description: str | None = None
    authors: tuple[str, ...] = ()
    article_section: str | None = None
    keywords: tuple[str, ...] = ()
    in_language: str | None = None
    date_published: object = None
    date_modified: object = None
    main_image_url: str | None = None
    canonical_url: str | None = None
    site_name: str | None = None
