"""Stores a batch of pages in as few transactions as it can; a row that does not fit costs itself alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.copies import store_copies
from crawler.ingestion.identity import KEY_VERSION
from crawler.ingestion.page import Page, Stored
from crawler.ingestion.row import Row
from crawler.ingestion.texts import store_lessons, store_texts
from crawler.outcomes import Outcome, Reason
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError

_CONFLICTS_BORNE = 5


async def load(database: Database, pages: Sequence[Page]) -> list[Stored]:
    """Store ``pages`` and say what became of each, in their order.

    A page is left out of the result if its run was finished or taken up by another worker meanwhile.

    Raises:
        DatabaseUnavailableError: what is stored and what is not is unknown. The same batch may be loaded later:
            a visit is recorded once, and keeps its first outcome.
    """
    rows = [Row(page) for page in pages]
    for group in _without_repeats(rows):
        await _store(database, group)
    return [
        Stored(replace(row.page, article=None), row.outcome, row.reason)
        for row in rows
        if row.outcome and row.reason
    ]


def _without_repeats(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups, one after the other, in none of which a URL comes twice: it could not follow itself.

    Each is a transaction of its own, since locks that were taken group by group would be taken in no order.
    """
    groups: list[list[Row]] = []
    visits: dict[str, int] = {}
    for row in rows:
        places = (row.fields["url_key"], row.fields["place_key"])
        turn = max(visits.get(key, 0) for key in places)
        if turn == len(groups):
            groups.append([])
        groups[turn].append(row)
        visits |= dict.fromkeys(places, turn + 1)
    return groups


async def _store(database: Database, rows: Sequence[Row]) -> None:
    """Store rows; the one that does not fit is searched for by halves, and costs itself alone."""
    try:
        await _despite_conflicts(database, rows)
    except BadRowError as error:
        if len(rows) == 1:
            rows[0].strip(str(error))
            await _despite_conflicts(database, rows)
        else:
            middle = len(rows) // 2
            await _store(database, rows[:middle])
            await _store(database, rows[middle:])


async def _despite_conflicts(database: Database, rows: Sequence[Row]) -> None:
    for attempt in range(_CONFLICTS_BORNE):
        try:
            async with database.transaction() as connection:
                await _load(connection, await _still_ours(connection, rows))
        except ConflictError:
            if attempt == _CONFLICTS_BORNE - 1:
                raise
        else:
            return


async def _still_ours(connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
    run_ids = sorted({row.page.visit.run_id for row in rows})
    found = await fetch(connection, "lock_runs", {"run_ids": run_ids})
    attempts = {run["run_id"]: run["attempt"] for run in found}
    return [row for row in rows if attempts.get(row.page.visit.run_id) == row.page.visit.attempt]


async def _load(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    repeated = await _find_urls(connection, [row for row in rows if row.page.is_ours])
    first = [row for row in rows if row not in repeated]
    await _store_articles(connection, [row for row in first if row.article])
    await _record(connection, first)


async def _find_urls(connection: AsyncConnection, rows: list[Row]) -> set[Row]:
    """Lock the rows' URLs; returns the rows whose visit was recorded before, with the outcome that it had."""
    if not rows:
        return set()
    urls = {row.fields["url_key"]: (row, row.fields["url"]) for row in rows}
    urls |= {row.fields["place_key"]: (row, row.page.final_url or row.fields["url"]) for row in rows}
    await execute(
        connection,
        "insert_urls",
        {
            "rows": Jsonb(
                [
                    {
                        "url_key": key,
                        "key_version": KEY_VERSION,
                        "url": url,
                        "source_id": row.page.visit.source_id,
                        "first_seen_at": row.fields["fetched_at"],
                    }
                    for key, (row, url) in urls.items()
                ]
            )
        },
    )
    locked = {url["url_key"]: url for url in await fetch(connection, "lock_urls", {"url_keys": list(urls)})}
    for row in rows:
        row.url_id, row.place_id = (locked[row.fields[key]]["url_id"] for key in ("url_key", "place_key"))
    return await _find_repeated(connection, [row for row in rows if _may_be_repeated(row, locked)])


def _may_be_repeated(row: Row, locked: dict[str, dict[str, Any]]) -> bool:
    last = locked[row.fields["url_key"]]["last_fetched_at"]
    return last is not None and last >= row.page.fetched_at


async def _find_repeated(connection: AsyncConnection, rows: list[Row]) -> set[Row]:
    """Those of the rows that a commit stored whose acknowledgement never came: their first outcome stands."""
    if not rows:
        return set()
    visits = [
        {
            "position": position,
            "content_hash": row.article["content_hash"] if row.article else None,
            **{key: row.fields[key] for key in ("run_id", "url", "fetched_at")},
        }
        for position, row in enumerate(rows)
    ]
    found = await fetch(connection, "find_recorded_pages", {"rows": Jsonb(visits)})
    for page in found:
        row = rows[page["position"]]
        row.outcome, row.reason = Outcome(page["outcome"]), Reason(page["reason"])
    return {rows[page["position"]] for page in found}


async def _store_articles(connection: AsyncConnection, rows: list[Row]) -> None:
    if rows:
        fresh = await store_texts(connection, rows)
        await store_copies(connection, rows, fresh)
        await store_lessons(connection, rows)


async def _record(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    for row in rows:
        if row.article is None:
            row.outcome, row.reason = row.page.outcome, row.page.reason
        row.fields |= {
            "url_id": row.url_id,
            "article_id": row.article_id,
            "outcome": row.outcome,
            "reason": row.reason,
        }
    await execute(connection, "insert_pages", {"rows": Jsonb([row.fields for row in rows])})
    ours = [row for row in rows if row.page.is_ours]
    ends = {url_id: row.fields | {"url_id": url_id} for row in ours for url_id in (row.place_id, row.url_id)}
    await execute(connection, "finish_urls", {"rows": Jsonb(list(ends.values()))})
