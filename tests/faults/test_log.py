"""The log is rotated, deleted, unwritable, on a full disk, in a full pipe or one without reader; work goes on."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import psutil
import pytest

from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.embedded import fill, small_disk
from tests.faults.papers import Papers
from tests.support.cli import events, eventually

_LOOK_SECONDS = 3.0

_NUM_PROCESSES = 2
"""Which log: the daemon and its one worker."""


@pytest.fixture
def papers():
    """One that lists a few articles, and more of them later."""
    with Papers(sites=1, articles=60, listed=5) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """Tidings with a log in a folder of its own, not started yet."""
    folder = tmp_path / "disk" / "log"
    folder.mkdir(parents=True)
    made = Installation(papers, database_url, tmp_path, log={"file": str(folder / "tidings.log")})
    made.log_file = folder / "tidings.log"
    yield made
    made.end()


@contextmanager
def at_work(installation: Installation) -> Iterator[None]:
    """The daemon, from its first articles to its end in good order."""
    daemon = installation.start()
    eventually(installation.all_stored)
    yield
    installation.come_to_rest()
    audit(installation)
    assert installation.stop(daemon) == 0


def work_through(installation: Installation, figures) -> None:
    """Crawl more articles than before, and then look how much the processes do that have nothing to do."""
    installation.papers.num_listed += 5
    eventually(installation.all_stored)
    installation.rest()
    figures.note("CPU at rest", _busy(60.0 if figures.full else _LOOK_SECONDS), "of one core", at_most=0.2)
    installation.fetch("UPDATE tidings.sources SET due_at = now() RETURNING source_id")


def _busy(seconds: float) -> float:
    """The share of a core that all processes of tidings take together."""
    daemons = [process for process in psutil.Process().children(recursive=True) if "python" in process.name()]
    assert len(daemons) >= 2, "the daemon and its worker"
    before = _cpu_seconds(daemons)
    time.sleep(seconds)
    return (_cpu_seconds(daemons) - before) / seconds


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def logged(installation: Installation, event: str) -> list[dict]:
    """The lines of an event; what a full disk left of a line is none."""
    lines = (
        installation.log_file.read_text(encoding="utf-8").splitlines() if installation.log_file.exists() else []
    )
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    return [line for line in whole if line["event"] == event]


def test_the_file_is_moved_away_and_deleted(installation, figures):
    """The next line begins a new file, and none is lost."""
    old = installation.log_file.with_suffix(".1")
    with at_work(installation):
        installation.log_file.rename(old)
        work_through(installation, figures)
        assert logged(installation, "run.finished")
        installation.log_file.unlink()
        work_through(installation, figures)
        assert logged(installation, "run.finished")
    assert logged(installation, "log.resumed") == []
    installation.log_file = old
    assert logged(installation, "daemon.ready")


@contextmanager
def folder_in_its_place(installation: Installation) -> Iterator[None]:
    """What the path names is no file any more."""
    installation.log_file.unlink()
    installation.log_file.mkdir()
    yield
    installation.log_file.rmdir()


@contextmanager
def folder_gone(installation: Installation) -> Iterator[None]:
    """Where the file was is nothing."""
    shutil.rmtree(installation.log_file.parent)
    yield
    installation.log_file.parent.mkdir()


@contextmanager
def read_only_disk(installation: Installation) -> Iterator[None]:
    """Another file system comes in the way, on which no file may be made."""
    with small_disk(installation.log_file.parent, 1, options="ro"):
        yield


@contextmanager
def full_disk(installation: Installation) -> Iterator[None]:
    """There is no room for another byte."""
    filler = fill(installation.log_file.parent.parent)
    yield
    filler.unlink()


FAULTS = {
    folder_in_its_place: "Is a directory",
    folder_gone: "No such file or directory",
    read_only_disk: "Read-only file system",
    full_disk: "No space left on device",
}


def test_the_file_cannot_be_written(installation, figures):
    """Lines wait for the file while all else goes on; then it goes on by itself, with one notice per process."""
    papers = installation.papers
    with small_disk(installation.log_file.parent.parent, 1):
        installation.log_file.parent.mkdir()
        with at_work(installation):
            for fault, cause in FAULTS.items():
                first = papers.num_listed
                with fault(installation):
                    work_through(installation, figures)
                meanwhile = {papers.url(0, f"/a/{n}") for n in range(first, papers.num_listed)}
                figures.within(5, f"resumes after: {cause}", partial(pages_are_logged, installation, meanwhile))
                assert notices(installation, cause)
        for cause in FAULTS.values():
            assert sum(line["num_lost"] for line in notices(installation, cause)) == 0
            assert len(notices(installation, cause)) <= _NUM_PROCESSES


def pages_are_logged(installation: Installation, urls: set[str]) -> bool:
    """Whether each of them has its line."""
    return urls <= {line["url"] for line in logged(installation, "page.finished")}


def notices(installation: Installation, cause: str) -> list[dict]:
    """What the log says of lines that were late, for this cause."""
    return [line for line in logged(installation, "log.resumed") if line["cause"] == cause]


def test_the_pipe_is_not_read_and_then_has_no_reader(installation, figures):
    """Nobody waits for a reader; who reads again hears of it, and of all that happened meanwhile."""
    setting = f'file = "{installation.log_file}"'
    text = installation.config.read_text(encoding="utf-8")
    assert setting in text
    installation.config.write_text(text.replace(setting, ""), encoding="utf-8")
    pipe = installation.folder / "out"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    seen = bytearray()
    with at_work(installation):
        work_through(installation, figures)
        os.close(reader)
        work_through(installation, figures)
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        figures.within(5, "resumes", lambda: b"log.resumed" in _read(reader, seen))
        installation.papers.num_listed += 5
        eventually(lambda: _read(reader, seen) and installation.all_stored())
    _read(reader, seen)
    os.close(reader)
    lines = events(seen.decode())
    assert 1 <= len([line for line in lines if line["event"] == "log.resumed"]) <= _NUM_PROCESSES
    assert {"run.finished", "daemon.stopped"} <= {line["event"] for line in lines}


def _read(reader: int, seen: bytearray) -> bytearray:
    """Add what the pipe holds to what was read so far."""
    with suppress(BlockingIOError):
        while chunk := os.read(reader, 65536):
            seen += chunk
    return seen
