"""Articles that may have been edited: which of them a run visits again, and how they are asked for."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from crawler.discovery import Link
from crawler.ingestion.rhythm import is_over
from crawler.sites import host_of
from crawler.spiders.kept_links import link_of_json
from crawler.validators import Validators

if TYPE_CHECKING:
    from crawler.assignment import Assignment

# 304 answers lie on real servers: after so many in a row a page is asked for in full, which is every third visit.
_MOST_BELIEVED = 2
# What is new must not wait for what is known: until the next slot, so much of the time is for known articles.
_SHARE_OF_TIME = 0.5
# For a source whose slots come close upon each other, or have been missed.
_LEAST_TIME = timedelta(minutes=1)


VisitFor = Literal["listed", "retry", "revisit", "further_page"]
"""Why a page is visited: a document or page has just named it; an earlier visit failed, or found no room; its
article may have been edited; or an article goes on there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to ask for, with the headers that make the request conditional, if it is."""

    link: Link
    conditions: Mapping[str, bytes]
    why: VisitFor


class Revisits:
    """Those of one run whose time has come, the most overdue first. Nothing is asked for when its time is up."""

    def __init__(self, until: datetime) -> None:
        self._until = until
        self._waiting: deque[Wanted] = deque()

    def add(self, revisit: Wanted) -> None:
        """Line one up, behind those that are there."""
        self._waiting.append(revisit)

    @property
    def has_turn(self) -> bool:
        """Whether there is one, and still time for it."""
        return bool(self._waiting) and datetime.now(UTC) < self._until

    def pop(self) -> Wanted:
        """The next one."""
        return self._waiting.popleft()

    def leave(self, host: str | None = None) -> int:
        """Leave those of a host, or all, to later runs; returns how many they are."""
        kept = [item for item in self._waiting if host is not None and host_of(item.link.url) != host]
        num_left = len(self._waiting) - len(kept)
        self._waiting = deque(kept)
        return num_left


def time_for_revisits(now: datetime, next_slot: datetime | None) -> datetime:
    """Until when a run that begins now may ask for known articles."""
    left = next_slot - now if next_slot else timedelta(0)
    return now + max(left * _SHARE_OF_TIME, _LEAST_TIME)


def revisit_of(row: Mapping[str, Any], assignment: "Assignment", now: datetime, *, is_due: bool) -> Wanted:
    """Make a visit of a row of ``list_due_revisits`` or ``list_all_revisits``."""
    is_last = is_due and is_over(assignment.visit.rhythm, row["first_seen_at"], now)
    believes = not is_last and row["num_not_modified"] < _MOST_BELIEVED and _is_read_alike(row, assignment, now)
    validators = Validators(row["etag"], row["last_modified"]) if believes else Validators()
    return Wanted(link_of_json(row["url"], row["link"] or {}), validators.headers, "revisit")


def _is_read_alike(row: Mapping[str, Any], assignment: "Assignment", now: datetime) -> bool:
    """Whether the stored text is what we would make of the page today, if it is as it was.

    Not the text of several pages, or one that scripts write: a server's word on one document tells nothing of it.
    Nor when the source's definition or the rules for its pages have changed since. A visit that is not answered by
    304 replaces the validators: so if the last one was made as this will be, the one that they are of was as well.
    """
    source, seen_at = assignment.source, row["last_fetched_at"]
    return (
        row["num_pages"] == 1
        and not source.javascript
        and seen_at > assignment.changed_at
        and source.rules_at(seen_at) == source.rules_at(now)
    )
