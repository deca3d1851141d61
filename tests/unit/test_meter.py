"""What workers count, and what becomes of it when they die."""

import errno
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from crawler import metrics
from crawler.configuration import Configuration
from crawler.meter import FILE_BYTES, Meter, forget_gauges
from scheduler.vitals.exposition import expose
from scheduler.vitals.folder import counting_folder
from scheduler.vitals.progress import Progress

_PRELUDE = """
import sys
from pathlib import Path
from crawler import metrics
from crawler.meter import meter
meter.open(Path(sys.argv[1]), sys.argv[2])
"""
_COUNT_AND_DIE = f"""{_PRELUDE}
for n in range(3):
    meter.count(metrics.PAGES, "new", "new_text")
    meter.observe(metrics.REQUEST, 0.2, "page")
meter.set(metrics.SPOOL_PAGES, 7)
import os, signal
os.kill(os.getpid(), signal.SIGKILL)
"""
_COUNT_EVERYTHING = f"""{_PRELUDE}
from crawler.outcomes import Outcome, Reason
for outcome in Outcome:
    for reason in Reason:
        meter.count(metrics.PAGES, outcome, reason)
for kind in ("page", "document"):
    meter.observe(metrics.REQUEST, 0.2, kind)
    meter.count(metrics.FETCHED, kind)
for state in ("used", "idle"):
    meter.set(metrics.POOL_CONNECTIONS, 1, "workers", state)
"""


def worker(program, folder, place="0"):
    """A process that counts; returns how it ended."""
    return subprocess.run([sys.executable, "-c", program, str(folder), place], check=False).returncode


async def served(folder):
    """What is served of what was counted, as lines."""
    pool = SimpleNamespace(num_alive=0, size=1, num_deaths=0, spool_limit=0)
    watch = SimpleNamespace(error=None, answer_seconds=None, alarm=None)
    vitals = SimpleNamespace(pool=pool, watch=watch, progress=Progress(), readings=None, counts=folder)
    text, _ = await expose(vitals, "application/openmetrics-text")
    return text.decode().splitlines()


async def test_a_count_outlives_the_workers_and_goes_on_in_their_place(tmp_path):
    """Killed any time, they lose nothing; the next one in their place goes on, and no files pile up."""
    assert worker(_COUNT_AND_DIE, tmp_path) == -signal.SIGKILL
    assert "tidings_spool_pages 7.0" in await served(tmp_path)
    files = sorted(tmp_path.iterdir())
    forget_gauges(tmp_path, "0")
    assert not any(line.startswith("tidings_spool_pages ") for line in await served(tmp_path))
    assert worker(_COUNT_AND_DIE, tmp_path) == -signal.SIGKILL
    assert worker(_COUNT_AND_DIE, tmp_path, place="1") == -signal.SIGKILL
    lines = await served(tmp_path)
    assert 'tidings_pages_total{outcome="new",reason="new_text"} 9.0' in lines
    assert 'tidings_request_duration_seconds_bucket{kind="page",le="0.1"} 0.0' in lines
    assert 'tidings_request_duration_seconds_bucket{kind="page",le="0.25"} 9.0' in lines
    assert 'tidings_request_duration_seconds_count{kind="page"} 9.0' in lines
    assert "tidings_spool_pages 14.0" in lines
    assert len(list(tmp_path.iterdir())) == 2 * len(files)


def test_no_file_ever_grows(tmp_path):
    """All that can be counted has room in what is taken at the start: a full disk is met there, or nowhere."""
    assert worker(_COUNT_EVERYTHING, tmp_path) == 0
    assert {path.stat().st_size for path in tmp_path.iterdir()} == {FILE_BYTES}


def test_a_disk_without_room_costs_the_count_alone(tmp_path, monkeypatch):
    """It is refused where files are made, not by a signal in the middle of the work; and nothing is left there."""

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    meter = Meter()
    with pytest.raises(OSError, match="No space left"):
        meter.open(tmp_path, "0")
    meter.count(metrics.PAGES_DISCARDED)
    assert list(tmp_path.iterdir()) == []


async def test_a_damaged_file_costs_no_more_than_what_was_counted(tmp_path):
    """The rest is served, and the log says why."""
    assert worker(_COUNT_AND_DIE, tmp_path) == -signal.SIGKILL
    (tmp_path / "counter_0.db").write_bytes(b"\xff\xff\x00\x00" + b"\xff" * 500)
    with capture_logs() as logs:
        lines = await served(tmp_path)
    assert [line["event"] for line in logs] == ["metrics.failed"]
    assert "tidings_workers_expected 1.0" in lines
    assert lines[-1] == "# EOF"


def test_commands_do_without():
    """What counts nothing does not load what counts: the command line starts in a fraction of a second."""
    program = "import sys, scheduler.cli, crawler.runs; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def configuration(folder):
    return Configuration.model_validate({"crawl": {"spool_dir": str(folder)}})


def test_a_folder_ends_with_its_supervisor(tmp_path):
    """Two on one host have one each; nothing is left of them."""
    with ExitStack() as both:
        first, second = (both.enter_context(counting_folder(configuration(tmp_path))) for _ in range(2))
        assert first != second
        assert first.is_dir()
        assert second.is_dir()
    assert list((tmp_path / "metrics").iterdir()) == []


def test_what_a_killed_supervisor_left_is_deleted_by_the_next(tmp_path):
    """And nothing of one that lives."""
    program = (
        "import os, signal, sys; from pathlib import Path; from crawler.configuration import Configuration\n"
        "from scheduler.vitals.folder import counting_folder\n"
        "with counting_folder(Configuration.model_validate({'crawl': {'spool_dir': sys.argv[1]}})) as folder:\n"
        "    (folder / 'counter_0.db').touch(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with counting_folder(configuration(tmp_path)) as living:
        assert subprocess.run([sys.executable, "-c", program, tmp_path], check=False).returncode == -signal.SIGKILL
        assert len(list((tmp_path / "metrics").iterdir())) == 4
        with counting_folder(configuration(tmp_path)) as next_one:
            kept = {path.stem for path in (tmp_path / "metrics").iterdir()}
            assert kept == {living.name, next_one.name}


def test_where_no_folder_can_be_made_nothing_is_counted(tmp_path):
    """The daemon starts all the same, and says so."""
    (tmp_path / "metrics").write_text("in the way")
    with capture_logs() as logs, counting_folder(configuration(tmp_path)) as folder:
        assert folder is None
    assert [line["event"] for line in logs] == ["metrics.failed"]
