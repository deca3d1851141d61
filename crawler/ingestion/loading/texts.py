"""Stores the texts of a batch: each once, under the hash by which it is known."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.identity import HASH_VERSION, content_hashes
from crawler.ingestion.loading.claims import published_before
from crawler.ingestion.loading.revisions import judge_revisions
from crawler.ingestion.loading.row import Row
from crawler.ingestion.loading.tombstones import check_all_are_stored, refuse_expired_text
from crawler.ingestion.page import whole_hash
from crawler.outcomes import Outcome
from sql.database import AsyncConnection, execute, fetch
from sql.errors import ConflictError


async def store_texts(connection: AsyncConnection, rows: Sequence[Row]) -> set[int]:
    """Give every row its ``article_id``; returns those that were not stored before.

    A row whose text was deleted for good loses its article instead.

    Raises:
        ConflictError: a text that is known was hashed anew, joined with another or deleted at this moment.
    """
    await _recognise(connection, rows)
    rows = [row for row in rows if row.article]
    await judge_revisions(connection, rows)
    articles = [row.article | _first_copy(row) for row in rows if row.article and not row.is_known]
    inserted = await fetch(connection, "insert_articles", {"rows": Jsonb(articles)})
    hashes = [row.article["content_hash"] for row in rows if row.article]
    found = await fetch(connection, "find_articles", {"content_hashes": hashes})
    ids = {row["content_hash"]: row["article_id"] for row in found}
    fresh = {row["content_hash"] for row in inserted}
    check_all_are_stored(hashes, fresh, found)
    for row, content_hash in zip(rows, hashes, strict=True):
        row.article_id = ids[content_hash]
    await _store_authors(connection, [r for r, h in zip(rows, hashes, strict=True) if h in fresh])
    return {ids[content_hash] for content_hash in fresh}


def _first_copy(row: Row) -> dict[str, Any]:
    """What a text that is new has from the page on which it was seen."""
    by = published_before(row.page)
    return {
        "first_seen_at": row.fields["fetched_at"],
        "first_seen_url_id": row.place_id,
        "first_published_url_id": row.place_id if by else None,
    }


async def _recognise(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Give a text that is stored the hash that it is stored under.

    That is another than its own if other boilerplate was known when it was stored, or if its hash is of an older
    version.
    """
    oldest = (await fetch(connection, "find_oldest_hash_version"))[0]["hash_version"]
    is_any_old = oldest < HASH_VERSION
    texts = [_hashes(row, position, is_any_old=is_any_old) for position, row in enumerate(rows)]
    found = await fetch(connection, "find_same_texts", {"rows": Jsonb(texts)})
    stored = {row["position"]: row for row in found}
    for position, (row, text) in enumerate(zip(rows, texts, strict=True)):
        known = stored.get(position)
        row.is_known = known is not None
        kept_as = known["content_hash"] if known else text["content_hashes"][0]
        row.article = (row.article or {}) | {"content_hash": kept_as}
        row.whole_hash = text["whole_hashes"][0] if kept_as not in text["whole_hashes"] else None
        if known and known["deleted_at"]:
            refuse_expired_text(row, known["deleted_at"])


def _hashes(row: Row, position: int, *, is_any_old: bool) -> dict[str, Any]:
    """By which hashes the row's text may be known: that of today first."""
    article, whole_body = row.page.article, row.page.whole_body
    if article is None or row.article is None:
        raise AssertionError(f"{row.page.url}: a page without an article has no text")
    parts = [row.article["content_hash"]]
    wholes = [whole_hash(row.page) or row.article["content_hash"]]
    if is_any_old:
        parts = [h.hex() for h in content_hashes(article.headline, article.article_body)]
        wholes = [h.hex() for h in content_hashes(article.headline, whole_body or article.article_body)]
    return {"position": position, "url_id": row.place_id, "content_hashes": parts, "whole_hashes": wholes}


async def _store_authors(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    signed = {row.article_id: row.page.article.authors for row in rows if row.page.article}
    names = {name for authors in signed.values() for name in authors}
    if not names:
        return
    await execute(connection, "insert_authors", {"names": list(names)})
    found = await fetch(connection, "lock_signers", {"names": list(names)})
    if len(found) < len(names):
        raise ConflictError("an author was deleted, with the last article of theirs, while they signed another")
    ids = {row["name"]: row["author_id"] for row in found}
    bylines = [
        {"article_id": article_id, "position": position, "author_id": ids[name]}
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
