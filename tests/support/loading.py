"""Pages for the loader, and what the database must hold true whatever was loaded."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from psycopg.rows import dict_row

from crawler.article import Article
from crawler.ingestion.page import Page, Visit
from crawler.source import Source
from scheduler.sources import put
from sql.database import connect, rows
from sql.queries import query

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
BODY = "The bridge over the Lend reopened on Monday."


def at(minutes):
    """A time, in minutes after MORNING."""
    return MORNING + timedelta(minutes=minutes)


def open_visit(database_url, source="gazette"):
    """A run of a source that is under way."""
    with connect(database_url) as connection:
        put(connection, Source(name=source, url=f"https://{source}.example/"), origin="command")
        source_id = rows(connection, "find_source", {"name": source})[0]["source_id"]
        params = {"run_id": uuid4(), "source_id": source_id, "revisit": False, "now": MORNING, "worker": "test"}
        connection.execute(query("insert_run"), params)
        rows(connection, "start_run", params)
    return Visit(params["run_id"], 1, source_id, source)


def page(visit, url, *, headline="Bridge reopens", body=BODY, minutes=0, final_url=None, **fields):
    """A visit to a page, ``minutes`` after MORNING."""
    article = Article(final_url or url, headline, body, word_count=8, **fields)
    return Page(visit, url, at(minutes), article, final_url=final_url)


async def ask(database, statement, *params):
    """The rows of a statement, as dictionaries."""
    async with database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, params)
        return await cursor.fetchall()


_UNSOUND = {
    "a URL with texts has one current revision": """
        SELECT url_id FROM tidings.article_urls GROUP BY url_id HAVING count(*) FILTER (WHERE is_current) <> 1""",
    "revisions count from 1": """
        SELECT url_id FROM tidings.article_urls GROUP BY url_id HAVING max(revision) <> count(*)""",
    "no revision says what the one before said": """
        SELECT c.url_id FROM tidings.article_urls c JOIN tidings.article_urls d
            ON d.url_id = c.url_id AND d.revision = c.revision - 1 AND d.article_id = c.article_id""",
    "every article has a copy": """
        SELECT article_id FROM tidings.articles a
         WHERE NOT EXISTS (SELECT FROM tidings.article_urls c WHERE c.article_id = a.article_id)""",
    "the copy seen first is the first": """
        SELECT a.article_id FROM tidings.articles a
         WHERE ROW(a.first_seen_at, a.first_seen_url_id) IS DISTINCT FROM
               (SELECT ROW(c.first_seen_at, c.url_id) FROM tidings.article_urls c WHERE c.article_id = a.article_id
                 ORDER BY c.first_seen_at, c.url_id LIMIT 1)""",
    "the copy published first is the first": """
        SELECT a.article_id FROM tidings.articles a
         WHERE a.first_published_url_id IS DISTINCT FROM
               (SELECT c.url_id FROM tidings.article_urls c
                 WHERE c.article_id = a.article_id AND c.published_before IS NOT NULL
                 ORDER BY c.published_before, c.first_seen_at, c.url_id LIMIT 1)""",
    "what a page row names exists": """
        SELECT page_id FROM tidings.pages p
         WHERE NOT EXISTS (SELECT FROM tidings.urls u WHERE u.url_id = p.url_id)
            OR (p.article_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM tidings.articles a WHERE a.article_id = p.article_id))""",
}  # fmt: skip


async def unsound(database):
    """Which of the promises that hold after any load do not."""
    return [promise for promise, statement in _UNSOUND.items() if await ask(database, statement)]
