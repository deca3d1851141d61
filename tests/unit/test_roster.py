"""Who of this host's workers lives."""

import subprocess
import sys

from scheduler.roster import enter, find_dead

_WORKER = """
import sys, time
from pathlib import Path
from scheduler.roster import enter
entry = enter(Path(sys.argv[1]), "host:1:abc", "supervisor")
entry.add_queue_id(7)
entry.add_queue_id(12)
print("entered", flush=True)
time.sleep(600)
"""


def test_a_killed_worker_is_known_to_be_dead(tmp_path):
    """As long as it lives it is not among the dead; once it was killed it is, with all that was known of it."""
    with subprocess.Popen([sys.executable, "-c", _WORKER, tmp_path], stdout=subprocess.PIPE) as worker:
        worker.stdout.readline()
        assert find_dead(tmp_path) == []
        worker.kill()
    (dead,) = find_dead(tmp_path)
    assert (dead.worker, dead.supervisor, dead.queue_ids) == ("host:1:abc", "supervisor", [7, 12])
    assert find_dead(tmp_path) == [dead], "until the database was told"


def test_a_worker_that_ends_in_good_order_is_not_looked_after(tmp_path):
    """It removes its own entry."""
    enter(tmp_path, "host:1:abc", "supervisor").remove()
    assert find_dead(tmp_path) == []


def test_a_host_without_workers_has_no_dead(tmp_path):
    """The folder need not be there."""
    assert find_dead(tmp_path / "none") == []


def test_a_damaged_entry_still_names_its_worker(tmp_path):
    """Of a host that lost its power, whose disk had not all that was written."""
    (tmp_path / "host:1:abc.lock").write_bytes(b"supervisor\n7\n\0\0\0\xff\n12\n")
    (dead,) = find_dead(tmp_path)
    assert (dead.worker, dead.supervisor, dead.queue_ids) == ("host:1:abc", "supervisor", [7, 12])
