"""Rows of sources whose weeks were simulated: as the loader and the runs would have written them."""

import json
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from crawler.alarms.hours import Hour
from sql.database import Database


async def add_source(database: Database, name: str, at: datetime, **definition) -> int:
    """A source that was added at some time."""
    url = f"http://{name}.example/"
    params = {
        "name": name,
        "url": url,
        "at": at,
        "definition": json.dumps({"name": name, "url": url, **definition}),
    }
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "INSERT INTO tidings.sources"
            " (name, url, origin, definition, host_lock, due_at, created_at, updated_at)"
            " VALUES (%(name)s, %(url)s, 'command', %(definition)s, %(name)s, 'infinity', %(at)s, %(at)s)"
            " RETURNING source_id",
            params,
        )
        (source_id,) = await cursor.fetchone()
        return source_id


async def add_hours(database: Database, source_id: int, hours: Iterable[Hour]) -> None:
    """The counts of its visits: what an article has is counted with the new ones."""
    rows = []
    for one in hours:
        at = (source_id, one.start)
        if one.num_articles:
            fields = (one.num_articles, one.num_headlined, one.num_dated, one.num_signed, one.num_in_language)
            outcome = (
                ("new", "new_text", one.num_new) if one.num_new else ("unchanged", "same_text", one.num_articles)
            )
            rows.append((*at, *outcome, *fields, one.num_words))
        if without := one.num_read - one.num_articles:
            rows.append((*at, "rejected", "not_article", without, 0, 0, 0, 0, 0, 0))
        if one.num_refused:
            rows.append((*at, "failed", "http_403", one.num_refused, 0, 0, 0, 0, 0, 0))
    async with (
        database.transaction() as connection,
        connection.cursor() as cursor,
        cursor.copy(
            "COPY tidings.hourly_pages (source_id, hour, outcome, reason, num_pages, num_articles, num_headlined,"
            " num_dated, num_signed, num_in_language, num_words) FROM STDIN"
        ) as copy,
    ):
        for row in rows:
            await copy.write_row(row)


async def add_run(database: Database, source_id: int, at: datetime, reason: str | None = None) -> UUID:
    """A run that ended then: well, or failed for this reason."""
    run_id = uuid4()
    params = {"run_id": run_id, "source_id": source_id, "at": at, "reason": reason}
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO tidings.runs"
            " (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at, outcome, reason)"
            " VALUES (%(run_id)s, %(source_id)s, 'timetable', %(at)s, %(at)s, %(at)s, %(at)s,"
            "         CASE WHEN %(reason)s::text IS NULL THEN 'succeeded' ELSE 'failed' END::tidings.run_outcome,"
            "         %(reason)s)",
            params,
        )
        await connection.execute(
            "UPDATE tidings.sources"
            "   SET last_success_at = CASE WHEN %(reason)s::text IS NULL THEN %(at)s ELSE last_success_at END,"
            "       failing_since = CASE WHEN %(reason)s::text IS NULL THEN NULL"
            "                            ELSE coalesce(failing_since, %(at)s) END"
            " WHERE source_id = %(source_id)s",
            params,
        )
    return run_id


async def add_poll(database: Database, source_id: int, run_id: UUID, url: str, at: datetime, **columns) -> None:
    """A feed, and how it was polled; ``columns`` are those of the document."""
    names = ["source_id", "url", "kind", "is_root", "polled_at", "num_polls", *columns]
    values = [source_id, url, "feed", True, at, 5, *columns.values()]
    async with database.transaction() as connection:
        cursor = await connection.execute(
            f"INSERT INTO tidings.documents ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
            " ON CONFLICT (source_id, url) DO UPDATE SET polled_at = excluded.polled_at RETURNING document_id",
            values,
        )
        (document_id,) = await cursor.fetchone()
        await connection.execute(
            "INSERT INTO tidings.polls (run_id, document_id, polled_at, outcome, http_status, num_links)"
            " VALUES (%s, %s, %s, 'read', 200, 30)",
            (run_id, document_id, at),
        )


async def alarms(database: Database) -> dict[tuple[str, str | None], dict]:
    """The alarms that are up, by kind and source."""
    return {(row["kind"], row["source"]): row for row in await database.fetch("list_alarms")}


async def add_page(
    database: Database, source_id: int, run_id: UUID, url: str, at: datetime, *, dated: bool
) -> None:
    """A visit that brought an article, with a date or without."""
    params = {"source_id": source_id, "run_id": run_id, "url": url, "at": at, "dated": at if dated else None}
    async with database.transaction() as connection:
        await connection.execute(
            "WITH known AS ("
            " INSERT INTO tidings.urls (url_key, url, source_id, first_seen_at, outcome, reason, key_version)"
            " VALUES (sha256(%(url)s::text::bytea), %(url)s, %(source_id)s, %(at)s, 'new', 'new_text', 2)"
            " RETURNING url_id), stored AS ("
            " INSERT INTO tidings.articles (content_hash, hash_version, headline, article_body, keywords,"
            "  in_language, date_published, word_count, first_seen_at, origins)"
            " VALUES (sha256(%(url)s::text::bytea), 2, 'One', 'Text', '{}', 'en', %(dated)s, 400, %(at)s,"
            '  \'{"headline": "html"}\') RETURNING article_id), signed AS ('
            " INSERT INTO tidings.authors (name) SELECT 'Ada' WHERE %(dated)s::timestamptz IS NOT NULL"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING author_id), byline AS ("
            " INSERT INTO tidings.article_authors (article_id, position, author_id)"
            " SELECT article_id, 1, author_id FROM stored, signed)"
            " INSERT INTO tidings.pages (run_id, source_id, url_id, url, outcome, reason, fetched_at, article_id)"
            " SELECT %(run_id)s, %(source_id)s, url_id, %(url)s, 'new', 'new_text', %(at)s, article_id"
            " FROM known, stored",
            params,
        )
