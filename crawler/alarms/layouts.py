"""Raises and clears the alarm ``drift``: which fields have fallen, how far, since when, and on which pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crawler.alarms.alarm import Evidence, Kind
from crawler.alarms.fields import Fall, find_falls
from crawler.alarms.hours import NO_ARTICLE
from crawler.alarms.watched import Watched, stamp
from crawler.outcomes import Reason
from sql.database import AsyncConnection, fetch

_LOOK_BACK = timedelta(days=14)
_SHOWN = 3
_NOT_READ = [str(reason) for reason in Reason if reason not in NO_ARTICLE | {
    Reason.NEW_TEXT, Reason.CHANGED_TEXT, Reason.KNOWN_TEXT, Reason.SAME_TEXT}]  # fmt: skip


async def watch_layout(connection: AsyncConnection, watched: Watched, now: datetime) -> list[Fall]:
    """Raise the alarm of a source whose fields have fallen; clear it when all of them are back. Returns which."""
    falls = find_falls(watched.hours, watched.baseline.fields, is_up=watched.is_up(Kind.DRIFT))
    if not falls:
        await watched.clear(connection, Kind.DRIFT, now=now)
        return []
    since = min(fall.since for fall in falls)
    cause = f"since about {stamp(since)}: {'; '.join(map(str, falls))}; has its layout changed?"
    evidence = await _evidence(connection, watched, falls, since)
    await watched.raise_(connection, Kind.DRIFT, cause, now=now, since=since, evidence=evidence)
    return falls


async def _evidence(
    connection: AsyncConnection, watched: Watched, falls: Sequence[Fall], since: datetime
) -> list[Evidence]:
    """The first pages that lack what has fallen, and the last one before that has it."""
    params = {
        "source_id": watched.source_id,
        "since": since,
        "earliest": since - _LOOK_BACK,
        "not_read": _NOT_READ,
    }
    visits = await fetch(connection, "list_visits_around", params)
    lacking = [
        (visit, [fall.name for fall in falls if _lacks(visit, fall)]) for visit in visits if visit["is_after"]
    ]
    pieces = [
        Evidence(f"lacks {', '.join(names)} ({visit['fetched_at']:%Y-%m-%d %H:%M})", visit["run_id"], visit["url"])
        for visit, names in lacking
        if names
    ][:_SHOWN]
    for visit in visits:
        if not visit["is_after"] and not any(_lacks(visit, fall) for fall in falls):
            had = f"still had all of it ({visit['fetched_at']:%Y-%m-%d %H:%M})"
            return [*pieces, Evidence(had, visit["run_id"], visit["url"])]
    return pieces


def _lacks(visit: dict[str, Any], fall: Fall) -> bool:
    if fall.name == "article":
        return not visit["article"]
    if not visit["article"]:
        return False
    if fall.name == "body":
        return bool(visit["body"] < (fall.usual + fall.now) / 2)
    return not visit[fall.name]
