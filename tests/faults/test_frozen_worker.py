"""A worker whose event loop stands still."""

import os
import signal
import time

import pytest

from tests.faults.audit import audit
from tests.support.cli import eventually
from tests.support.processes import alive, children


def test_a_frozen_worker_is_replaced(installation, papers, figures, full):
    """Its supervisor misses its signs, kills it with its reader, and starts another, which finishes its runs."""
    if not full:
        pytest.skip("takes more than a minute; tests/integration/test_pulse.py holds the watch by itself")
    papers.latency = 0.2
    daemon = installation.start()
    eventually(lambda: installation.num_articles() > 10)
    (worker,) = children(daemon.pid)
    family = [worker, *children(worker)]
    os.kill(worker, signal.SIGSTOP)
    began = time.monotonic()
    figures.within(70, "a frozen worker was killed after", lambda: not any(map(alive, family)), since=began)
    installation.come_to_rest()
    assert [line["pid"] for line in installation.log("worker.frozen")] == [worker]
    assert installation.stop(daemon) == 0
    audit(installation)
