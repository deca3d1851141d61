"""Stores a batch of pages: one transaction, all or nothing, but a row that does not fit costs itself alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from psycopg.types.json import Jsonb

from crawler.ingestion.copies import store_copies
from crawler.ingestion.identity import KEY_VERSION
from crawler.ingestion.page import Page, Stored, article_row, page_row
from crawler.ingestion.row import Row
from crawler.ingestion.texts import store_lessons, store_texts
from crawler.ingestion.tombstones import refuse_at_expired_url
from crawler.outcomes import Outcome, Reason
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError, translated

_CONFLICTS_BORNE = 5


async def load(database: Database, pages: Sequence[Page]) -> list[Stored]:
    """Store ``pages`` in one transaction and say what became of each, in their order.

    A page is left out of the result if its run was finished or taken up by another worker meanwhile.

    Raises:
        DatabaseUnavailableError: nothing was stored; the same batch may be loaded later.
    """
    for attempt in range(_CONFLICTS_BORNE):
        try:
            async with database.transaction() as connection:
                return await _load(connection, await _still_ours(connection, pages))
        except ConflictError:
            if attempt == _CONFLICTS_BORNE - 1:
                raise
    raise AssertionError("unreachable")


async def _still_ours(connection: AsyncConnection, pages: Sequence[Page]) -> list[Page]:
    run_ids = sorted({page.visit.run_id for page in pages})
    rows = await fetch(connection, "lock_runs", {"run_ids": run_ids})
    attempts = {row["run_id"]: row["attempt"] for row in rows}
    return [page for page in pages if attempts.get(page.visit.run_id) == page.visit.attempt]


async def _load(connection: AsyncConnection, pages: Sequence[Page]) -> list[Stored]:
    stored: list[Stored] = []
    for group in _without_repeats(map(_row, pages)):
        try:
            stored += await _in_savepoint(connection, group)
        except BadRowError:
            for row in group:
                stored.append(await _alone(connection, row.page))
    return stored


def _row(page: Page) -> Row:
    return Row(page, page_row(page), article_row(page.article) if page.article else None)


def _without_repeats(rows: Iterable[Row]) -> list[list[Row]]:
    """Cut the batch where a URL comes again: within one statement it could not follow itself."""
    groups: list[list[Row]] = [[]]
    seen: set[str] = set()
    for row in rows:
        places = {row.fields["url_key"], row.fields["place_key"]}
        if places & seen:
            groups.append([])
            seen.clear()
        groups[-1].append(row)
        seen |= places
    return [group for group in groups if group]


async def _alone(connection: AsyncConnection, page: Page) -> Stored:
    try:
        return (await _in_savepoint(connection, [_row(page)]))[0]
    except BadRowError as error:
        detail = str(error)
        # What did not fit may be any of its values: keep what names the visit, and nothing else.
        bare = Page(
            page.visit, page.url, page.fetched_at, outcome=Outcome.FAILED, reason=Reason.BAD_ROW, detail=detail
        )
        return (await _in_savepoint(connection, [_row(bare)]))[0]


async def _in_savepoint(connection: AsyncConnection, rows: Sequence[Row]) -> list[Stored]:
    with translated():
        async with connection.transaction():
            await _find_urls(connection, [row for row in rows if row.page.is_ours])
            await _store_articles(connection, [row for row in rows if row.article])
            await _record(connection, rows)
    return [_stored(row) for row in rows]


async def _find_urls(connection: AsyncConnection, rows: list[Row]) -> None:
    if not rows:
        return
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
    found = {row["url_key"]: row for row in await fetch(connection, "lock_urls", {"url_keys": list(urls)})}
    for row in rows:
        place = found[row.fields["place_key"]]
        row.url_id, row.place_id = found[row.fields["url_key"]]["url_id"], place["url_id"]
        if place["is_expired"]:
            refuse_at_expired_url(row)


async def _store_articles(connection: AsyncConnection, rows: list[Row]) -> None:
    if rows:
        fresh = await store_texts(connection, rows)
        rows = [row for row in rows if row.article]  # the others were deleted for good
        await store_copies(connection, rows, fresh)
        await store_lessons(connection, rows)


async def _record(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    for row in rows:
        if row.outcome is None:
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


def _stored(row: Row) -> Stored:
    if row.outcome is None or row.reason is None:
        raise AssertionError(f"{row.page.url}: a page without an article needs an outcome and a reason")
    return Stored(replace(row.page, article=None, detail=row.fields["detail"]), row.outcome, row.reason)
