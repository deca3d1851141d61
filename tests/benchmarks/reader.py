"""What it costs to read pages in a process of its own: ``uv run python -m tests.benchmarks.reader [PAGES]``."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from crawler.article import Hints
from crawler.discovery import discover
from crawler.extraction import read, read_briefly
from crawler.reader import ReaderProcess
from tests.benchmarks.corpus import read_pages

Run = Callable[..., Awaitable[Any]]
_NUM_LINKS = 50_000
_NUM_EMPTY = 500


@dataclass
class Cost:
    """Of a page, in milliseconds: until its result is there, and of CPU in the worker and in the reader."""

    wall: float = float("inf")
    worker: float = float("inf")
    reader: float = float("inf")


async def cost_of(
    pages: Sequence[Any], run: Run, function: Callable[..., Any], child: psutil.Process | None
) -> Cost:
    """One pass over the pages."""
    began, worker, reader = time.perf_counter(), time.process_time(), _cpu(child)
    for page in pages:
        hints = Hints(timezone=page.timezone)
        await run(function, page.content, page.url, headers={}, hints=hints)
    return Cost(
        1000 * (time.perf_counter() - began) / len(pages),
        1000 * (time.process_time() - worker) / len(pages),
        1000 * (_cpu(child) - reader) / len(pages),
    )


async def best_of(passes: int, *args: Any) -> Cost:
    """The least of each, of several passes after one that warms up."""
    best = Cost()
    for turn in range(passes + 1):
        cost = await cost_of(*args)
        if turn:
            best = Cost(min(best.wall, cost.wall), min(best.worker, cost.worker), min(best.reader, cost.reader))
    return best


async def longest_stall(run: Run) -> tuple[float, float]:
    """Seconds until a sitemap of 50,000 links is read, and for how long the event loop stood still at most."""
    entries = "".join(
        f"<url><loc>https://paper.example/2026/11/30/what-happened-at-the-harbour-{n}</loc>"
        f"<lastmod>2026-11-30T10:{n % 60:02}:00Z</lastmod></url>"
        for n in range(_NUM_LINKS)
    )
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    stalls = [0.0]
    ticking = asyncio.create_task(_tick(stalls))
    await asyncio.sleep(0.1)
    stalls[:] = [0.0]
    began = time.perf_counter()
    await run(discover, body, "https://paper.example/sitemap.xml")
    took = time.perf_counter() - began
    ticking.cancel()
    return took, max(stalls)


async def _tick(stalls: list[float]) -> None:
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        stalls.append(now - last)
        last = now


def _cpu(child: psutil.Process | None) -> float:
    return 0.0 if child is None else sum(child.cpu_times()[:2])


async def measure(pages: Sequence[Any], passes: int) -> None:
    """Print a line for each figure: in a thread of the worker, and in a process beside it."""
    reader = ReaderProcess(60.0, 2**30)
    began = time.perf_counter()
    child = psutil.Process(await reader.run(os.getpid))
    print(f"started in {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    for number in range(_NUM_EMPTY):
        await reader.run(abs, number)
    print(f"a call that does nothing: {1000 * (time.perf_counter() - began) / _NUM_EMPTY:.2f} ms")
    process = await best_of(passes, pages, reader.run, read_briefly, child)
    stalled = await longest_stall(reader.run)
    memory = psutil.Process().memory_info().rss, child.memory_info().rss
    thread = await best_of(passes, pages, asyncio.to_thread, read, None)
    stalled_before = await longest_stall(asyncio.to_thread)
    before = psutil.Process().memory_info().rss
    reader.close()
    print(f"{'':<34} {'thread':>8} {'process':>8}")
    for what, *values in (
        ("ms a page, until its result is there", thread.wall, process.wall),
        ("ms a page of CPU, worker", thread.worker, process.worker),
        ("ms a page of CPU, reader", 0.0, process.reader),
        ("ms, a sitemap of 50,000 links", 1000 * stalled_before[0], 1000 * stalled[0]),
        ("ms the loop stood still meanwhile", 1000 * stalled_before[1], 1000 * stalled[1]),
        ("MiB resident, worker", before / 2**20, memory[0] / 2**20),
        ("MiB resident, reader", 0.0, memory[1] / 2**20),
    ):
        print(f"{what:<36} {values[0]:8.2f} {values[1]:8.2f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.reader", description=__doc__)
    parser.add_argument("pages", nargs="?", type=Path, metavar="PAGES", help="a folder of *.html.gz")
    parser.add_argument("--passes", type=int, default=3, help="of which the best counts")
    options = parser.parse_args(arguments)
    where, pages = read_pages([options.pages] if options.pages else [])
    print(f"{where}; best of {options.passes} passes")
    asyncio.run(measure(pages, options.passes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
