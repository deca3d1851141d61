"""Stores a batch of pages: one transaction, all or nothing, but a row that does not fit costs itself alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.page import Page, Stored, article_row, page_row, whole_hash
from crawler.outcomes import Outcome, Reason
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError, translated

_CONFLICTS_BORNE = 5


@dataclass(slots=True)
class _Row:
    """A page with what the transaction has found out about it."""

    page: Page
    fields: dict[str, Any]
    article: dict[str, Any] | None
    url_id: int | None = None
    place_id: int | None = None
    article_id: int | None = None
    whole_hash: str | None = None
    """Of all that the page showed, where that is not the text that is stored."""
    outcome: Outcome | None = None
    reason: Reason | None = None


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
    for group in _without_repeats(pages):
        try:
            stored += await _in_savepoint(connection, group)
        except BadRowError:
            for page in group:
                stored.append(await _alone(connection, page))
    return stored


def _without_repeats(pages: Iterable[Page]) -> list[list[Page]]:
    """Cut the batch where a URL comes again: within one statement it could not follow itself."""
    groups: list[list[Page]] = [[]]
    seen: set[str] = set()
    for page in pages:
        places = {page.url, page.place}
        if places & seen:
            groups.append([])
            seen.clear()
        groups[-1].append(page)
        seen |= places
    return [group for group in groups if group]


async def _alone(connection: AsyncConnection, page: Page) -> Stored:
    try:
        return (await _in_savepoint(connection, [page]))[0]
    except BadRowError as error:
        detail = str(error)
        # What did not fit may be any of its values: keep what names the visit, and nothing else.
        bare = Page(
            page.visit, page.url, page.fetched_at, outcome=Outcome.FAILED, reason=Reason.BAD_ROW, detail=detail
        )
        return (await _in_savepoint(connection, [bare]))[0]


async def _in_savepoint(connection: AsyncConnection, pages: Sequence[Page]) -> list[Stored]:
    rows = [_Row(page, page_row(page), article_row(page.article) if page.article else None) for page in pages]
    with translated():
        async with connection.transaction():
            await _find_urls(connection, [row for row in rows if row.page.is_ours])
            await _store_articles(connection, [row for row in rows if row.article])
            await _record(connection, rows)
    return [_stored(row) for row in rows]


async def _find_urls(connection: AsyncConnection, rows: list[_Row]) -> None:
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
                        "url": url,
                        "source_id": row.page.visit.source_id,
                        "first_seen_at": row.fields["fetched_at"],
                    }
                    for key, (row, url) in urls.items()
                ]
            )
        },
    )
    ids = {row["url_key"]: row["url_id"] for row in await fetch(connection, "lock_urls", {"url_keys": list(urls)})}
    for row in rows:
        row.url_id, row.place_id = ids[row.fields["url_key"]], ids[row.fields["place_key"]]


async def _store_articles(connection: AsyncConnection, rows: list[_Row]) -> None:
    if not rows:
        return
    await _recognise(connection, rows)
    articles = [row.article | {"first_seen_at": row.fields["fetched_at"]} for row in rows if row.article]
    inserted = await fetch(connection, "insert_articles", {"rows": Jsonb(articles)})
    hashes = [article["content_hash"] for article in articles]
    found = await fetch(connection, "find_articles", {"content_hashes": hashes})
    ids = {row["content_hash"]: row["article_id"] for row in found}
    for row, content_hash in zip(rows, hashes, strict=True):
        row.article_id = ids[content_hash]
    fresh = {row["content_hash"] for row in inserted}
    await _store_authors(connection, [r for r, h in zip(rows, hashes, strict=True) if h in fresh])
    await _store_copies(connection, rows, {ids[content_hash] for content_hash in fresh})
    await _store_lessons(connection, rows)


async def _recognise(connection: AsyncConnection, rows: list[_Row]) -> None:
    """Give a text the hash that it is stored under, if other boilerplate was known when it was stored."""
    texts = [
        {
            "position": position,
            "url_id": row.place_id,
            "content_hash": row.article["content_hash"],
            "whole_hash": whole_hash(row.page) or row.article["content_hash"],
        }
        for position, row in enumerate(rows)
        if row.article
    ]
    stored = {row["position"]: row for row in await fetch(connection, "find_same_texts", {"rows": Jsonb(texts)})}
    for text in texts:
        row = rows[text["position"]]
        kept_as = stored.get(text["position"], text)["content_hash"]
        row.article = (row.article or {}) | {"content_hash": kept_as}
        row.whole_hash = text["whole_hash"] if text["whole_hash"] != kept_as else None


async def _store_lessons(connection: AsyncConnection, rows: list[_Row]) -> None:
    """Keep the paragraphs of the articles that are new: a revision, or a copy, says what was said before."""
    lessons = [
        {
            "source_id": row.page.visit.source_id,
            "article_id": row.article_id,
            "paragraph_keys": [paragraph.key for paragraph in row.page.paragraphs],
            "paragraph_lengths": [paragraph.length for paragraph in row.page.paragraphs],
            "fetched_at": row.fields["fetched_at"],
        }
        for row in rows
        if row.outcome is Outcome.NEW and row.page.paragraphs
    ]
    if lessons:
        await execute(connection, "insert_lessons", {"rows": Jsonb(lessons)})


async def _store_authors(connection: AsyncConnection, rows: list[_Row]) -> None:
    signed = {row.article_id: row.page.article.authors for row in rows if row.page.article}
    names = [name for authors in signed.values() for name in authors]
    if not names:
        return
    await execute(connection, "insert_authors", {"names": names})
    bylines = [
        {"article_id": article_id, "position": position, "name": name}
        for article_id, authors in signed.items()
        for position, name in enumerate(authors, start=1)
    ]
    await execute(connection, "insert_article_authors", {"rows": Jsonb(bylines)})


async def _store_copies(connection: AsyncConnection, rows: list[_Row], fresh: set[int]) -> None:
    copies = [
        {
            "url_id": row.place_id,
            "article_id": row.article_id,
            "source_id": row.page.visit.source_id,
            "canonical_url": row.page.article.canonical_url if row.page.article else None,
            "seen_at": row.fields["fetched_at"],
            "whole_hash": row.whole_hash,
        }
        for row in rows
    ]
    same = {row["url_id"] for row in await fetch(connection, "touch_copies", {"rows": Jsonb(copies)})}
    other = [copy for copy in copies if copy["url_id"] not in same]
    changed = {row["url_id"] for row in await fetch(connection, "retire_copies", {"rows": Jsonb(other)})}
    await execute(connection, "add_copies", {"rows": Jsonb(other)})
    for row in rows:
        row.outcome, row.reason = _verdict(row, same, changed, fresh)


def _verdict(row: _Row, same: set[int], changed: set[int], fresh: set[int]) -> tuple[Outcome, Reason]:
    if row.place_id in same:
        return Outcome.UNCHANGED, Reason.SAME_TEXT
    first = row.article_id in fresh
    fresh.discard(row.article_id or 0)
    if row.place_id in changed:
        return Outcome.CHANGED, Reason.CHANGED_TEXT
    return (Outcome.NEW, Reason.NEW_TEXT) if first else (Outcome.DUPLICATE, Reason.KNOWN_TEXT)


async def _record(connection: AsyncConnection, rows: list[_Row]) -> None:
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


def _stored(row: _Row) -> Stored:
    if row.outcome is None or row.reason is None:
        raise AssertionError(f"{row.page.url}: a page without an article needs an outcome and a reason")
    return Stored(replace(row.page, article=None), row.outcome, row.reason)
