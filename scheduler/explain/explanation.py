"""What there is to tell of a URL, as plain values; :meth:`Explanation.as_json` is what ``--json`` prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID


class State(StrEnum):
    """What a URL comes to, in a word."""

    STORED = "stored"
    """Its text is stored, and stands there as far as is known."""
    GONE = "gone"
    """Its text is stored, but the site does not show it any more."""
    WAITING = "waiting"
    """It was found, and its visit is still to come."""
    FAILED = "failed"
    """It was wanted and could not be had."""
    REJECTED = "rejected"
    """It was decided against."""
    QUARANTINED = "quarantined"
    """Reading it has crashed, hung or bloated the reader: it is not visited."""
    EXPIRED = "expired"
    """It was stored, and deleted when its time was over."""
    OFF_SITE = "off_site"
    """Some source lists it, and none has it for its own."""
    NEVER_SEEN = "never_seen"
    """A source watches its site, and nothing has ever listed it."""
    UNWATCHED = "unwatched"
    """No source watches its site."""
    NO_URL = "no_url"
    """It is no URL that could be asked for."""


HAS_ARTICLE = frozenset({State.STORED, State.GONE})
"""States in which the text is there to be read."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What an operator may do."""

    words: str
    command: str | None = None
    """To be typed as it stands; None where there is none for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a URL came to be known."""

    by: str
    """``document``, ``gap``, ``page``, ``part``, ``redirect``, ``import``; ``unknown``, if it was not recorded."""
    at: datetime
    words: str
    """The same in a sentence."""
    document: str | None = None
    document_kind: str | None = None
    where: str | None = None
    """The URL of the page that led to it."""
    headline: str | None = None
    """What was said of it there, as are the dates."""
    date_published: datetime | None = None
    date_modified: datetime | None = None
    listed_by: tuple[str, ...] = ()
    """The feeds that listed it still when they were read last."""
    is_listed: bool | None = None
    """Whether the document lists it still; None if that is not known, as of sitemaps."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, with all that it met; ``steps`` says it in sentences."""

    at: datetime
    run_id: UUID
    trigger: str
    url: str
    outcome: str
    reason: str
    why: str
    """The reason in words."""
    detail: str | None
    steps: tuple[str, ...]
    http_status: int | None = None
    final_url: str | None = None
    num_bytes: int | None = None
    duration_ms: int | None = None
    article_id: int | None = None
    opt_outs: tuple[str, ...] = ()
    trace: Mapping[str, Any] = field(default_factory=dict)
    """As ``tidings.pages.trace`` has it; empty if nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Since when a page is not opened any more, and what for."""

    since: datetime
    reason: str
    detail: str | None
    num_attempts: int


@dataclass(frozen=True, slots=True)
class Record:
    """One URL that is known, with its visits from the oldest to the newest (the latest fifty)."""

    url: str
    role: str
    """How it is related to the one before: ``asked`` is the first; ``redirected_to``, where that led;
    ``canonical_of``, whose page names it as its own; ``part_of``, the first page of its article."""
    source: str
    source_state: str
    found: Found
    outcome: str | None
    reason: str | None
    why: str
    """How its last visit ended, in words."""
    remedy: Advice | None
    """What would change that."""
    last_visit_at: datetime | None
    num_failures: int
    next_visit_at: datetime | None
    next_visit: str
    """When it is visited next and why, or why it is not."""
    gone_at: datetime | None = None
    quarantine: Quarantine | None = None
    num_visits: int = 0
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of a text: where its value was found, and by which expression of the source's rules, if by any."""

    name: str
    value: Any
    origin: str | None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """One URL at which the text stands or stood."""

    url: str
    source: str
    first_seen_at: datetime
    is_current: bool
    is_first_seen: bool
    is_first_published: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """One of the texts that stood at the URL."""

    revision: int
    article_id: int
    headline: str
    edit_kind: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class StoredText:
    """The text that stands at the URL, or stood there last."""

    article_id: int
    headline: str
    content_hash: str
    first_seen_at: datetime
    word_count: int
    fields: tuple[FieldValue, ...]
    reader: str | None
    """What read the body: blocks, json_ld, trafilatura, feed or rule; None if that was not recorded."""
    duplicates: str | None
    """In words, the URL at which the text was seen first, if that is another one."""
    story_id: int | None
    story: str | None
    """In words."""
    num_copies: int
    copies: tuple[Copy, ...]
    revisions: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A feed, sitemap, listing or home page that should list the URL."""

    url: str
    kind: str
    polled_at: datetime | None
    outcome: str | None
    reason: str | None
    detail: str | None
    num_links: int | None
    """At the last poll at which it was read."""
    oldest_entry_at: datetime | None
    """Of a feed: of when the oldest entry is that it listed last."""
    is_listed: bool | None
    """Whether it listed the URL when it was read last; None if that is not known."""
    last_gap_at: datetime | None
    """When it last lost articles between two polls, around the day in question."""
    last_good_at: datetime | None
    """When it could be had last, within 30 days."""
    last_news_at: datetime | None
    """When it last listed what nobody knew, within 30 days."""
    words: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of a source around the time in question."""

    kind: str
    cause: str
    raised_at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source that watches the URL's site, and so should have found it."""

    source: str
    state: str
    refusal: str | None
    """Why it would not visit the URL; None if it would."""
    last_run_id: UUID | None
    last_run: str
    next_poll_at: datetime | None
    next_poll: str
    longest_silence: timedelta | None
    """How long it usually is without anything new at the most; None if that is not known yet."""
    documents: tuple[DocumentState, ...]
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A source that listed the URL though it is on another's site."""

    source: str
    url: str
    at: datetime
    run_id: UUID
    document: str | None
    headline: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole story of one URL; ``verdict`` answers where the story is in a sentence or two."""

    url: str
    state: State
    verdict: str
    advice: tuple[Advice, ...] = ()
    """What an operator may do about it; nothing, where all is as it should be."""
    records: tuple[Record, ...] = ()
    """The URL that was asked for, and after it where it leads."""
    article: StoredText | None = None
    alarms: tuple[Alarm, ...] = ()
    """Those of its source that are up now, where the URL is known and no text of it is stored."""
    listings: tuple[Listing, ...] = ()
    candidates: tuple[Candidate, ...] = ()

    @property
    def is_stored(self) -> bool:
        """Whether there is an article to be read."""
        return self.state in HAS_ARTICLE

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; times are ISO 8601, lengths of time in seconds."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, UUID | StrEnum) else value
