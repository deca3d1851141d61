"""Stores a batch of pages in as few transactions as it can; a row that does not fit costs itself alone."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.identity import KEY_VERSION
from crawler.ingestion.loading.copies import confirm_copies, store_copies
from crawler.ingestion.loading.firsts import settle_firsts
from crawler.ingestion.loading.hours import count_pages
from crawler.ingestion.loading.row import Row
from crawler.ingestion.loading.texts import store_lessons, store_texts
from crawler.ingestion.loading.tombstones import refuse_at_expired_url
from crawler.ingestion.page import Page, Stored, article_row, page_row
from crawler.ingestion.rhythm import is_over, next_visit
from crawler.outcomes import Outcome, Reason
from crawler.validators import Validators
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import ConflictError, DatabaseError, DatabaseUnavailableError, SchemaError

_CONFLICTS_BORNE = 5
_MOST_CHARACTERS = 4_000_000  # of bodies in a transaction: ten batches of common pages, and 30 ms of the loop


async def load(database: Database, pages: Sequence[Page]) -> list[Stored]:
    """Store ``pages`` and say what became of each, in their order.

    A page is left out of the result if its run was finished or taken up by another worker meanwhile.

    Raises:
        DatabaseUnavailableError: what is stored and what is not is unknown. The same batch may be loaded later:
            a visit is recorded once, and keeps its first outcome.
    """
    rows = await asyncio.to_thread(_rows, pages)  # to hash a text takes its time
    groups = [part for group in _without_repeats(rows) for part in _of_bearable_size(group)]
    stored = [row for group in groups for row in await _store(database, group)]
    return [_stored(row) for row in sorted(stored, key=attrgetter("position"))]


def _rows(pages: Sequence[Page]) -> list[Row]:
    return [_row(position, page) for position, page in enumerate(pages)]


def _row(position: int, page: Page) -> Row:
    return Row(position, page, page_row(page), article_row(page.article) if page.article else None)


def _without_repeats(rows: Iterable[Row]) -> list[list[Row]]:
    """Groups, to be stored one after the other, in none of which a URL comes twice: it could not follow itself.

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


def _of_bearable_size(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in a row, cut where their bodies would be too much for one statement."""
    part: list[Row] = []
    room = _MOST_CHARACTERS
    for row in rows:
        size = len(row.article["article_body"]) if row.article else 0
        if part and size > room:
            yield part
            part, room = [], _MOST_CHARACTERS
        part.append(row)
        room -= size
    if part:
        yield part


async def _store(database: Database, rows: Sequence[Row]) -> list[Row]:
    """Store rows; the one that does not fit, or breaks what nobody foresaw, is searched for by halves.

    It costs itself alone.
    """
    try:
        return await _despite_conflicts(database, rows)
    except (ConflictError, DatabaseUnavailableError, SchemaError):
        raise  # no row is at fault
    except DatabaseError as error:
        if len(rows) == 1:
            return await _despite_conflicts(database, [_bare(rows[0], str(error))])
    middle = len(rows) // 2
    return await _store(database, rows[:middle]) + await _store(database, rows[middle:])


def _bare(row: Row, detail: str) -> Row:
    """What names the visit and nothing else: what does not fit may be any of its values."""
    page = row.page
    failed = Page(
        page.visit, page.url, page.fetched_at, outcome=Outcome.FAILED, reason=Reason.BAD_ROW, detail=detail
    )
    return _row(row.position, failed)


async def _despite_conflicts(database: Database, rows: Sequence[Row]) -> list[Row]:
    for attempt in range(_CONFLICTS_BORNE):
        try:
            async with database.transaction() as connection, connection.pipeline():
                ours = await _still_ours(connection, rows)
                return await _load(connection, [replace(row, fields=dict(row.fields)) for row in ours])
        except ConflictError:
            if attempt == _CONFLICTS_BORNE - 1:
                raise
    raise AssertionError("unreachable")


async def _still_ours(connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
    run_ids = sorted({row.page.visit.run_id for row in rows})
    found = await fetch(connection, "lock_runs", {"run_ids": run_ids})
    attempts = {run["run_id"]: run["attempt"] for run in found}
    return [row for row in rows if attempts.get(row.page.visit.run_id) == row.page.visit.attempt]


async def _load(connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
    repeated = await _find_urls(connection, [row for row in rows if row.page.is_ours])
    first = [row for row in rows if row not in repeated]
    await _store_articles(connection, [row for row in first if row.article])
    await confirm_copies(connection, [row for row in first if row.page.reason is Reason.NOT_MODIFIED])
    await _record(connection, first)
    return [*first, *repeated]


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
                        **_finding(row, key),
                    }
                    for key, (row, url) in urls.items()
                ]
            )
        },
    )
    locked = {url["url_key"]: url for url in await fetch(connection, "lock_urls", {"url_keys": list(urls)})}
    for row in rows:
        url, place = locked[row.fields["url_key"]], locked[row.fields["place_key"]]
        row.url_id, row.place_id, row.place_seen_at = url["url_id"], place["url_id"], place["first_seen_at"]
        if place["is_expired"]:
            refuse_at_expired_url(row)
    return await _find_repeated(connection, [row for row in rows if _may_be_repeated(row, locked)])


def _finding(row: Row, key: str) -> dict[str, Any]:
    """How a URL was found: listed, or by the redirects of one that was."""
    if key == row.fields["url_key"]:
        return {"found_in": row.page.found_in, "entry": row.page.entry}
    return {"found_in": None, "entry": {"by": "redirect", "from": row.fields["url"]}}


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
        row.article_id = page["article_id"]
    return {rows[page["position"]] for page in found}


async def _store_articles(connection: AsyncConnection, rows: list[Row]) -> None:
    if rows:
        fresh = await store_texts(connection, rows)
        rows = [row for row in rows if row.article]  # the others were deleted for good
        await store_copies(connection, rows, fresh)
        await settle_firsts(connection, rows)
        await store_lessons(connection, rows)


async def _record(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    now = datetime.now(UTC)
    for row in rows:
        if row.outcome is None:
            row.outcome, row.reason = row.page.outcome, row.page.reason
        row.fields |= {
            "url_id": row.url_id,
            "article_id": row.article_id,
            "outcome": row.outcome,
            "reason": row.reason,
            "is_asked": True,
            "trace": _trace(row, now),
        }
    await execute(connection, "insert_pages", {"rows": Jsonb([row.fields for row in rows])})
    ours = [row for row in rows if row.page.is_ours]
    await count_pages(connection, ours)
    ends = {row.url_id: row.fields for row in ours} | {row.place_id: _end(row) for row in ours}
    finished = {
        end["url_id"]: end
        for end in await fetch(connection, "finish_urls", {"rows": Jsonb(list(ends.values()))})
        if end["is_gone"] is not None or end["num_crashes"]
    }
    for row in ours:
        gone = [finished[i]["is_gone"] for i in (row.url_id, row.place_id) if i in finished]
        row.is_gone = next((is_gone for is_gone in gone if is_gone is not None), None)
        row.num_crashes = finished[row.url_id]["num_crashes"] if row.url_id in finished else None


def _trace(row: Row, now: datetime) -> dict[str, Any] | None:
    """What the visit met, with the time from the answer to the row."""
    trace = row.page.trace
    if trace is None or "ms" not in trace:
        return trace
    waited = max(now - row.page.fetched_at, timedelta(0))
    return trace | {"ms": trace["ms"] | {"store": round(waited.total_seconds() * 1000)}}


def _end(row: Row) -> dict[str, Any]:
    """How the visit ended for the URL that answered: what its server said is of it alone; it alone is followed."""
    revisit_at, said = _revisit_at(row), row.page.validators or Validators()
    return row.fields | {
        "url_id": row.place_id,
        "is_asked": row.place_id == row.url_id,
        "etag": said.etag,
        "last_modified": said.last_modified,
        "revisit_at": revisit_at.isoformat() if revisit_at else None,
    }


def _revisit_at(row: Row) -> datetime | None:
    page, rhythm, seen_at = row.page, row.page.visit.rhythm, row.place_seen_at
    if seen_at is None or is_over(rhythm, seen_at, datetime.now(UTC)):
        return None  # out of an archive, perhaps: what was fetched years ago is not followed now
    if page.article and page.article.origins.get("article_body") == "feed":
        return None  # the page does not show that text: what it shows is no edit of it
    return next_visit(rhythm, seen_at, page.fetched_at)


def _stored(row: Row) -> Stored:
    if row.outcome is None or row.reason is None:
        raise AssertionError(f"{row.page.url}: a page without an article needs an outcome and a reason")
    page = replace(row.page, article=None, detail=row.fields["detail"])
    kind = row.edit_kind if row.outcome is Outcome.CHANGED else None
    return Stored(
        page,
        row.outcome,
        row.reason,
        row.article_id,
        edit_kind=kind,
        is_gone=row.is_gone,
        num_crashes=row.num_crashes,
    )
