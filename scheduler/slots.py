"""Slots that were set by a clock that has been set back since: back to where the timetable has them."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.source import read_timetable
from scheduler.timetable import DEFAULT_EVERY, next_due
from sql.database import Database, clock, execute, fetch

log = structlog.get_logger("scheduler.slots")

# What transactions that run side by side, and a clock that is being steered, make of "now".
TOLERANCE = timedelta(seconds=2)

_BATCH = 1000
_MICROSECOND = timedelta(microseconds=1)


async def recall_slots(database: Database, jump: timedelta | None = None) -> int:
    """Bring back whatever waits for a time that the clock showed before; returns how many sources did.

    Of each source the time is known at which its slot was set. Where that is yet to come, the clock was set back,
    by ``jump`` (negative) or, if nobody saw that, by so much as the latest of these times lies ahead. What was put
    off stays put off, for as long as it was meant to be. Nothing is touched that was set by the clock as it is.

    Raises:
        DatabaseError: the database cannot be reached; what is left is done by the next call.
    """
    (latest,) = await database.fetch("read_latest_time")
    ahead = latest["timed_at"] - latest["now"] if latest["timed_at"] else timedelta(0)
    if jump is None and ahead <= TOLERANCE:
        return 0
    jump = -ahead if jump is None else jump
    num_sources = await _recall_sources(database, jump)
    later = {"later": latest["now"] + TOLERANCE}
    await database.execute("recall_turns", later | {"jump": jump})
    await database.execute("recall_heartbeats", later)
    await database.execute("recall_alarms", later)
    if num_sources:
        log.warning("slots.recalled", num_sources=num_sources, seconds=round(jump.total_seconds(), 1))
    return num_sources


async def _recall_sources(database: Database, jump: timedelta) -> int:
    num_sources, last = 0, 0
    while True:
        async with database.transaction() as connection:
            now = await clock(connection)
            params = {"source_id": last, "later": now + TOLERANCE, "limit": _BATCH}
            found = await fetch(connection, "find_timed_ahead", params)
            if not found:
                return num_sources
            recalled = [_recalled(row, now, jump) for row in found]
            await execute(connection, "recall_sources", {"rows": Jsonb(recalled)})
        last = found[-1]["source_id"]
        num_sources += len(found)


def _recalled(row: dict[str, Any], now: datetime, jump: timedelta) -> dict[str, Any]:
    was_at, was_due = row["slot_at"] or row["due_at"], row["due_at"]
    slot_at = _slot_from(row["definition"], max(now, was_at + jump))
    due_at = slot_at
    if was_due > was_at:
        due_at = max(slot_at, was_due + jump)
    elif was_due < was_at:
        due_at = min(slot_at, was_due + jump)
    return {"source_id": row["source_id"], "slot_at": slot_at.isoformat(), "due_at": due_at.isoformat()}


def _slot_from(definition: dict[str, Any], moment: datetime) -> datetime:
    """The first slot not before ``moment``: it comes no sooner than had nobody touched the clock."""
    try:
        source = read_timetable(definition)
        return moment if source.is_adaptive else next_due(source, moment - _MICROSECOND)
    except ValueError:
        return moment + DEFAULT_EVERY
