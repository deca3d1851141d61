"""From "due" to "queued", in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import structlog
from procrastinate import App
from psycopg.types.json import Jsonb

from crawler.source import Source
from scheduler.queue import enqueue
from scheduler.timetable import DEFAULT_EVERY, goes_on, next_due
from sql.database import AsyncConnection, Database, clock, execute, fetch

log = structlog.get_logger("scheduler.dispatch")

_MAX_CLAIMED = 500


async def dispatch_due(database: Database, app: App, *, revisit: bool = False) -> list[UUID]:
    """Queue a run for every source whose slot has come, and set its next slot.

    However many slots were missed, one run makes up for them: the next due time lies after now.
    """
    async with database.transaction() as connection:
        now = await clock(connection)
        due = await fetch(connection, "claim_due_sources", {"now": now, "limit": _MAX_CLAIMED})
        return await _queue(connection, app, due, trigger="timetable", now=now, revisit=revisit) if due else []


async def dispatch_named(
    database: Database, app: App, names: Sequence[str], *, revisit: bool = False
) -> list[UUID]:
    """Queue a run for each of these sources now, due or not; one with a run under way gets none."""
    async with database.transaction() as connection:
        now = await clock(connection)
        claimed = await fetch(connection, "claim_named_sources", {"names": list(names)})
        return await _queue(connection, app, claimed, trigger="command", now=now, revisit=revisit)


async def _queue(
    connection: AsyncConnection,
    app: App,
    sources: Sequence[dict[str, Any]],
    *,
    trigger: str,
    now: datetime,
    revisit: bool = False,
) -> list[UUID]:
    runs = [
        {
            "run_id": str(uuid4()),
            "source_id": row["source_id"],
            "trigger": trigger,
            "revisit": revisit,
            "scheduled_for": (_slot_served(row) if trigger == "timetable" else now).isoformat(),
            **_next_slot(row, trigger, now),
        }
        for row in sources
    ]
    fresh = await _insert_runs(connection, runs, sources, now)
    # A slot that already had its run, before the clock was set back, only moves on.
    for run in runs:
        if UUID(run["run_id"]) not in fresh:
            run["run_id"] = None
    await execute(connection, "mark_claimed", {"rows": Jsonb(runs)})
    queued = [(run, row) for run, row in zip(runs, sources, strict=True) if run["run_id"]]
    # By hand first, and those last that have been failing: whoever hangs again then keeps nobody waiting.
    for priority, failing in ((1, False), (0, True)):
        runs_ = [
            (UUID(run["run_id"]), row["host_lock"]) for run, row in queued if (row["failure_score"] > 0) is failing
        ]
        await put_on_queue(connection, app, runs_, priority + 2 * (trigger == "command"))
    for run, row in queued:
        context = {"source": row["name"], "run_id": run["run_id"]}
        log.info("source.claimed", **context, trigger=trigger, scheduled_for=run["scheduled_for"])
        log.info("source.rescheduled", **context, due_at=run["due_at"])
    return [UUID(run["run_id"]) for run, _ in queued]


def _slot_served(row: dict[str, Any]) -> datetime:
    """The slot that a run serves: of those that passed meanwhile the first, for the source may have been put off.

    A run in place of one that was cut short comes before its slot, and is named after the time when it fell due.
    """
    due_at: datetime = row["due_at"]
    return min(due_at, row["slot_at"] or due_at)


async def _insert_runs(
    connection: AsyncConnection, runs: list[dict[str, Any]], sources: Sequence[dict[str, Any]], now: datetime
) -> set[UUID]:
    """Open the runs; returns those that were, for a slot has only one."""
    inserted = await fetch(connection, "insert_runs", {"rows": Jsonb(runs), "now": now})
    fresh = {row["run_id"] for row in inserted}
    if len(fresh) < len(runs):
        pairs = zip(runs, sources, strict=True)
        served = [run for run, row in pairs if UUID(run["run_id"]) not in fresh and _goes_on(row)]
        fresh |= await _go_on(connection, served, now)
    return fresh


async def _go_on(connection: AsyncConnection, runs: list[dict[str, Any]], now: datetime) -> set[UUID]:
    """Open runs in place of those whose slot has had its run, if the slot after that has had it, too.

    The clock was set back far, and what runs all the time would be silent until it shows that time again. Such a
    run is named after the time when it is claimed, which no other has.
    """
    served = await fetch(connection, "find_served_slots", {"rows": Jsonb(runs)})
    silent = {row["run_id"] for row in served}
    again = [run for run in runs if UUID(run["run_id"]) in silent]
    for run in again:
        run["scheduled_for"] = now.isoformat()
    return {row["run_id"] for row in await fetch(connection, "insert_runs", {"rows": Jsonb(again), "now": now})}


def _goes_on(row: dict[str, Any]) -> bool:
    try:
        return goes_on(Source.model_validate(row["definition"]))
    except ValueError:
        return True


def _next_slot(row: dict[str, Any], trigger: str, now: datetime) -> dict[str, str]:
    """The slot after the one that is served; a run by hand leaves what is yet to come as it is."""
    slot_at, due_at = row["slot_at"] or row["due_at"], row["due_at"]
    is_ahead = trigger == "command" and due_at and due_at > now
    if not (is_ahead and slot_at > now):
        slot_at = _slot_after(row, now)
    return {"slot_at": slot_at.isoformat(), "due_at": (due_at if is_ahead else slot_at).isoformat()}


def _slot_after(row: dict[str, Any], now: datetime) -> datetime:
    try:
        return next_due(Source.model_validate(row["definition"]), now, learned=row["learned_every"])
    except ValueError as error:
        # Written by a newer version, or for a zone this host does not know: it must not hold up the others.
        log.error("source.unreadable", source=row["name"], error=" ".join(str(error).split()))  # noqa: TRY400
        return now + DEFAULT_EVERY


async def put_on_queue(connection: AsyncConnection, app: App, runs: list[tuple[UUID, str]], priority: int) -> None:
    """A job for each of these runs (id, host lock), in the caller's transaction."""
    jobs = await enqueue(app, connection, runs, priority=priority)
    pairs = [{"run_id": str(run_id), "job_id": job_id} for (run_id, _), job_id in zip(runs, jobs, strict=True)]
    await execute(connection, "set_jobs", {"rows": Jsonb(pairs)})
