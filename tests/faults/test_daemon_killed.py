"""The daemon's whole process group is killed at random moments under load."""

import random
import time

from tests.faults.audit import audit
from tests.faults.daemon import kill_group
from tests.support.cli import eventually


def test_the_daemon_is_killed_time_and_again(installation, papers, figures, full):
    """Whatever the moment: it goes on within seconds of its next start, and hardly asks for anything twice."""
    papers.latency = 0.05
    draw = random.Random(1)
    for _ in range(100 if full else 5):
        daemon = installation.start()
        began = time.monotonic()
        eventually(lambda began=began: papers.first_request_after(began))
        figures.note("first request after a start", papers.first_request_after(began) - began, "s", at_most=10)
        time.sleep(draw.uniform(0.0, 2.0))
        kill_group(daemon)
    installation.start()
    installation.come_to_rest()
    audit(installation)
    asked = papers.article_requests
    figures.note("requests per article", sum(asked.values()) / len(papers.expected), at_most=1.2)
