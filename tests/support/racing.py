"""Processes of their own that load pages into one database, each as a source and a run of its own."""

import asyncio
import multiprocessing
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from crawler.article import Article
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page, Visit
from crawler.outcomes import NEVER_FETCHED, Outcome, Reason
from crawler.paragraphs import Paragraph
from crawler.source import Source
from scheduler.sources import put
from sql.database import connect, open_database

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)

# A fork of a process that has loaded our modules and nothing else: it starts within milliseconds.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


async def open_visit(database, database_url, name):
    """A source of this name, and a run of it that is under way."""
    with connect(database_url) as connection:
        put(connection, Source(name=name, url=f"https://{name}.example/"), origin="command")
    source_id = (await database.fetch("find_source", {"name": name}))[0]["source_id"]
    visit = Visit(uuid4(), 0, source_id, name)
    params = {"run_id": visit.run_id, "source_id": source_id, "revisit": False, "now": MORNING}
    await database.execute("insert_run", params)
    return await take_up(database, visit)


async def take_up(database, visit):
    """The same run in the hands of another worker."""
    params = {"run_id": visit.run_id, "now": MORNING, "worker": "test"}
    attempt = (await database.fetch("start_run", params))[0]["attempt"]
    return Visit(visit.run_id, attempt, visit.source_id, visit.source)


async def finish(database, visit):
    """Close a run; returns its row."""
    params = {
        "run_id": visit.run_id,
        "attempt": visit.attempt,
        "now": MORNING + timedelta(days=1),
        "outcome": "succeeded",
        "reason": None,
        "num_links": 0,
        "num_known": 0,
        "never_fetched": list(NEVER_FETCHED),
    }
    return (await database.fetch("finish_run", params))[0]


def text_page(visit, url, text, *, seconds=0.0, **fields):
    """A page that shows the text of this name, signed and with paragraphs that teach."""
    article = Article(url, f"Headline {text}", f"The body of {text}.", authors=_authors(text), word_count=4)
    return Page(
        visit,
        url,
        MORNING + timedelta(seconds=seconds),
        article,
        paragraphs=(Paragraph(sum(map(ord, text)), 20),),
        **fields,
    )


def failed_page(visit, url, *, seconds=0.0):
    """A page that could not be had."""
    moment = MORNING + timedelta(seconds=seconds)
    return Page(visit, url, moment, outcome=Outcome.FAILED, reason=Reason.HTTP_404)


def _authors(text):
    """Two names that many texts share, now in this order and now in that."""
    number = sum(map(ord, text))
    return (f"Author {number % 7}", f"Author {7 + number % 5}")[:: 1 if number % 2 else -1]


@contextmanager
def racing(*calls):
    """Child processes, each with the function and arguments of a call; whoever is left is killed at the end."""
    children = [processes.Process(target=function, args=arguments, daemon=True) for function, *arguments in calls]
    for child in children:
        child.start()
    try:
        yield children
    finally:
        for child in children:
            with suppress(ValueError):
                child.kill()
            child.join(10)
            child.close()


def load_in_step(database_url, batches, barrier):
    """Load each batch at the moment at which the others load theirs; exit code 0 if every page was stored."""
    asyncio.run(_load_in_step(database_url, batches, barrier))


async def _load_in_step(database_url, batches, barrier):
    async with open_database(database_url, application_name="racer", max_size=1) as database:
        for batch in batches:
            barrier.wait(120)
            stored = await load(database, batch)
            assert [one.page.url for one in stored] == [page.url for page in batch]


def load_and_tell(database_url, batches, pipe):
    """Load one batch after the other, and tell of each before it begins."""
    asyncio.run(_load_and_tell(database_url, batches, pipe))


async def _load_and_tell(database_url, batches, pipe):
    async with open_database(database_url, application_name="racer", max_size=1) as database:
        for number, batch in enumerate(batches):
            pipe.send(number)
            await load(database, batch)
