"""Tidings on its own embedded server, and a disk of a size of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from sql.embedded.layout import locate
from tests.faults.daemon import Installation
from tests.faults.papers import Papers
from tests.support.cli import eventually


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket, which the server's user may enter."""
    path = Path(tempfile.mkdtemp(prefix="tidings-", dir="/tmp"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def small_disk(folder: Path, megabytes: int, *, options: str = "mode=0711") -> Iterator[Path]:
    """A file system of its own on ``folder``; skips the test where none may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,{options}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("to mount a small file system takes root, and a kernel that lets it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte; returns the file to delete when there is to be room again."""
    path = disk / "filler"
    with path.open("ab", buffering=0) as filler:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    filler.write(bytes(size))
    return path


class EmbeddedInstallation(Installation):
    """One whose database is the embedded server in ``data_dir``."""

    def __init__(self, papers: Papers, data_dir: Path, folder: Path, **tables: dict) -> None:
        self.layout = locate(data_dir)
        database = {"data_dir": str(data_dir)}
        super().__init__(papers, self.layout.url("tidings", "tidings"), folder, database=database, **tables)

    def _database_settings(self) -> dict[str, str]:
        return {}

    def fetch(self, statement: str, *params: object) -> list[tuple]:
        """What a statement finds, once the server is there."""
        return eventually(lambda: self._answer(statement, params), seconds=120)[0]

    def _answer(self, statement: str, params: tuple) -> tuple[list[tuple]] | None:
        with suppress(psycopg.OperationalError):
            return (super().fetch(statement, *params),)
        return None

    def postmaster(self) -> int:
        """The server's process."""
        return int((self.layout.cluster / "postmaster.pid").read_text().partition("\n")[0])

    def keeper(self) -> int:
        """Its parent."""
        return int(Path(f"/proc/{self.postmaster()}/stat").read_text().rpartition(")")[2].split()[1])

    def backend(self) -> int:
        """A process of the server that works for a worker."""
        find = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tidings worker' LIMIT 1"
        return eventually(lambda: self.fetch(find))[0][0]

    def processes(self) -> set[int]:
        """Everything that runs in, or was started on, the data directory."""
        return processes_of(self.layout.data_dir)

    def end(self) -> None:
        """Kill tidings, and wait until its server has gone after it."""
        super().end()
        eventually(lambda: not self.processes(), seconds=60)


def processes_of(folder: Path) -> set[int]:
    """The live processes (no zombies) that work inside a folder, or name it."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            arguments = (entry / "cmdline").read_bytes()
            inside = (entry / "cwd").resolve().is_relative_to(folder)
            if arguments and (inside or os.fsencode(folder) in arguments):
                found.add(int(entry.name))
    return found


def kill(*pids: int) -> None:
    """SIGKILL processes of our own."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
