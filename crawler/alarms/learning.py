"""Learns what is usual of sources: once a day of each, a few at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from crawler.alarms.baseline import WEEKS, Baseline, learn
from crawler.alarms.hours import REASONS, Hour
from crawler.alarms.watched import zone_of
from sql.database import Database, Row

_OLD = timedelta(days=1)
AT_ONCE = 20
"""Sources: 27,000 hours at the most, and a tenth of a second of CPU."""


async def learn_old(database: Database, now: datetime) -> list[int]:
    """Learn the baselines that are older than a day anew, a few of them; returns of which sources."""
    params = {"before": now - _OLD, "limit": AT_ONCE}
    old = await database.fetch("list_old_baselines", params)
    await learn_baselines(database, {row["source_id"]: row["timezone"] for row in old}, now)
    return [row["source_id"] for row in old]


async def learn_baselines(database: Database, zones: dict[int, str], now: datetime) -> None:
    """Learn the baselines of these sources (time zones by id)."""
    if not zones:
        return
    params = {"source_ids": list(zones), "now": now, "weeks": WEEKS, **REASONS}
    rows = await database.fetch("list_hours", params)
    learned = await asyncio.to_thread(_learn, rows, zones, now)
    await database.execute("put_baselines", {"rows": Jsonb(_rows(learned)), "now": now})


def _learn(rows: Sequence[Row], zones: dict[int, str], now: datetime) -> list[tuple[int, Baseline]]:
    """In a thread of its own: the leader has other things to do every second."""
    hours = {row["source_id"]: Hour.of_row(row) for row in rows}
    return [(source_id, learn(hours.get(source_id, ()), zone_of(zone), now)) for source_id, zone in zones.items()]


def _rows(learned: Sequence[tuple[int, Baseline]]) -> list[dict[str, Any]]:
    return [
        {
            "source_id": source_id,
            "num_weeks": one.num_weeks,
            "num_new": one.num_new,
            "usual": [round(value, 4) for value in one.usual],
            "spread": [round(value, 4) for value in one.spread],
            "longest_silence": one.longest_silence.total_seconds() if one.longest_silence else None,
            "longest_quiet": one.longest_quiet,
            "fields": {name: asdict(usual) for name, usual in one.fields.items()},
        }
        for source_id, one in learned
    ]
