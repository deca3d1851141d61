"""What the spool costs a page: ``uv run python -m tests.benchmarks.spool``."""

import tempfile
import time
from pathlib import Path
from uuid import uuid4

from crawler.ingestion.page import Visit
from crawler.ingestion.spool import Spool
from tests.faults.papers import page as html
from tests.support.loading import page

_NUM_PAGES = 5_000


def main() -> None:
    """Append, read and settle as many pages as an outage of minutes leaves."""
    visit = Visit(uuid4(), 1, 1, "gazette")
    text = html(0, 0)
    pages = [page(visit, f"https://gazette.example/{n}", body=text, minutes=n) for n in range(_NUM_PAGES)]
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "spool", 10**9, database="db")
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
    print(f"{num_bytes / _NUM_PAGES:8.0f} bytes a page, of which {len(text)} of text")


if __name__ == "__main__":
    main()
