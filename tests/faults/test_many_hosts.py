"""Workers on several hosts, here process groups of their own, on one database."""

import subprocess
import time
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from aiohttp import web

from tests.faults.audit import audit
from tests.faults.daemon import Installation, kill_group
from tests.faults.meter import skip
from tests.faults.papers import Papers
from tests.faults.watch import Watch
from tests.support.cli import eventually, tidings, told
from tests.support.processes import children

_DELAY = 0.5
_LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)

OVERLAPPING = """
    SELECT a.run_id, b.run_id
      FROM (tidings.runs a JOIN tidings.sources s ON s.source_id = a.source_id)
      JOIN (tidings.runs b JOIN tidings.sources o ON o.source_id = b.source_id) ON o.host_lock = s.host_lock
     WHERE a.run_id < b.run_id AND a.attempt = 1 AND b.attempt = 1
       AND (a.started_at, a.finished_at) OVERLAPS (b.started_at, b.finished_at)"""
"""Runs at one host at the same time. One that was taken up again after its worker's death has gaps between its
attempts, in which the host is another's."""


class Desks(Papers):
    """Each paper is watched as two sources, which share its host."""

    def sources(self, **keys) -> list[dict]:
        """Both, with a delay between two requests."""
        every = super().sources(delay=f"{_DELAY}s", **keys)
        return [
            source | {"name": f"{source['name']}-{desk}", "feeds": [f"{source['url']}feed?{desk}"]}
            for source in every
            for desk in ("news", "sport")
        ]


@pytest.fixture
def papers(full):
    """Twelve papers."""
    num_articles = 40 if full else 8
    with Desks(sites=12, articles=num_articles, latency=0.05, listed=num_articles // 2) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """Workers that conduct few runs at a time, so that of twelve papers some wait for one that comes."""
    made = Installation(papers, database_url, tmp_path, crawl={"runs_per_worker": 3})
    yield made
    made.end()


def test_twelve_papers_and_three_hosts(installation, papers, figures, full):
    """No paper is visited by two workers, nor too soon; a host that comes helps, and one that goes is no loss."""
    with Watch(installation.database_url) as watch:
        installation.start()
        further = installation.start("worker")
        eventually(lambda: len(installation.log("run.finished")) >= papers.num_sites)
        papers.num_listed = papers.num_articles
        for _ in range(8 if full else 1):
            began = time.monotonic()
            added = installation.start("worker")
            eventually(lambda added=added: installation.num_runs_of(added))
            figures.note("first run of an added host", time.monotonic() - began, "s", at_most=10)
            eventually(lambda added=added: installation.num_runs_of(added, "finished_at IS NULL"))
            workers = children(added.pid)
            kill_group(added)
            figures.within(60, "runs of a killed host taken up", lambda w=workers: _taken_up(installation, w))
        assert installation.num_runs_of(further) > 0
        began = time.monotonic()
        assert installation.stop(further) == 0
        figures.note("a host has ended in good order", time.monotonic() - began, "s", at_most=30)
        installation.come_to_rest()
    assert watch.num_looks > 20
    assert watch.broken == {}
    assert installation.fetch(OVERLAPPING) == []
    figures.note("requests ahead of their pace", _ahead_of_pace(papers), "s", at_most=_DELAY)
    audit(installation)


def _taken_up(installation: Installation, workers: list[int]) -> bool:
    """Whether no run is left with these workers."""
    statement = """SELECT count(*) FROM tidings.runs
                    WHERE finished_at IS NULL AND split_part(worker, ':', 2)::int = ANY(%s)"""
    return installation.value(statement, workers) == 0


def _ahead_of_pace(papers: Papers) -> float:
    """By how many seconds the requests to any one host came sooner, in any stretch, than the delay allows.

    One that is late, because the machine let its process wait, brings the next one closer by as much.
    """
    asked: defaultdict[int, list[float]] = defaultdict(list)
    for at, site, _ in papers.requests:
        asked[site].append(at)
    furthest = 0.0
    for times in asked.values():
        ahead = 0.0
        for earlier, later in pairwise(times):
            ahead = max(0.0, ahead + _DELAY - (later - earlier))
            furthest = max(furthest, ahead)
    return furthest


def test_a_pause_that_one_worker_learned_is_kept_by_all(installation, papers):
    """429 with Retry-After, heard by one worker: no other asks that host before it is over."""

    async def busy(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "600"})

    papers.answers[0, "/feed"] = busy
    installation.start()
    installation.start("worker")
    eventually(lambda: installation.log("host.paused"))
    asked = [path for _, site, path in papers.requests if site == 0]

    def met_by_both() -> bool:
        """Whether workers of both hosts have begun a visit since; the sources are due again until they have."""
        with psycopg.connect(installation.database_url) as connection:
            connection.execute("UPDATE tidings.sources SET due_at = now() WHERE name LIKE 'paper-0-%'")
            return connection.execute("""
                SELECT count(DISTINCT worker) > 1 FROM tidings.runs JOIN tidings.sources USING (source_id)
                 WHERE name LIKE 'paper-0-%' AND reason = 'host_paused'""").fetchone() == (True,)

    eventually(met_by_both)
    assert [path for _, site, path in papers.requests if site == 0] == asked
    elsewhere = {url for url in papers.expected if not url.startswith(papers.url(0))}
    eventually(lambda: installation.value("SELECT count(*) FROM tidings.copies") >= len(elsewhere))
    installation.rest()
    audit(installation, expected=elsewhere)


@pytest.mark.skipif(_LIBRARY is None, reason="libfaketime is not installed")
def test_a_host_whose_clock_is_wrong_does_no_harm(installation, papers):
    """Workers an hour ahead and an hour behind: nothing is missing, doubled or stuck."""
    clocks = {"LD_PRELOAD": str(_LIBRARY), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    installation.start()
    ahead = installation.start("worker", **clocks, FAKETIME="+3600")
    behind = installation.start("worker", **clocks, FAKETIME="-3600")
    for host, seconds in ((ahead, 3600), (behind, -3600)):
        eventually(lambda host=host: installation.num_runs_of(host, "finished_at IS NOT NULL"))
        assert _clock_of(installation, host) == pytest.approx(seconds, abs=600)
    papers.num_listed = papers.num_articles
    eventually(installation.all_stored)
    skip(installation.database_url, 2 * 3600)
    installation.come_to_rest()
    audit(installation)


def _clock_of(installation: Installation, host: subprocess.Popen) -> float:
    """By how many seconds a host's clock is ahead of ours, from its log."""
    line = next(
        line
        for line in installation.log("worker.started")
        if int(line["worker"].split(":")[1]) in children(host.pid)
    )
    return (datetime.fromisoformat(line["timestamp"]) - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "INSERT INTO tidings.migrations VALUES (9999, '9999_later', 'of a later version', now())",
            "newer version",
        ),
        (
            "DELETE FROM tidings.migrations WHERE number = (SELECT max(number) FROM tidings.migrations)",
            "lacks migration",
        ),
    ],
)
def test_workers_of_another_version_refuse(installation, statement, words):
    """On a database that is newer or older than they are, workers end with one line, before they take any run."""
    with psycopg.connect(installation.database_url) as connection:
        connection.execute(statement)
    done = tidings("worker", "--config", installation.config, TIDINGS_DATABASE_URL=installation.database_url)
    assert words in told(done, 2)
