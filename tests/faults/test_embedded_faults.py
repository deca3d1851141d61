"""The embedded server, its keeper and its backends are killed while the daemon is at work."""

import time

import pytest

from tests.faults.audit import audit
from tests.faults.embedded import EmbeddedInstallation, kill, short_folder
from tests.faults.papers import Papers
from tests.support.cli import eventually

VICTIMS = ("postmaster", "keeper", "both", "backend")


@pytest.fixture
def papers():
    """One that lists no article yet."""
    with Papers(sites=1, articles=200, listed=0) as opened:
        yield opened


@pytest.fixture
def installation(papers, tmp_path):
    """Tidings with an embedded server, not started yet."""
    with short_folder() as folder:
        made = EmbeddedInstallation(papers, folder, tmp_path)
        yield made
        made.end()


def test_the_server_is_killed_under_the_daemon(installation, papers, figures, full):
    """Whatever of it is killed, the daemon has it back by itself, with all that was fetched meanwhile stored."""
    daemon = installation.start()
    eventually(lambda: installation.log("daemon.ready"))
    papers.num_listed = 20
    eventually(installation.all_stored)
    for turn in range(5 if full else 1):
        for victim in VICTIMS:
            before = papers.num_listed
            papers.num_listed = 20 + 10 * (turn * len(VICTIMS) + VICTIMS.index(victim) + 1) * (1 if full else 2)
            eventually(lambda before=before: papers.article_requests.get(papers.url(0, f"/a/{before}")))
            kill(*_pids(installation, victim))
            killed = time.monotonic()
            figures.within(30, f"serves again after {victim}", installation.all_stored, since=killed)
    installation.come_to_rest()
    audit(installation)
    lost = installation.log("postgres.lost")
    assert len(lost) == 3 * (5 if full else 1), "one line for each time, none for a backend"
    assert daemon.poll() is None
    figures.within(30, "the end of all processes", lambda: installation.stop(daemon) == 0)
    figures.within(10, "the end of its server", lambda: not installation.processes())


def _pids(installation, victim):
    if victim == "both":
        return installation.keeper(), installation.postmaster()
    return (getattr(installation, victim)(),)
