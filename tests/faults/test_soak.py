"""A day of the timetable in minutes, with what goes wrong on a day."""

import time
from dataclasses import dataclass

import pytest

from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.day import Day
from tests.faults.meter import Clock, Meter
from tests.support.cli import eventually

_DAY_SECONDS = 24 * 3600.0
_EVERY_SECONDS = 15 * 60.0
_STEP_SECONDS = 5 * 60.0
_MOST_RUNS = 6


@dataclass(frozen=True)
class Size:
    """How much of a day."""

    sites: int
    articles: int
    hours: float
    warm_after: float
    """The share of it after which memory may grow no more; in a short day its first part is spent on loading code."""


FULL = Size(sites=12, articles=1700, hours=24, warm_after=0.1)
SHORT = Size(sites=6, articles=100, hours=4, warm_after=0.6)


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
def installation(papers, database_url, tmp_path):
    """Two workers, and a timetable of a quarter of an hour; only the first paper is read again."""
    crawl = {"workers": 2, "timeout": "5s"}
    made = Installation(papers, database_url, tmp_path, crawl=crawl)
    text = made.config.read_text().replace('every = "2s"', f'every = "{_EVERY_SECONDS:g}s"')
    made.config.write_text(text.replace("revisit = false", "revisit = true", 1))
    yield made
    made.end()


def test_a_day_leaves_nothing_behind(installation, papers, figures, size):
    """Memory, files, threads, connections and the queue are after a day what they were after its first hours."""
    daemon = installation.start()
    eventually(lambda: installation.log("daemon.ready"))
    meter = Meter(daemon.pid, installation.database_url, size.warm_after)
    wal = installation.value("SELECT pg_current_wal_lsn()::text")
    began = time.monotonic()
    _live_through(installation, papers, meter, hours=size.hours)
    took = time.monotonic() - began
    _note_growth(figures, meter)
    _note_work(figures, installation, meter, took=took, wal=wal)
    audit(installation)


def _live_through(installation: Installation, papers: Day, meter: Meter, *, hours: float) -> None:
    """Skip from step to step as fast as the work is done, then a day without news, for what is to be tried again."""
    clock = Clock(installation.database_url)
    while clock.seconds < hours * 3600:
        papers.publish(clock.seconds / (hours * 3600))
        clock.skip(_STEP_SECONDS)
        eventually(lambda: _keeps_up(installation))
        meter.sample()
    papers.publish(1.0)

    def all_stored() -> bool:
        clock.skip(_EVERY_SECONDS)
        eventually(installation.is_idle)
        return installation.all_stored()

    eventually(all_stored, seconds=300)
    installation.rest()


def _keeps_up(installation: Installation) -> bool:
    """Whether nothing waits for its run to be queued, and few runs are under way."""
    num_due, num_runs = installation.fetch("""
        SELECT (SELECT count(*) FROM tidings.sources WHERE due_at <= now() AND run_id IS NULL),
               (SELECT count(*) FROM tidings.runs WHERE finished_at IS NULL)""")[0]
    return num_due == 0 and num_runs <= _MOST_RUNS


def _note_growth(figures, meter: Meter) -> None:
    for kind in meter.kinds():
        before, after = meter.growth(kind, "memory")
        figures.note(f"memory of {kind} once warm", before, "MB")
        figures.note(f"growth of {kind} since", after - before, "MB", at_most=20)
        figures.note(f"growth of {kind} since", 100 * (after / before - 1), "%", at_most=5)
        for what, at_most in (("files", 8), ("threads", 2), ("processes", 0)):
            before, after = meter.growth(kind, what)
            figures.note(f"more {what} of {kind} at the end", after - before, at_most=at_most)
    before, after = meter.growth("database", "connections")
    figures.note("more connections at the end", after - before, at_most=2)
    for what, at_most in (("connections", 24), ("jobs", 50), ("queue events", 100), ("queue workers", 8)):
        figures.note(f"{what} in the database, at most", meter.most("database", what), at_most=at_most)
    figures.note("workers known to the database, at most", meter.most("database", "workers"), at_most=4)
    figures.note("hosts known to the database, at most", meter.most("database", "hosts"), at_most=20)


def _note_work(figures, installation: Installation, meter: Meter, *, took: float, wal: str) -> None:
    num_runs, num_pages = installation.fetch("""
        SELECT (SELECT count(*) FROM tidings.runs), (SELECT count(*) FROM tidings.pages)""")[0]
    num_articles = installation.num_articles()
    num_bytes = installation.value("SELECT pg_database_size(current_database())")
    num_written = installation.value("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", wal)
    num_lines = len(installation.log())
    figures.note("minutes", took / 60)
    figures.note("runs", num_runs)
    figures.note("pages", num_pages)
    figures.note("articles", num_articles)
    figures.note("pages a second", num_pages / took)
    figures.note("processor seconds a page", meter.processor_seconds / num_pages)
    figures.note("database", num_bytes / num_articles, "bytes an article")
    figures.note("WAL", float(num_written) / num_pages, "bytes a page")
    figures.note("log lines a page and run", num_lines / (num_pages + num_runs), at_most=6)
    figures.note("log", installation.log_file.stat().st_size / num_pages, "bytes a page", at_most=4000)
    figures.note("spool left behind", _spooled(installation), "bytes", at_most=0)


def _spooled(installation: Installation) -> int:
    return sum(path.stat().st_size for path in (installation.folder / "spool").rglob("*") if path.is_file())
