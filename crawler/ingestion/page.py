"""One visit to one URL, on its way to the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import PlainSerializer, PlainValidator

from crawler.article import Article
from crawler.ingestion.edits import EditKind
from crawler.ingestion.identity import HASH_VERSION, LONGEST_URL, content_hash, url_key
from crawler.ingestion.rhythm import Rhythm
from crawler.outcomes import GONE, OF_THE_HOST, POISONOUS, Outcome, Reason
from crawler.paragraphs import Paragraph
from crawler.text import storable
from crawler.validators import Validators


def _zone(zone: tzinfo | str) -> tzinfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


Zone = Annotated[tzinfo, PlainValidator(_zone), PlainSerializer(str)]
"""A time zone, which by its name can wait on disk."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Which attempt of which run looks at which source: what every page it yields is stored under."""

    run_id: UUID
    attempt: int
    source_id: int
    source: str
    zone: Zone = UTC
    """Of the source: in which a day without a time of day begins at midnight."""
    rhythm: Rhythm = ()
    """In which the articles that it finds are visited again."""


@dataclass(frozen=True, slots=True)
class Page:
    """How a visit to ``url`` went.

    Either it gave an ``article``, and the database decides whether that is new, changed, duplicate or unchanged;
    or ``outcome`` is ``rejected`` or ``failed``, with its ``reason``; or ``unchanged``, because the server says so
    (``not_modified``).
    """

    visit: Visit
    url: str
    fetched_at: datetime
    article: Article | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    detail: str | None = None
    final_url: str | None = None
    http_status: int | None = None
    num_bytes: int | None = None
    duration_ms: int | None = None
    opt_outs: tuple[str, ...] = ()
    is_ours: bool = True
    """False for a link to another site: what is said of it must not touch that site's record of it."""
    retry_at: datetime | None = None
    """Not to be tried again before; None leaves that to the database."""
    link: dict[str, Any] | None = None
    """What the document that listed it said of it, in JSON types; kept while the URL waits for another visit."""
    paragraphs: tuple[Paragraph, ...] = ()
    """From these the source's boilerplate is learned, if the article is new; none if it teaches nothing."""
    whole_body: str | None = None
    """The article's text with the boilerplate that was dropped from it; None if nothing was."""
    validators: Validators | None = None
    """What the server said of the page, if it shows whether the article is as it was."""
    found_in: int | None = None
    """The document that lists the URL; None if none does, or it was found before."""
    entry: dict[str, Any] | None = None
    """What was said of it there, or how it was found, in JSON types (``tidings.urls.entry``)."""
    trace: dict[str, Any] | None = None
    """What the visit met on its way, in JSON types (``tidings.pages.trace``)."""

    @property
    def place(self) -> str:
        """The URL at which the text stands: where redirects led, else the URL itself."""
        return self.final_url or self.url

    @property
    def is_gone(self) -> bool:
        """Whether an article that stood here is gone; it is, too, where redirects lead to a page that is none."""
        return self.reason in GONE or (self.reason is Reason.NOT_ARTICLE and self.final_url is not None)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a page in the database."""

    page: Page
    outcome: Outcome
    reason: Reason
    article_id: int | None = None
    """What text stands there, if any."""
    edit_kind: EditKind | None = None
    """What became of the text that stood there before, if another one stands there now."""
    is_gone: bool | None = None
    """True if the article that stood at the URL is gone, False if this visit has found it again; else None."""
    num_crashes: int | None = None
    """After how many visits in a row the page was put into quarantine; None if it was not."""


def article_row(article: Article) -> dict[str, Any]:
    """The columns of ``tidings.articles`` for an article, in JSON types."""
    return {
        "content_hash": content_hash(article.headline, article.article_body).hex(),
        "hash_version": HASH_VERSION,
        "headline": article.headline,
        "article_body": article.article_body,
        "alternative_headline": article.alternative_headline,
        "description": article.description,
        "article_section": article.article_section,
        "keywords": list(article.keywords),
        "in_language": article.in_language,
        "date_published": _iso(article.date_published),
        "date_published_source": article.date_published_source,
        "date_modified": _iso(article.date_modified),
        "main_image_url": article.main_image_url,
        "main_image_caption": article.main_image_caption,
        "main_image_credit": article.main_image_credit,
        "dateline": article.dateline,
        "is_live_blog": article.is_live_blog,
        "num_pages": article.num_pages,
        "origins": dict(article.origins),
        "is_accessible_for_free": article.is_accessible_for_free,
        "word_count": article.word_count,
    }


def whole_hash(page: Page) -> str | None:
    """The content hash (hex) of all that a page showed; None if no boilerplate was dropped from it."""
    if page.article is None or page.whole_body is None:
        return None
    return content_hash(page.article.headline, page.whole_body).hex()


def page_row(page: Page) -> dict[str, Any]:
    """What is known of a page before loading, in JSON types: columns of ``tidings.pages``, and the URLs' keys."""
    return {
        "run_id": str(page.visit.run_id),
        "source_id": page.visit.source_id,
        "url_key": url_key(page.url).hex(),
        "url": storable(page.url)[:LONGEST_URL],
        "place_key": url_key(page.place).hex(),
        "final_url": storable(page.final_url) if page.final_url else None,
        "fetched_at": _iso(page.fetched_at),
        "detail": page.detail,
        "http_status": page.http_status,
        "num_bytes": page.num_bytes,
        "duration_ms": page.duration_ms,
        "opt_outs": list(page.opt_outs),
        "retry_at": _iso(page.retry_at),
        "link": page.link,
        "trace": page.trace,
        "is_gone": page.is_gone,
        "of_host": page.reason in OF_THE_HOST,
        "is_poisonous": page.reason in POISONOUS,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
