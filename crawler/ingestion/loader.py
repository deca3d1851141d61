"""Stores a batch of pages: one transaction, all or nothing, but a row that does not fit costs itself alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.copies import confirm_copies, store_copies
from crawler.ingestion.firsts import settle_firsts
from crawler.ingestion.identity import KEY_VERSION
from crawler.ingestion.page import Page, Stored, article_row, page_row
from crawler.ingestion.rhythm import is_over, next_visit
from crawler.ingestion.row import Row
from crawler.ingestion.texts import store_lessons, store_texts
from crawler.ingestion.tombstones import refuse_at_expired_url
from crawler.outcomes import Outcome, Reason
from crawler.validators import Validators
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
            await confirm_copies(connection, [row for row in rows if row.page.reason is Reason.NOT_MODIFIED])
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
        url, place = found[row.fields["url_key"]], found[row.fields["place_key"]]
        row.url_id, row.place_id, row.place_seen_at = url["url_id"], place["url_id"], place["first_seen_at"]
        if url["is_expired"] or place["is_expired"]:
            refuse_at_expired_url(row)


async def _store_articles(connection: AsyncConnection, rows: list[Row]) -> None:
    if rows:
        fresh = await store_texts(connection, rows)
        rows = [row for row in rows if row.article]  # the others were deleted for good
        await store_copies(connection, rows, fresh)
        await settle_firsts(connection, rows)
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
    ends = {row.url_id: row.fields for row in ours} | {row.place_id: _end(row) for row in ours}
    gone = {
        row["url_id"]: row["is_gone"]
        for row in await fetch(connection, "finish_urls", {"rows": Jsonb(list(ends.values()))})
    }
    for row in ours:
        row.is_gone = next((gone[i] for i in (row.url_id, row.place_id) if gone.get(i) is not None), None)


def _end(row: Row) -> dict[str, Any]:
    """How the visit ended for the URL that answered: what its server said is of it alone; it alone is followed."""
    revisit_at, said = _revisit_at(row), row.page.validators or Validators()
    return row.fields | {
        "url_id": row.place_id,
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
    return Stored(page, row.outcome, row.reason, row.article_id, is_gone=row.is_gone)
