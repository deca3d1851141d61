"""Raises and clears the alarm ``feed_moved``: a document that the operator named is elsewhere, or gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from crawler.alarms.alarm import Evidence, Kind
from crawler.alarms.watched import Watched, stamp
from crawler.source import Source
from sql.database import AsyncConnection, fetch

# Servers answer 404 for an hour when somebody tidies up.
_GONE_FOR = timedelta(days=1)


async def watch_moves(connection: AsyncConnection, watched: Sequence[Watched], now: datetime) -> None:
    """Raise the alarms of sources whose documents have moved or gone; clear those of the others."""
    params = {"source_ids": [one.source_id for one in watched]}
    rows = await fetch(connection, "list_troubled_documents", params)
    troubled = {key: list(some) for key, some in groupby(rows, key=lambda row: row["source_id"])}
    for one in watched:
        found = [
            (row, what)
            for row in _named(one, troubled.get(one.source_id, ()))
            if (what := await _what_to_do(connection, one, row, now))
        ]
        if not found:
            await one.clear(connection, Kind.FEED_MOVED, now=now)
            continue
        cause = "; ".join(what for _, what in found)
        times = [row["promoted_at"] or row["retired_at"] or row["last_good_at"] for row, _ in found]
        evidence = [Evidence("its last poll", run_id=row["run_id"], document=row["url"]) for row, _ in found]
        since = min((time for time in times if time), default=None)
        await one.raise_(connection, Kind.FEED_MOVED, cause, now=now, since=since, evidence=evidence)


def _named(watched: Watched, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the operator named."""
    if not rows:
        return []
    try:
        named = Source.model_validate(watched.row["definition"]).documents
    except ValueError:  # written by a newer version
        return []
    return [row for row in rows if row["url"] in named]


async def _what_to_do(
    connection: AsyncConnection, watched: Watched, row: dict[str, Any], now: datetime
) -> str | None:
    """What has become of a document, and what to write in its place; None if that is nothing lasting."""
    key = f"{row['kind']}s"
    place = f"in {key} of [[source]] {watched.name}"
    if row["promoted_at"]:
        moved = (
            f"{row['url']} has moved for good, and is read at {row['moved_to']} since {stamp(row['promoted_at'])}"
        )
        return f'{moved}: {place} write "{row["moved_to"]}" in its place'
    if row["retired_at"]:
        what = f"{row['url']} is gone for good (410), and not asked for since {stamp(row['retired_at'])}"
    elif row["reason"] == "http_404" and _missing_since(row, now):
        since = f"since {stamp(row['last_good_at'])}" if row["last_good_at"] else "and has never been there"
        what = f"{row['url']} is not there (404) {since}"
    else:
        return None
    params = {"source_id": watched.source_id, "kind": row["kind"]}
    others = [other["url"] for other in await fetch(connection, "list_other_documents", params)]
    named = set(Source.model_validate(watched.row["definition"]).documents)
    found = next((url for url in others if url not in named), None)
    advice = f'write "{found}", which the site has now, in its place' if found else "take it out, or name another"
    return f"{what}: {place} {advice}"


def _missing_since(row: dict[str, Any], now: datetime) -> bool:
    since = row["last_good_at"] or row["first_polled_at"]
    return since is not None and now - since >= _GONE_FOR
