"""Cron-style: started twice, beside a daemon, and killed."""

import random
import signal
import time

import pytest

from tests.faults.audit import audit
from tests.faults.papers import Papers
from tests.support.cli import eventually
from tests.support.processes import alive, descendants

ALREADY_RUNNING = 75


@pytest.fixture
def papers():
    """Two papers that take their time."""
    with Papers(sites=2, articles=30, latency=0.1) as opened:
        yield opened


def test_the_second_of_two_is_refused(installation, papers):
    """It ends with 75 at once, whatever the first is doing; the first is none the worse for it."""
    first = installation.start("once")
    eventually(lambda: papers.article_requests)
    assert installation.start("once").wait(60) == ALREADY_RUNNING
    assert first.wait(120) == 0
    assert installation.num_articles() == len(papers.expected)
    audit(installation)


def test_beside_a_daemon_nothing_is_done_twice(installation, papers, figures):
    """Whoever claims a source first visits it; the other leaves it alone, or waits for it."""
    installation.start()
    codes = [installation.start("once").wait(120) for _ in range(2)]
    assert codes == [0, 0]
    installation.come_to_rest()
    audit(installation)
    asked = papers.article_requests
    figures.note("requests per article", sum(asked.values()) / len(papers.expected), at_most=1.0)


def test_killed_at_any_moment_the_next_one_completes(installation, papers, figures, full):
    """Kill -9 of the process alone: its workers end with it, and the next one does what is left."""
    draw = random.Random(1)
    for _ in range(25 if full else 3):
        process = installation.start("once")
        time.sleep(draw.uniform(0.5, 5.0))
        below = descendants(process.pid)
        since = time.monotonic()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        figures.within(20, "its workers gone", lambda below=below: not any(map(alive, below)), since=since)
    assert installation.start("once").wait(240) == 0
    assert installation.num_articles() == len(papers.expected)
    audit(installation)
