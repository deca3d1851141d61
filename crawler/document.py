"""A feed, sitemap or listing of a source: what its server said last, and what it says now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from crawler.validators import Validators

DocumentKind = Literal["home", "feed", "sitemap", "listing"]
PollOutcome = Literal["read", "unchanged", "failed"]

# Servers lie about 304: every so many polls nothing is said of what we have.
_UNCONDITIONAL_EVERY = 5
# A permanent redirect is believed once it has led to the same place so many times in a row.
_STABLE_MOVES = 3
# A day is the longest that a publisher can ask us to stay away.
_LONGEST_REFRESH = timedelta(days=1)

_GONE = frozenset({"http_404", "http_410", "unreadable"})

# Its turn never came: the run's time was up, or its host is left alone for now.
_NOT_ASKED = frozenset({"over_budget", "host_paused", "host_down"})


@dataclass(frozen=True, slots=True)
class Document:
    """One row of ``tidings.documents``; times are aware."""

    document_id: int
    url: str
    kind: DocumentKind
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    num_polls: int = 0
    polled_at: datetime | None = None
    fresh_until: datetime | None = None
    moved_to: str | None = None
    num_moves: int = 0
    promoted_at: datetime | None = None
    retired_at: datetime | None = None
    num_failures: int = 0
    entry_keys: list[int] | None = None
    """Of a feed: what it listed at the last good poll (see :mod:`crawler.gap`)."""

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """From the columns of the table."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    @property
    def place(self) -> str:
        """The URL to ask: where it has moved to, once that is certain."""
        return self.moved_to if self.promoted_at and self.moved_to else self.url

    @property
    def validators(self) -> dict[str, bytes]:
        """The headers of a conditional request; none for every fifth poll, nor while its body is not known."""
        if self.body_hash is None or self.num_polls % _UNCONDITIONAL_EVERY == 0:
            return {}
        return Validators(self.etag, self.last_modified).headers

    @property
    def needs_replacing(self) -> bool:
        """Whether it has just failed, or time and again: a look for what the site has in its place is due."""
        return self.num_failures in {1, 10} or (self.num_failures % 50 == 0 and self.num_failures > 0)


@dataclass(frozen=True, slots=True)
class Poll:
    """One request for a document, with its one outcome. Sizes are in bytes after decompression."""

    document: Document
    polled_at: datetime
    outcome: PollOutcome
    reason: str | None = None
    detail: str | None = None
    http_status: int | None = None
    damage: str | None = None
    num_bytes: int | None = None
    num_links: int = 0
    num_unknown: int = 0
    duration_ms: int | None = None
    is_gap: bool = False
    """Whether a feed shares no entry with its last good poll, so that articles were missed between."""

    @property
    def is_gone(self) -> bool:
        """Whether the document is not there any more, as far as its server says."""
        return self.reason in _GONE


@dataclass(frozen=True, slots=True)
class Answer:
    """What of a response concerns the document rather than its links."""

    at: datetime
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    moved_to: str | None = None
    """Where permanent redirects alone have led; None without any, or with one for the time being."""
    refresh: timedelta | None = None


def after_answer(document: Document, answer: Answer) -> Document:
    """The document after a good answer. One without a body (304) leaves the validators as they are."""
    moves = document.num_moves + 1 if answer.moved_to == document.moved_to else 1
    moved: dict[str, Any] = {}
    if document.promoted_at is None:
        stable = answer.moved_to is not None and moves >= _STABLE_MOVES
        moved = {
            "moved_to": answer.moved_to,
            "num_moves": moves if answer.moved_to else 0,
            "promoted_at": answer.at if stable else None,
        }
    validators: dict[str, Any] = {}
    if answer.body_hash is not None:
        validators = {
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "body_hash": answer.body_hash,
        }
    refresh = min(answer.refresh, _LONGEST_REFRESH) if answer.refresh else None
    return replace(
        document,
        num_polls=document.num_polls + 1,
        polled_at=answer.at,
        fresh_until=answer.at + refresh if refresh else None,
        num_failures=0,
        **moved,
        **validators,
    )


def after_failure(document: Document, reason: str, at: datetime) -> Document:
    """The document after a poll that failed: gone for good (410), or asked at its old place again.

    One that was not asked for after all is as it was: nothing speaks against it, or its new place.
    """
    if reason in _NOT_ASKED:
        return document
    changes: dict[str, Any] = {"num_failures": document.num_failures + 1, "polled_at": at}
    if document.promoted_at is not None:
        changes |= {"moved_to": None, "num_moves": 0, "promoted_at": None}
    elif reason == "http_410":
        changes |= {"retired_at": at}
    return replace(document, **changes)
