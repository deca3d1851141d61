"""What the spool costs a page, in time, on disk, and in memory: ``uv run python -m tests.benchmarks.spool``."""

import asyncio
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import psutil

from crawler.ingestion.page import Visit
from crawler.ingestion.spool import Spool
from crawler.ingestion.writer import BatchWriter
from sql.database import Database, new_pool
from tests.faults.papers import page as html
from tests.support.loading import page

_NUM_PAGES = 5_000
_NUM_WAITING = 30_000
_VISIT = Visit(uuid4(), 1, 1, "gazette")
_TEXT = html(0, 0)


def main() -> None:
    """Append, read and settle; and then hand to a writer what an outage leaves."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure_memory(Spool(Path(folder), 10**9, database="db")))
    with tempfile.TemporaryDirectory() as folder:
        _measure_time(Spool(Path(folder), 10**9, database="db"))


def _pages(number: int):
    return (page(_VISIT, f"https://gazette.example/{n}", body=f"{n} {_TEXT}", minutes=n) for n in range(number))


def _measure_time(spool: Spool) -> None:
    pages = list(_pages(_NUM_PAGES))
    began = time.perf_counter()
    places = [place for each in pages if not spool.is_full and (place := spool.append(each))]
    appended = time.perf_counter()
    for place in places:
        spool.read(place)
    read = time.perf_counter()
    num_bytes = spool.num_bytes
    for n in range(0, _NUM_PAGES, 200):
        spool.settle(places[n : n + 200])
    settled = time.perf_counter()
    for what, seconds in (("append", appended - began), ("read", read - appended), ("settle", settled - read)):
        print(f"{what:8}{seconds / _NUM_PAGES * 1e6:8.1f} us a page")
    print(f"{num_bytes / _NUM_PAGES:8.0f} bytes a page, of which {len(_TEXT)} of text")


async def _measure_memory(spool: Spool) -> None:
    """Nobody stores anything: a database that is away."""
    writer = BatchWriter(Database(new_pool("", application_name="benchmark")), spool)
    process = psutil.Process()
    before = process.memory_info().rss
    for each in _pages(_NUM_WAITING):
        await writer.put(each)
    grown, kept = process.memory_info().rss - before, spool.num_bytes
    print(f"{grown / 2**20:8.1f} MiB of memory for {_NUM_WAITING} pages, {kept / 2**20:.0f} MiB of them on disk")


if __name__ == "__main__":
    main()
