"""A source that is slow, or hangs, has no more than its time."""

import asyncio

import pytest
from aiohttp import web

from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.papers import Papers
from tests.support.cli import eventually

SECONDS = 4


@pytest.fixture
def papers():
    """Two papers, a slow one and one whose every second article hangs."""
    with Papers(sites=2, articles=30) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """Tidings with little time for a run, and less for a request."""
    made = Installation(papers, database_url, tmp_path, crawl={"run_timeout": f"{SECONDS}s", "timeout": "3s"})
    yield made
    made.end()


async def _hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(4)  # longer than we wait, and soon over
    return web.Response(status=500)


def ended_early(installation):
    """Seconds and counts of the runs that were out of time."""
    return installation.fetch("""
        SELECT extract(epoch FROM finished_at - started_at)::float, num_rejected, num_new FROM tidings.runs
         WHERE outcome = 'partial' AND reason = 'timed_out' ORDER BY finished_at""")


def test_a_run_ends_when_its_time_is_up(installation, papers, figures):
    """What was asked for is finished or failed; what is left has its outcome, and the next runs go on with it."""
    papers.latency = 1.5
    for number in range(0, 30, 2):
        papers.answers[1, f"/a/{number}"] = _hangs
    daemon = installation.start()
    runs = eventually(lambda: len(ended_early(installation)) >= 2 and ended_early(installation))
    figures.note("a run out of time ended after", max(seconds for seconds, _, _ in runs), "s", at_most=SECONDS + 4)
    assert any(num_rejected for _, num_rejected, _ in runs)
    eventually(
        lambda: installation.value("""
        SELECT count(*) FROM tidings.urls
         WHERE reason = 'over_budget' AND next_visit_at IS NOT NULL AND link IS NOT NULL""")
    )
    papers.latency = 0.0
    papers.answers.clear()
    eventually(lambda: retried(installation), seconds=120)
    installation.rest()
    assert installation.stop(daemon) == 0
    audit(installation)


def retried(installation):
    """Let what failed be tried at once, and say whether all is stored."""
    with installation.connected() as connection:
        connection.execute("UPDATE tidings.urls SET next_visit_at = now() WHERE outcome = 'failed'")
    return installation.all_stored()
