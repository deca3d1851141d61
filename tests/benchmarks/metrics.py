"""What counting costs: microseconds a page, bytes a worker, milliseconds and bytes a scrape.

    python -m tests.benchmarks.metrics [--workers N]

Workers are processes of their own, which have counted pages of every outcome and reason; the scrape is of their
files, as the supervisor reads them.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from scheduler.vitals.exposition import expose
from scheduler.vitals.progress import Progress

_PAGES = 50_000
_SCRAPES = 50
_COUNT = f"""
import psutil, sys, time
from pathlib import Path
from crawler import metrics
from crawler.meter import meter
from crawler.outcomes import Outcome, Reason

def page(outcome, reason):
    meter.count(metrics.PAGES, outcome, reason)
    meter.count(metrics.ARTICLES, "new")
    meter.observe(metrics.REQUEST, 0.2, "page")
    meter.count(metrics.FETCHED, "page", by=50000)
    meter.observe(metrics.READING, 0.02)
    meter.observe(metrics.FRESHNESS, 400)

def cpu(): return time.process_time()

began = cpu()
for _ in range({_PAGES}): page(Outcome.NEW, Reason.NEW_TEXT)
closed = cpu() - began
before, began = psutil.Process().memory_info().rss, cpu()
meter.open(Path(sys.argv[1]), sys.argv[2])
opened = cpu() - began
for outcome in Outcome:
    for reason in Reason: page(outcome, reason)
began = cpu()
for _ in range({_PAGES}): page(Outcome.NEW, Reason.NEW_TEXT)
took = cpu() - began
grown = psutil.Process().memory_info().rss - before
if sys.argv[2] == "0":
    print(f"a page, counted in full: {{took / {_PAGES} * 1e6:.1f}} us")
    print(f"the same where nothing is counted: {{closed / {_PAGES} * 1e6:.2f}} us")
    print(f"to begin: {{opened * 1e3:.0f}} ms, once a worker; memory: {{grown // 1024}} kB, with the library")
"""


async def _scrape(folder: Path, num_workers: int) -> None:
    pool = SimpleNamespace(num_alive=num_workers, size=num_workers, num_deaths=0, spool_limit=1)
    watch = SimpleNamespace(error=None, answer_seconds=0.001)
    vitals = SimpleNamespace(pool=pool, watch=watch, progress=Progress(), readings=None, counts=folder)
    text = b""
    await expose(vitals, "")  # loads the library
    began = time.process_time()
    for _ in range(_SCRAPES):
        text, _ = await expose(vitals, "application/openmetrics-text; version=1.0.0")
    took = (time.process_time() - began) / _SCRAPES
    num_series = sum(not line.startswith(b"#") for line in text.splitlines())
    print(f"a scrape of {num_workers} workers: {took * 1e3:.1f} ms, {len(text):,} bytes, {num_series} series")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    num_workers = parser.parse_args().workers
    with tempfile.TemporaryDirectory() as name:
        for place in range(num_workers):
            subprocess.run([sys.executable, "-c", _COUNT, name, str(place)], check=True)
        num_bytes = sum(path.stat().st_blocks * 512 for path in Path(name).iterdir())
        print(f"on disk: {num_bytes // num_workers:,} bytes a worker")
        asyncio.run(_scrape(Path(name), num_workers))


if __name__ == "__main__":
    main()
