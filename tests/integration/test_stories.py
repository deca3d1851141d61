"""Which articles tell one story, in the database."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from crawler.article import Article
from crawler.ingestion.loader import load
from crawler.ingestion.page import Page, Visit
from crawler.ingestion.stories.linking import link, link_some
from crawler.source import Source
from scheduler.sources import put
from sql.database import connect
from tests.support.near_copies import scattered, two_words, wrapped
from tests.support.wire import Tongue

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
ENGLISH = Tongue("en")


@pytest.fixture
async def papers(database, database_url):
    """Three sources, each with a run that is under way."""
    return [await visit(database, database_url, name) for name in ("gazette", "courier", "mail")]


async def visit(database, database_url, name):
    with connect(database_url) as connection:
        put(connection, Source(name=name, url=f"https://{name}.example/"), origin="command")
    source_id = (await database.fetch("find_source", {"name": name}))[0]["source_id"]
    run_id = uuid4()
    params = {"run_id": run_id, "source_id": source_id, "revisit": False, "now": MORNING, "worker": "test"}
    await database.execute("insert_run", params)
    attempt = (await database.fetch("start_run", params))[0]["attempt"]
    return Visit(run_id, attempt, source_id, name)


def page(paper, path, body, *, minutes=0):
    url = f"https://{paper.source}.example/{path}"
    article = Article(url, f"What {path} says", body, word_count=len(body.split()))
    return Page(paper, url, MORNING + timedelta(minutes=minutes), article)


async def store(database, *pages):
    """Load pages without linking them; returns the bodies of the new articles by their ids."""
    return {stored.article_id: page_.article.article_body for page_, stored in zip(pages, await load(database, pages), strict=True)}


async def add(database, *pages):
    """Load pages, link them, and return their articles' ids."""
    bodies = await store(database, *pages)
    await link(database, bodies)
    return list(bodies)


async def rows(database, statement):
    async with database.transaction() as connection:
        return await (await connection.execute(statement)).fetchall()


async def places(database):
    """The story and role of each article, in the order of their ids."""
    return await rows(database, "SELECT story_id, story_role FROM tidings.articles ORDER BY article_id")


def draft(seed, count=150, tongue=ENGLISH):
    """The words of an article that no other seed has."""
    return tongue.words(random.Random(f"draft {seed}"), count)


def printed(words, tongue=ENGLISH):
    return tongue.text(words)


def edited(edit, words, seed=0, tongue=ENGLISH):
    return tongue.text(edit(tongue, random.Random(f"edit {seed}"), words))


async def test_three_papers_print_one_dispatch(database, papers):
    """A dispatch, a copy of it and a rewrite are one story; what else they print is not."""
    words = draft(1)
    gazette, courier, mail = papers
    bodies = [printed(words), edited(wrapped, words), edited(scattered, words), printed(draft(2))]
    ids = [
        *await add(database, page(gazette, "a", bodies[0])),
        *await add(database, page(courier, "b", bodies[1], minutes=5)),
        *await add(database, page(mail, "c", bodies[2], minutes=9), page(mail, "d", bodies[3], minutes=9)),
    ]
    assert await places(database) == [(ids[0], "first"), (ids[0], "copy"), (ids[0], "rewrite"), (ids[3], "first")]
    stories = await rows(database, "SELECT * FROM tidings.stories ORDER BY story_id")
    assert [(row[0], *row[1:]) for row in stories] == []
