"""Pages for the loader."""

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


def open_visit(database_url, source="gazette", *, now=MORNING):
    """A run of a source that is under way."""
    with connect(database_url) as connection:
        put(connection, Source(name=source, url=f"https://{source}.example/"), origin="command")
        source_id = rows(connection, "find_source", {"name": source})[0]["source_id"]
        params = {"run_id": uuid4(), "source_id": source_id, "revisit": False, "now": now, "worker": "test"}
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
