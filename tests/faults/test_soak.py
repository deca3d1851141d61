"""A day of the timetable in minutes, with what goes wrong on a day.

A hundred times as fast: a quarter of an hour of the timetable is nine seconds, and what is to be visited again
falls due so much sooner. The clock itself is left alone. One that ran fast for the processes alone would run ahead
of the database's, by which workers show that they live and hosts have their turns; and if the database's ran as
fast, a heartbeat of three seconds would be due every thirtieth of one.
"""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.day import Day
from tests.faults.meter import Meter, skip
from tests.support.cli import eventually

_TIMES_AS_FAST = 100.0


@dataclass(frozen=True)
class Size:
    """How much of a day."""

    sites: int
    articles: int
    runs: int
    every: str
    warm_after: float
    """The share of it after which memory may grow no more. A short day is spent on loading code at first."""


FULL = Size(sites=12, articles=1700, runs=1000, every="9s", warm_after=0.1)
SHORT = Size(sites=6, articles=100, runs=60, every="2s", warm_after=0.6)


@pytest.fixture
def size(full):
    """The size of the day."""
    return FULL if full else SHORT


@pytest.fixture
def papers(size):
    """The papers of the day."""
    with Day(sites=size.sites, articles=size.articles) as opened:
        yield opened


@pytest.fixture
def installation(papers, size, database_url, tmp_path):
    """Two workers; only the first paper is read again."""
    crawl = {"workers": 2, "timeout": "5s"}
    made = Installation(papers, database_url, tmp_path, crawl=crawl)
    text = made.config.read_text().replace('every = "2s"', f'every = "{size.every}"')
    made.config.write_text(text.replace("revisit = false", "revisit = true", 1))
    yield made
    made.end()


def test_a_day_leaves_nothing_behind(installation, papers, figures, size):
    """Memory, files, threads, connections and the queue are after a day what they were after its first hours."""
    daemon = installation.start()
    eventually(lambda: installation.log("daemon.ready"))
    meter = Meter(daemon.pid, installation.database_url, size.warm_after)
    began = time.monotonic()
    _live_through(installation, papers, meter, num_runs=size.runs)
    took = time.monotonic() - began
    _note_growth(figures, meter)
    _note_work(figures, installation, meter, took=took)
    audit(installation)


def _live_through(installation: Installation, papers: Day, meter: Meter, *, num_runs: int) -> None:
    """Go through the day as fast as the work is done; then without news, for what is to be tried again."""
    before = time.monotonic()

    def go_on() -> int:
        nonlocal before
        if (passed := time.monotonic() - before) >= 1:
            skip(installation.database_url, _TIMES_AS_FAST * passed)
            before += passed
        return installation.value("SELECT count(*) FROM tidings.runs WHERE finished_at IS NOT NULL")

    num_finished = 0
    while num_finished < num_runs:
        papers.publish(num_finished / num_runs)
        num_finished = eventually(lambda n=num_finished: max(0, go_on() - n)) + num_finished
        meter.sample()
    papers.publish(1.0)
    eventually(lambda: go_on() and installation.all_stored(), seconds=300)
    installation.rest()


def _note_growth(figures, meter: Meter) -> None:
    for kind in meter.kinds():
        before, after = meter.growth(kind, "memory")
        figures.note(f"memory of {kind} once warm", before, "MB")
        figures.note(f"growth of {kind} since", after - before, "MB", at_most=20)
        # A short day ends while the memory that its work takes is still being taken.
        figures.note(
            f"growth of {kind} since", 100 * (after / before - 1), "%", at_most=5 if figures.full else None
        )
        for what, at_most in (("files", 8), ("threads", 2), ("processes", 0)):
            before, after = meter.growth(kind, what)
            figures.note(f"more {what} of {kind} at the end", after - before, at_most=at_most)
    before, after = meter.growth("database", "connections")
    figures.note("more connections at the end", after - before, at_most=2)
    # Ten of the daemon, nine of each of its workers, and our own.
    for what, at_most in (("connections", 30), ("jobs", 50), ("queue events", 100), ("queue workers", 8)):
        figures.note(f"{what} in the database, at most", meter.most("database", what), at_most=at_most)
    figures.note("workers known to the database, at most", meter.most("database", "workers"), at_most=4)
    figures.note("hosts known to the database, at most", meter.most("database", "hosts"), at_most=20)


def _note_work(figures, installation: Installation, meter: Meter, *, took: float) -> None:
    num_runs, num_pages = installation.fetch("""
        SELECT (SELECT count(*) FROM tidings.runs), (SELECT count(*) FROM tidings.pages)""")[0]
    num_articles = installation.num_articles()
    num_bytes = installation.value("SELECT pg_database_size(current_database())")
    num_lines = len(installation.log())
    figures.note("minutes", took / 60)
    figures.note("runs", num_runs)
    figures.note("pages", num_pages)
    figures.note("articles", num_articles)
    figures.note("pages a second", num_pages / took)
    figures.note("processor seconds a page", meter.processor_seconds / num_pages)
    figures.note("database", num_bytes / num_articles, "bytes an article")
    figures.note("log lines a page and run", num_lines / (num_pages + num_runs), at_most=6)
    figures.note("log", installation.log_file.stat().st_size / num_pages, "bytes a page", at_most=4000)
    # A page takes more than that: what is left are empty files, with a line of whose they are.
    figures.note("spool left behind", _spooled(installation), "bytes", at_most=500)


def _spooled(installation: Installation) -> int:
    return sum(path.stat().st_size for path in (installation.folder / "spool").rglob("*") if _is_left(path))


def _is_left(path: Path) -> bool:
    return path.is_file() and path.suffix != ".db"  # in those the workers count, as long as the daemon runs
