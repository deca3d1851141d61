"""Stores the texts of a batch: each once, under the hash by which it is known."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from crawler.ingestion.page import whole_hash
from crawler.ingestion.row import Row
from crawler.ingestion.tombstones import check_none_was_deleted, refuse_expired_text
from crawler.outcomes import Outcome
from sql.database import AsyncConnection, execute, fetch


async def store_texts(connection: AsyncConnection, rows: Sequence[Row]) -> set[int]:
    """Give every row its ``article_id``; returns those that were not stored before.

    A row whose text was deleted for good loses its article instead.
    """
    await _recognise(connection, rows)
    rows = [row for row in rows if row.article]
    articles = [row.article | {"first_seen_at": row.fields["fetched_at"]} for row in rows if row.article]
    inserted = await fetch(connection, "insert_articles", {"rows": Jsonb(articles)})
    hashes = [article["content_hash"] for article in articles]
    found = await fetch(connection, "find_articles", {"content_hashes": hashes})
    ids = {row["content_hash"]: row["article_id"] for row in found}
    fresh = {row["content_hash"] for row in inserted}
    check_none_was_deleted(hashes, fresh, found)
    for row, content_hash in zip(rows, hashes, strict=True):
        row.article_id = ids[content_hash]
    await _store_authors(connection, [r for r, h in zip(rows, hashes, strict=True) if h in fresh])
    return {ids[content_hash] for content_hash in fresh}


async def _recognise(connection: AsyncConnection, rows: Sequence[Row]) -> None:
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
        if deleted_at := stored.get(text["position"], {}).get("deleted_at"):
            refuse_expired_text(row, deleted_at)


async def _store_authors(connection: AsyncConnection, rows: Sequence[Row]) -> None:
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


async def store_lessons(connection: AsyncConnection, rows: Sequence[Row]) -> None:
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
