"""Pages on their way to the database, with a disk beside."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from crawler.ingestion.spool import Spool
from crawler.ingestion.writer import BatchWriter
from sql.database import connect, rows
from tests.support.loading import MORNING, ask, open_visit, page


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


@pytest.fixture
def spool_of(tmp_path):
    """The spool of one more process."""
    return lambda max_bytes=10**8: Spool(tmp_path, max_bytes, database="db")


def pages_of(visit, number):
    return [
        page(visit, f"https://gazette.example/{n}", body=f"Bridge number {n} reopens.", minutes=n)
        for n in range(number)
    ]


@asynccontextmanager
async def at_work(writer):
    """The writer runs."""
    running = asyncio.create_task(writer.run())
    yield
    running.cancel()


async def urls_of(database):
    return [row["url"] for row in await ask(database, "SELECT url FROM tidings.pages ORDER BY fetched_at")]


async def test_memory_is_a_window_on_the_disk(database, visit, spool_of):
    """Of what waits only the first few hundred pages are in memory; all are stored, in order."""
    spool, pages = spool_of(), pages_of(visit, 1000)
    writer = BatchWriter(database, spool)
    futures = [await writer.put(each) for each in pages]
    assert sum(waiting.page is not None for waiting in writer._waiting) == 400
    async with at_work(writer):
        stored = await asyncio.gather(*futures)
    assert [each.page.url for each in stored] == [each.url for each in pages] == await urls_of(database)
    assert (spool.num_pages, spool.num_bytes) == (0, 0)


async def test_a_page_is_stored_once_whoever_stores_it(database, visit, spool_of):
    """What a process has stored without saying so, and what it has not, is there once after a take-over."""
    pages = pages_of(visit, 30)
    dead = spool_of()
    before = BatchWriter(database, dead)
    for each in pages:
        await before.put(each)
    async with at_work(unspooled := BatchWriter(database)):
        await asyncio.gather(*[await unspooled.put(each) for each in pages[:12]])
    dead.close()
    after = BatchWriter(database, spool_of())
    async with at_work(after):
        await after.take_over()
    assert await urls_of(database) == [each.url for each in pages]


async def test_what_is_left_is_refused_once_another_attempt_has_the_run(database, database_url, visit, spool_of):
    """A page of an attempt that was given up is discarded, and the log says so."""
    dead = spool_of()
    for each in pages_of(visit, 3):
        await BatchWriter(database, dead).put(each)
    dead.close()
    with connect(database_url) as connection:
        rows(connection, "start_run", {"run_id": visit.run_id, "worker": "another", "now": MORNING})
    after = BatchWriter(database, spool_of())
    with capture_logs() as logged:
        async with at_work(after):
            await after.take_over()
    assert [line["event"] for line in logged] == ["spool.taken_over", *3 * ["page.discarded"]]
    assert await urls_of(database) == []
    assert spool_of().take_over() == []


async def test_a_full_spool_makes_who_fetches_wait(database, visit, spool_of):
    """Once the spool has what it may, no page is taken before others are stored."""
    writer = BatchWriter(database, spool_of(10_000))
    pages = pages_of(visit, 40)
    putting = asyncio.create_task(_put_all(writer, pages))
    while not writer._spool.is_full:
        await asyncio.sleep(0.01)
    assert not putting.done()
    assert len(writer._waiting) < len(pages)
    async with at_work(writer):
        await asyncio.gather(*await putting)
    assert await urls_of(database) == [each.url for each in pages]


async def test_without_a_disk_the_memory_is_the_bound(database, visit, tmp_path):
    """Where the disk takes nothing, a few hundred pages wait in memory, and who fetches more waits with them."""
    (tmp_path / "file").touch()
    writer = BatchWriter(database, Spool(tmp_path / "file" / "spool", 10**8, database="db"))
    putting = asyncio.create_task(_put_all(writer, pages_of(visit, 500)))
    while len(writer._waiting) < 400:
        await asyncio.sleep(0.01)
    assert not putting.done()
    async with at_work(writer):
        await asyncio.gather(*await putting)
    assert len(await urls_of(database)) == 500


async def _put_all(writer, pages):
    return [await writer.put(each) for each in pages]
