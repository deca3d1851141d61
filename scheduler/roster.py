"""The workers of this host: each keeps a file locked for as long as it lives.

The kernel drops the lock with the process, however that ends. A file that can be locked names a worker that is
dead, for certain and at once, where silence only lets us guess. Host names and process numbers say nothing of the
kind: both come again, in containers at every start.
"""

import fcntl
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

from sql.embedded import default_data_dir
from sql.embedded.locks import try_lock

if TYPE_CHECKING:
    from crawler.configuration import Configuration

_SUFFIX = ".lock"


def folder_of(configuration: "Configuration", url: str) -> Path:
    """Where the workers of this host on the database at ``url`` have their files: beside the spool."""
    base = configuration.crawl.spool_dir or configuration.database.data_dir or default_data_dir()
    given = conninfo_to_dict(url)
    database = " ".join(str(given.get(key) or "") for key in ("host", "port", "dbname"))
    return base / "workers" / hashlib.sha256(database.encode()).hexdigest()[:12]


class Entry:
    """A worker's own file: who started it, and by which ids the queue knows it."""

    def __init__(self, worker: str, path: Path, descriptor: int) -> None:
        self.worker = worker
        self._path = path
        self._descriptor = descriptor

    def add_queue_id(self, worker_id: int) -> None:
        """To be called before the queue gives out a job by this id."""
        with suppress(OSError):  # a full disk: then our death is noticed by our silence
            os.write(self._descriptor, f"{worker_id}\n".encode())

    def remove(self) -> None:
        """The worker ends in good order, and nobody need look after what it leaves."""
        self._path.unlink(missing_ok=True)


def enter(folder: Path, worker: str, supervisor: str) -> Entry:
    """Enter this process; the lock is held until it ends. Raises OSError where no file can be written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unseen = folder / f"{worker}.new"
    descriptor = try_lock(unseen, fcntl.LOCK_EX)
    if descriptor is None:
        raise FileExistsError(f"{unseen} is locked")
    os.write(descriptor, f"{supervisor}\n".encode())
    # Only a file that is locked already bears the name that is looked for.
    path = unseen.rename(folder / f"{worker}{_SUFFIX}")
    return Entry(worker, path, descriptor)


@dataclass(frozen=True, slots=True)
class Dead:
    """A worker that has ended without removing its entry."""

    path: Path
    worker: str
    supervisor: str
    queue_ids: list[int]


def find_dead(folder: Path) -> list[Dead]:
    """The entries of workers that live no more; raises OSError."""
    return [dead for path in sorted(folder.glob(f"*{_SUFFIX}")) if (dead := _if_dead(path))]


def _if_dead(path: Path) -> Dead | None:
    with suppress(FileNotFoundError):  # it ended in good order just now
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            supervisor, *ids = os.read(descriptor, 65536).decode(errors="replace").split() or [""]
            # A host that lost its power may have left anything in the file: the name is enough.
            known = [int(number) for number in ids if number.isascii() and number.isdigit()]
            return Dead(path, path.name.removesuffix(_SUFFIX), supervisor, known)
        except BlockingIOError:
            return None  # it lives
        finally:
            os.close(descriptor)
    return None
