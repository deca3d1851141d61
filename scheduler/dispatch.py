"""From "due" to "queued": each batch in one transaction."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

import structlog
from procrastinate import App
from psycopg.types.json import Jsonb

from crawler.source import read_timetable
from scheduler.queue import enqueue
from scheduler.timetable import DEFAULT_EVERY, goes_on, next_due
from sql.database import AsyncConnection, Database, Row, clock, execute, fetch

log = structlog.get_logger("scheduler.dispatch")

# A batch is short, for its sources are locked and the loop has other things to do; a call ends while its caller
# can still hold what was queued.
_MOST_AT_ONCE = 500
_MOST_BATCHES = 20

# Of a larger batch the log tells in one line, and of each source at the level debug.
_MOST_TOLD = 100

Trigger = Literal["timetable", "command"]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A source that we hold, with the run that it gets and its next slot."""

    source: Row
    run_id: UUID
    scheduled_for: datetime
    is_served: bool
    """Whether that slot has had its run, before the clock was set back: then the source only moves on."""
    slot_at: datetime
    due_at: datetime

    @property
    def is_healthy(self) -> bool:
        return not self.source["failure_score"]


async def dispatch_due(database: Database, app: App, *, revisit: bool = False) -> list[UUID]:
    """Queue a run for every source whose slot has come, and set its next slot; 10,000 of them at most.

    However many slots were missed, one run makes up for them: the next due time lies after now.
    """
    queued: list[UUID] = []
    for _ in range(_MOST_BATCHES):
        async with database.transaction() as connection:
            now = await clock(connection)
            due = await fetch(connection, "claim_due_sources", {"now": now, "limit": _MOST_AT_ONCE})
            queued += await _queue(connection, app, due, "timetable", now, revisit=revisit)
        if len(due) < _MOST_AT_ONCE:
            break
    return queued


async def dispatch_named(
    database: Database, app: App, names: Sequence[str], *, revisit: bool = False
) -> list[UUID]:
    """Queue a run for each of these sources now, due or not; one with a run under way gets none."""
    async with database.transaction() as connection:
        now = await clock(connection)
        claimed = await fetch(connection, "claim_named_sources", {"names": list(names)})
        return await _queue(connection, app, claimed, "command", now, revisit=revisit)


async def _queue(
    connection: AsyncConnection,
    app: App,
    sources: Sequence[Row],
    trigger: Trigger,
    now: datetime,
    *,
    revisit: bool,
) -> list[UUID]:
    """Open a run for each of these locked sources, and put it on the queue."""
    if not sources:
        return []
    claims = await _go_on(connection, [_claim(row, trigger, now) for row in sources], now)
    fresh = [claim for claim in claims if not claim.is_served]
    # By hand first, and those last that have been failing: whoever hangs again then keeps nobody waiting.
    by_hand = 2 * (trigger == "command")
    jobs = await enqueue(
        app, connection, [(claim.run_id, claim.source["host_lock"], by_hand + claim.is_healthy) for claim in fresh]
    )
    job_of = {claim.run_id: job for claim, job in zip(fresh, jobs, strict=True)}
    params = {
        "source_ids": [claim.source["source_id"] for claim in claims],
        "run_ids": [claim.run_id for claim in claims],
        "job_ids": [job_of.get(claim.run_id) for claim in claims],
        "scheduled_for": [claim.scheduled_for for claim in claims],
        "slot_at": [claim.slot_at for claim in claims],
        "due_at": [claim.due_at for claim in claims],
        "trigger": trigger,
        "revisit": revisit,
        "now": now,
    }
    opened = {row["run_id"] for row in await fetch(connection, "open_runs", params)}
    queued = [claim for claim in fresh if claim.run_id in opened]
    _tell(queued, trigger)
    return [claim.run_id for claim in queued]


def _claim(row: Row, trigger: Trigger, now: datetime) -> _Claim:
    """The slot after the one that is served is the next; a run by hand leaves what is yet to come as it is."""
    slot_at, due_at = row["slot_at"] or row["due_at"], row["due_at"]
    scheduled_for = row["slot_served"] if trigger == "timetable" else now
    is_ahead = trigger == "command" and due_at and due_at > now
    if not (is_ahead and slot_at > now):
        slot_at = _slot_after(row, now)
    return _Claim(row, new_run_id(now), scheduled_for, row["is_served"], slot_at, due_at if is_ahead else slot_at)


async def _go_on(connection: AsyncConnection, claims: list[_Claim], now: datetime) -> list[_Claim]:
    """Name runs after the time when they are claimed, if both their slot and the one after that have had a run.

    The clock was set back far, and what runs all the time would be silent until it shows that time again.
    """
    served = [claim for claim in claims if claim.is_served and _goes_on(claim.source)]
    if not served:
        return claims
    params = {
        "source_ids": [claim.source["source_id"] for claim in served],
        "slot_at": [claim.slot_at for claim in served],
    }
    silent = {row["source_id"] for row in await fetch(connection, "find_served_slots", params)}
    return [
        replace(claim, scheduled_for=now, is_served=False) if claim.source["source_id"] in silent else claim
        for claim in claims
    ]


def _goes_on(row: Row) -> bool:
    try:
        return goes_on(read_timetable(row["definition"]))
    except ValueError:
        return True


def new_run_id(now: datetime) -> UUID:
    """A run's id: random but for its first 16 bits, which count minutes.

    Ids of one minute are neighbours in every index, so that the pages written at a time are few however many runs
    there are; and an id is still told by its beginning.
    """
    minutes = int(now.timestamp()) // 60 % 2**16
    random = secrets.token_bytes(16)
    return UUID(bytes=minutes.to_bytes(2) + random[2:], version=4)


def _slot_after(row: Row, now: datetime) -> datetime:
    try:
        return next_due(read_timetable(row["definition"]), now, learned=row["learned_every"])
    except ValueError as error:
        # Written by a newer version, or for a zone this host does not know: it must not hold up the others.
        log.error("source.unreadable", source=row["name"], error=" ".join(str(error).split()))  # noqa: TRY400
        return now + DEFAULT_EVERY


def _tell(queued: Sequence[_Claim], trigger: Trigger) -> None:
    is_crowd = len(queued) > _MOST_TOLD
    level = log.debug if is_crowd else log.info
    for claim in queued:
        context = {"source": claim.source["name"], "run_id": str(claim.run_id)}
        level("source.claimed", **context, trigger=trigger, scheduled_for=claim.scheduled_for.isoformat())
        level("source.rescheduled", **context, due_at=claim.due_at.isoformat())
    if is_crowd:
        slots = [claim.scheduled_for for claim in queued]
        facts = {"earliest": min(slots).isoformat(), "latest": max(slots).isoformat()}
        log.info("sources.claimed", trigger=trigger, num_sources=len(queued), **facts)


async def put_on_queue(connection: AsyncConnection, app: App, runs: list[tuple[UUID, str]], priority: int) -> None:
    """A job for each of these runs (id, host lock), in the caller's transaction."""
    jobs = await enqueue(app, connection, [(run_id, lock, priority) for run_id, lock in runs])
    pairs = [{"run_id": str(run_id), "job_id": job_id} for (run_id, _), job_id in zip(runs, jobs, strict=True)]
    await execute(connection, "set_jobs", {"rows": Jsonb(pairs)})
