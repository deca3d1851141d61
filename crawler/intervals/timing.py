"""What a run teaches of when its source is asked next: from rows to decisions of ``cadence`` and ``freshness``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import structlog

from crawler.document import Poll
from crawler.intervals.cadence import (
    FIRST,
    FLAT,
    NUM_POLLS,
    SHORTEST,
    Rhythm,
    adapt,
    is_material,
    rhythm_of,
    spread_out,
)
from crawler.intervals.freshness import Arrival, Costs, Measured, has_time, measure, minutes
from sql.database import AsyncConnection, fetch

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.intervals")

# A week has to come several times before it is a rhythm; what is older is another newsroom's. A thousand rows cost
# the database 5 to 20 ms, once a run.
_WEEKS = timedelta(weeks=4)
_MAX_PUBLICATIONS = 1000
_DAYS_OF_ARRIVALS = timedelta(days=7)
_MAX_ARRIVALS = 200
_NUM_RUNS = 20
_DAYS_OF_POLLS = timedelta(days=30)  # 24 h between two polls is the longest


@dataclass(frozen=True, slots=True)
class Timing:
    """The interval that a source has come to, and the slot that it leads to."""

    every: timedelta
    slot_at: datetime


async def learn_timing(
    connection: AsyncConnection, assignment: "Assignment", *, is_good: bool, now: datetime
) -> Timing | None:
    """When an adaptive source is asked next, in the transaction that ends its run; None for any other.

    Only good runs of the timetable teach anything: whoever asks by hand three times in a row has not shown that
    the source is slow. A gap counts whoever has found it.
    """
    source, before = assignment.source, assignment.learned_every
    if not source.is_adaptive:
        return None
    every, cause = before or FIRST, "this is where it begins"
    rhythm = FLAT if source.freshness else await _rhythm(connection, assignment, now)
    if is_good and assignment.is_of_timetable:
        if source.freshness:
            every, cause = await _for_freshness(connection, assignment, every, now)
        else:
            every, cause = await _by_share(connection, assignment, every, rhythm, now)
    if assignment.tally.gaps and (shorter := min(gap.would_do for gap in assignment.tally.gaps)) < every:
        every, cause = max(shorter, _shortest(assignment)), "articles were missed between two polls of a feed"
    every = timedelta(seconds=round(every.total_seconds()))
    if is_good and every != before and is_material(before, every):
        was = minutes(before) if before else None
        log.info("interval.changed", **assignment.log_context, every=minutes(every), before=was, cause=cause)
    asked_at = first_asked(assignment.tally.polls, now)
    slot = asked_at + every
    if not source.freshness:
        slot = max(rhythm.after(asked_at, every), asked_at + SHORTEST)
    return Timing(every, max(spread_out(slot, every, source.name), now))


def first_asked(polls: Sequence[Poll], now: datetime) -> datetime:
    """When a run began to ask, of the database's clock, which says ``now``; ours may be another."""
    ours = datetime.now(UTC)
    return now - max(ours - min((poll.polled_at for poll in polls), default=ours), timedelta(0))


def _shortest(assignment: "Assignment") -> timedelta:
    return timedelta(minutes=1) if assignment.source.freshness else SHORTEST


async def _by_share(
    connection: AsyncConnection, assignment: "Assignment", every: timedelta, rhythm: Rhythm, now: datetime
) -> tuple[timedelta, str]:
    rows = await _latest_polls(connection, assignment.visit.source_id, now)
    shares = [row["known_share"] for row in rows]
    cause = f"known of the links listed at the latest polls: {', '.join(f'{share:.0%}' for share in shares)}"
    if rhythm.spacing is not None:
        cause += f"; an article comes every {minutes(rhythm.spacing)}"
    return adapt(every, shares, rhythm, has_gap=any(row["has_gap"] for row in rows)), cause


async def _for_freshness(
    connection: AsyncConnection, assignment: "Assignment", every: timedelta, now: datetime
) -> tuple[timedelta, str]:
    target = assignment.source.freshness or every
    params = arrivals_since(assignment.visit.source_id, assignment.changed_at, now)
    arrivals = await fetch(connection, "list_arrivals", params)
    polls = await fetch(connection, "measure_polls", params)
    measured = freshness_of(arrivals, polls[0], assignment.source.zone)
    wanted = measured.interval_for(target)
    if any(row["has_gap"] for row in await _latest_polls(connection, assignment.visit.source_id, now)):
        wanted = max(min(wanted, every), measured.costs.shortest)
    if measured.p95 is None:
        return wanted, f"the target is {minutes(target)}, and too few articles have shown yet what is in the way"
    return wanted, (
        f"the target is {minutes(target)}; 95 of 100 articles were stored within {minutes(measured.p95)}, of"
        f" which the publisher took {minutes(measured.listed_late)}, and the way from poll to row"
        f" {minutes(measured.handling)}"
    )


async def _latest_polls(connection: AsyncConnection, source_id: int, now: datetime) -> list[dict[str, Any]]:
    params = {"source_id": source_id, "limit": NUM_POLLS, "since": now - _DAYS_OF_POLLS}
    return await fetch(connection, "list_known_shares", params)


def arrivals_since(source_id: int, changed_at: datetime, now: datetime) -> dict[str, Any]:
    """What ``list_arrivals`` and ``measure_polls`` are asked: of the last week, and of the source as it is now."""
    since = max(now - _DAYS_OF_ARRIVALS, changed_at)
    return {"source_id": source_id, "since": since, "max_arrivals": _MAX_ARRIVALS, "max_runs": _NUM_RUNS}


def freshness_of(arrivals: list[dict[str, Any]], polls: dict[str, Any], zone: tzinfo) -> Measured:
    """How fresh the articles of a source were, by the rows of these two queries."""
    return measure([Arrival(**row) for row in arrivals], Costs.of_row(polls), zone)


async def _rhythm(connection: AsyncConnection, assignment: "Assignment", now: datetime) -> Rhythm:
    zone = assignment.source.zone
    params = {
        "source_id": assignment.visit.source_id,
        "since": now - _WEEKS,
        "limit": _MAX_PUBLICATIONS,
    }
    rows = await fetch(connection, "list_publications", params)
    times = [_time_of(row["date_published"], row["first_seen_at"], zone, now) for row in rows]
    return rhythm_of(times, zone, now)


def _time_of(published: datetime | None, seen: datetime, zone: tzinfo, now: datetime) -> datetime:
    """When an article came: as its publisher says, or, failing that, when we met it."""
    if published is None or not has_time(published, zone) or not now - _WEEKS < published <= now:
        return seen
    return published
