"""Several daemons on one database: one leads, whoever is killed, frozen, cut off, or starts at the same moment."""

import os
import random
import signal
import time

import pytest

from sql.schema import migrations
from tests.faults.audit import audit
from tests.faults.cable import Cable
from tests.faults.daemon import kill_group
from tests.support.cli import eventually


def _leader_pid(installation) -> int | None:
    """The process that holds the lock, by the word of the server."""
    rows = installation.fetch(
        """SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
              AND a.application_name = 'tidings leader'"""
    )
    return rows[0][0] if rows else None


def _another_leads(installation, before: int | None):
    def condition() -> int | None:
        now = _leader_pid(installation)
        return now if now not in {None, before} else None

    return condition


def _thaws(installation, daemon) -> None:
    os.killpg(daemon.pid, signal.SIGCONT)
    eventually(lambda: installation.log("leader.lost"), seconds=60)


@pytest.mark.parametrize("fault", ["killed", "frozen", "cut off"])
def test_another_daemon_takes_over(installation, database_url, figures, full, fault):
    """One leads, the other says that it waits, and leads within half a minute once the first does not any more."""
    if fault == "cut off" and not full:
        pytest.skip("in the full form alone: to the server it is as if it were frozen")
    with Cable(database_url) as cable:
        first = installation.start(TIDINGS_DATABASE_URL=cable.url)
        led = eventually(lambda: _leader_pid(installation))
        installation.start()
        eventually(lambda: installation.log("leader.waiting"))
        assert len(installation.log("leader.elected")) == 1
        since = time.monotonic()
        if fault == "killed":
            kill_group(first)
        elif fault == "frozen":
            os.killpg(first.pid, signal.SIGSTOP)
        else:
            cable.cut()
        figures.within(30, f"leader {fault}: another leads", _another_leads(installation, led), since=since)
        if fault == "frozen":
            _thaws(installation, first)
        elif fault == "cut off":
            eventually(lambda: installation.log("leader.lost"), seconds=60)
            cable.mend()
        installation.come_to_rest()
        audit(installation)
        installation.end()


def test_parallel_first_starts_migrate_once(installation, empty_database_url, full):
    """Daemons that start at one moment on an empty database all come up, and each migration is applied once."""
    installation.database_url = empty_database_url
    num_daemons = 5 if full else 3
    for _ in range(num_daemons):
        installation.start()
    eventually(lambda: len(installation.log("daemon.ready")) == num_daemons)
    applied = [line["name"] for line in installation.log("migration.applied")]
    assert sorted(applied) == [migration.name for migration in migrations()]
    installation.come_to_rest()
    audit(installation)


def test_many_starts_in_a_minute_visit_each_slot_once(installation, figures, full):
    """Whatever is started and killed meanwhile, each slot has one run, and every article one row."""
    draw = random.Random(1)
    began = time.monotonic()
    daemons = []
    for _ in range(50 if full else 6):
        daemons.append(installation.start())
        time.sleep(draw.uniform(0.2, 1.4))
        if len(daemons) > 2:
            kill_group(daemons.pop(draw.randrange(len(daemons))))
    figures.note("starts and kills", time.monotonic() - began, "s", at_most=60)
    installation.come_to_rest()
    audit(installation)
