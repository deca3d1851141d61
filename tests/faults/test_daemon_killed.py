"""The daemon's whole process group is killed at random moments under load."""

import random
import time

import pytest

from tests.faults.audit import audit
from tests.faults.daemon import kill_group
from tests.faults.papers import Papers
from tests.support.cli import eventually


@pytest.fixture
def papers(full):
    """Two papers with so many articles, or such slow ones, that there are some left to fetch at the last kill."""
    with Papers(sites=2, articles=5500 if full else 200, latency=0.25 if full else 0.05) as opened:
        opened.keys = {"max_pages": 20_000}
        yield opened


def test_the_daemon_is_killed_time_and_again(installation, papers, figures, full):
    """Whatever the moment: it goes on within seconds of its next start, and hardly asks for anything twice."""
    draw = random.Random(1)
    slowest = 0.0
    for _ in range(100 if full else 5):
        daemon = installation.start()
        began = time.monotonic()
        eventually(lambda began=began: papers.first_request_after(began))
        slowest = max(slowest, papers.first_request_after(began) - began)
        time.sleep(draw.uniform(0.0, 6.0 if full else 2.0))
        kill_group(daemon)
    figures.note("slowest first request after a start", slowest, "s", at_most=10)
    figures.note("articles left at the last kill", len(papers.expected) - installation.num_articles())
    installation.start()
    installation.come_to_rest()
    audit(installation)
    asked = papers.article_requests
    figures.note("requests per article", sum(asked.values()) / len(papers.expected), at_most=1.2)
    assert installation.log("run.abandoned") == []
