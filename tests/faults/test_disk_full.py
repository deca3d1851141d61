"""The disk of the embedded server is full, or the one for temporary files, while the daemon is at work."""

import time
import urllib.error
import urllib.request
from contextlib import suppress

import psycopg
import pytest

from sql.embedded import superuser_url
from tests.faults.audit import audit
from tests.faults.embedded import EmbeddedInstallation, fill, short_folder, small_disk
from tests.faults.papers import Papers
from tests.support.cli import eventually

_DISK_MB = 320
"""The server's programs, an empty cluster, the least that it keeps of its write-ahead log, and little more."""


@pytest.fixture
def papers():
    """One that lists a few articles, and more of them later."""
    with Papers(sites=1, articles=100, listed=10) as opened:
        yield opened


def test_there_is_no_room_for_data(papers, tmp_path, figures):
    """The daemon waits for room, says so, and goes on by itself: nothing is lost, nothing doubled."""
    with short_folder() as folder, small_disk(folder / "disk", _DISK_MB) as disk:
        installation = EmbeddedInstallation(papers, disk / "pg", tmp_path)
        try:
            daemon = installation.start()
            ready = eventually(lambda: installation.log("daemon.ready"))
            eventually(installation.all_stored)
            filler = fill(disk)
            papers.num_listed = 60
            full_since = time.monotonic()
            eventually(lambda: installation.log("database.lost"), seconds=60)
            num_lines = len(installation.log())
            time.sleep(60 if figures.full else 5)
            num_lines = len(installation.log()) - num_lines
            figures.note("lines a minute", num_lines / (60 if figures.full else 5) * 60, at_most=100)
            _fill_the_write_ahead_log(installation)  # its end is the end of the server
            failed = eventually(lambda: installation.log("postgres.failed"), seconds=60)
            assert "No space left on device" in failed[0]["error"]
            assert daemon.poll() is None
            assert not _is_well(ready[0]["page"])
            filler.unlink()
            figures.note("full for", time.monotonic() - full_since, "s")
            figures.within(30, "serves again", installation.all_stored)
            installation.come_to_rest()
            audit(installation)
            assert installation.stop(daemon) == 0
            eventually(lambda: not installation.processes(), seconds=30)
        finally:
            installation.end()


def _fill_the_write_ahead_log(installation: EmbeddedInstallation) -> None:
    with suppress(psycopg.OperationalError):
        while True:
            with psycopg.connect(superuser_url(installation.database_url), autocommit=True) as connection:
                connection.execute("SELECT pg_switch_wal()")
                connection.execute("SELECT pg_current_xact_id()")


def _is_well(page: str) -> bool:
    try:
        with urllib.request.urlopen(f"{page}/readyz", timeout=20) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def test_there_is_no_room_for_temporary_files(installation, papers, tmp_path):
    """Nothing that the daemon does needs any."""
    with small_disk(tmp_path / "temporary", 1) as disk:
        fill(disk)
        daemon = installation.start(TMPDIR=str(disk))
        eventually(lambda: installation.log("daemon.ready"))
        papers.num_listed = 40
        installation.come_to_rest()
        audit(installation)
        assert installation.stop(daemon) == 0
    assert [line for line in installation.log() if line["level"] == "error"] == []
