"""Keeps every fetched page on disk until the database has it.

A process writes into segments, files of its own of a few megabytes: a line for each page, and now and then a line
that says how many of the file's pages are settled. It holds a lock on each for as long as it lives; a segment that
nobody has locked is its finder's. Nothing is synced: what was written survives the process, however that ends, but
not the machine.
"""

import fcntl
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOSPC
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import structlog

from crawler.ingestion.page import Page
from crawler.ingestion.page_record import page_of, record_of

log = structlog.get_logger("crawler.ingestion.spool")

_SEGMENT_BYTES = 4 * 1024 * 1024  # after which another one is begun, so that the oldest can be deleted
_RETRY_SECONDS = 5.0  # for a disk that is full, or may not be written to
_LOOK_AROUND_SECONDS = 1.0  # how old our knowledge may be of what other processes keep
_SUFFIX = ".pages"
_LEFT = ".left"  # of a segment that was taken over, until all of it is settled
_UNFINISHED = ".new"
_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(slots=True, eq=False)
class Segment:
    """One file, which we have locked."""

    path: Path
    fd: int
    size: int = 0
    num_pages: int = 0
    num_settled: int = 0

    def write(self, line: bytes) -> int:
        """Append a line, all of it or nothing; returns where it begins. Raises OSError."""
        # At its place, not at the end: what was cut short before may still be there.
        begin, written = self.size, os.pwrite(self.fd, line, self.size)
        if written < len(line):
            with suppress(OSError):  # a full disk may refuse even that
                os.ftruncate(self.fd, begin)
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        self.size += written
        return begin

    def end(self) -> None:
        """Delete the file, and with it the lock."""
        with suppress(OSError):
            self.path.unlink()
        os.close(self.fd)


class Place(NamedTuple):
    """Where a page is kept."""

    segment: Segment
    offset: int
    num_bytes: int


class Spool:
    """The segments of one process. ``database`` tells those of different databases apart in one folder.

    ``max_bytes`` is the most that all processes of a database together keep in the folder: what was left for
    another one, which may be no more, is in nobody's way. A disk that refuses is said once in the log, and is no
    error.
    """

    def __init__(self, folder: Path, max_bytes: int, *, database: str) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._prefix = f"{sha256(database.encode()).hexdigest()[:8]}-"
        self._segments: list[Segment] = []
        """Those with pages that are not settled, and at the end the one that is written to."""
        self._current: Segment | None = None
        self._hopeless: set[str] = set()
        """Files that we failed to take over: to be mended by somebody, and tried by the next process."""
        self._foreign_bytes = 0
        self._looked_at: float | None = None
        self._failed_at: float | None = None

    @property
    def num_bytes(self) -> int:
        """What this process keeps."""
        return sum(segment.size for segment in self._segments)

    @property
    def num_pages(self) -> int:
        """How many pages of this process wait for the database."""
        return sum(segment.num_pages - segment.num_settled for segment in self._segments)

    @property
    def is_full(self) -> bool:
        """Whether this host keeps as much as it may."""
        now = time.monotonic()
        if self._looked_at is None or now - self._looked_at > _LOOK_AROUND_SECONDS:
            self._looked_at = now
            self._foreign_bytes = self._count_foreign()
        return self.num_bytes + self._foreign_bytes >= self._max_bytes

    @property
    def is_failing(self) -> bool:
        """Whether the disk has refused a page a moment ago; a little later it is tried again."""
        return self._failed_at is not None and time.monotonic() - self._failed_at < _RETRY_SECONDS

    def append(self, page: Page) -> Place | None:
        """Keep a page; None if the disk does not take it."""
        line = record_of(page) + b"\n"
        try:
            if self._current is None or self._current.size >= _SEGMENT_BYTES:
                self._current = self._begin()
                self._segments.append(self._current)
            offset = self._current.write(line)
        except OSError as error:
            self._refused(error)
            return None
        self._current.num_pages += 1
        if self._failed_at is not None:
            self._failed_at = None
            log.info("spool.resumed", folder=str(self._folder))
        return Place(self._current, offset, len(line))

    def read(self, place: Place) -> Page:
        """The page that is kept there.

        Raises:
            BadRecordError: what stands there cannot be read.
            OSError: the disk does not give it.
        """
        return page_of(os.pread(place.segment.fd, place.num_bytes, place.offset))

    def settle(self, places: Iterable[Place]) -> None:
        """Forget pages that are stored, or given up: of each segment those that were kept first."""
        for segment, num_pages in Counter(place.segment for place in places).items():
            segment.num_settled += num_pages
            if segment.num_settled < segment.num_pages:
                with suppress(OSError):  # whoever takes over loads them again, which does no harm
                    segment.write(_mark(segment.num_settled))
            elif segment is self._current:
                self._empty(segment)
            else:
                self._segments.remove(segment)
                segment.end()

    def take_over(self) -> list[Place]:
        """Make ours what processes that are gone have left, and say which pages are still to be loaded."""
        left: list[Place] = []
        for path in sorted((*self._named(_SUFFIX), *self._named(_LEFT))):
            try:
                if segment := _locked(path):
                    left += self._take(segment)
            except FileNotFoundError:  # renamed by somebody who is gone since: it is found by its new name
                continue
            except OSError as error:
                self._hopeless.add(path.stem)
                self._refused(error)
        return left

    @property
    def is_anything_left(self) -> bool:
        """Whether some process is still at what it has taken over."""
        return any(self._named(_LEFT))

    def close(self) -> None:
        """Leave to the next process what is not settled."""
        for segment in self._segments:
            if segment.num_settled == segment.num_pages:
                segment.end()
            else:
                os.close(segment.fd)
        self._segments.clear()
        self._current = None

    def _begin(self) -> Segment:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self._prefix}{time.time_ns():020d}-{os.getpid()}"
        unfinished = self._folder / f"{name}{_UNFINISHED}"
        segment = Segment(
            self._folder / f"{name}{_SUFFIX}", os.open(unfinished, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        )
        try:
            # Locked before anybody can find it: an empty segment that nobody holds is deleted.
            fcntl.flock(segment.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unfinished.rename(segment.path)
        except OSError:
            os.close(segment.fd)
            with suppress(OSError):
                unfinished.unlink()
            raise
        return segment

    def _empty(self, segment: Segment) -> None:
        try:
            os.ftruncate(segment.fd, 0)
        except OSError:
            self._segments.remove(segment)
            self._current = None
            segment.end()
        else:
            segment.size = segment.num_pages = segment.num_settled = 0

    def _take(self, segment: Segment) -> list[Place]:
        try:
            return self._read_through(segment)
        except OSError:
            os.close(segment.fd)  # and with it the lock: somebody may have more luck
            raise

    def _read_through(self, segment: Segment) -> list[Place]:
        """The pages of a segment that was left and are not settled; one without any is deleted."""
        # First, for whoever looks meanwhile is to wait until all of it is settled.
        segment.path = segment.path.rename(segment.path.with_suffix(_LEFT))
        places: list[Place] = []
        with os.fdopen(os.dup(segment.fd), "rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break  # torn: its page was never handed over
                if (num_settled := _settled_by(line)) is None:
                    places.append(Place(segment, segment.size, len(line)))
                else:
                    segment.num_settled = num_settled
                segment.size += len(line)
        segment.num_pages = len(places)
        if segment.num_settled >= segment.num_pages:
            segment.end()
            return []
        os.ftruncate(segment.fd, segment.size)
        self._segments.append(segment)
        return places[segment.num_settled :]

    def _named(self, suffix: str) -> Iterator[Path]:
        found = self._folder.glob(f"{self._prefix}*{suffix}")
        return (path for path in found if path.stem not in self._hopeless)

    def _count_foreign(self) -> int:
        ours = {segment.path.name for segment in self._segments}
        total = 0
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.startswith(self._prefix) and entry.name not in ours:
                    with suppress(OSError):  # settled a moment ago, and gone
                        total += entry.stat(follow_symlinks=False).st_size
        return total

    def _refused(self, error: OSError) -> None:
        if self._failed_at is None:
            log.warning("spool.failed", folder=str(self._folder), error=error.strerror or str(error))
        self._failed_at = time.monotonic()


def _locked(path: Path) -> Segment | None:
    """The segment, if nobody held it."""
    try:
        fd = os.open(path, _FLAGS)
    except FileNotFoundError:  # its owner has settled it
        return None
    with suppress(BlockingIOError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_nlink:
            return Segment(path, fd)
    os.close(fd)
    return None


def _mark(num_settled: int) -> bytes:
    return b'{"settled":%d}\n' % num_settled


def _settled_by(line: bytes) -> int | None:
    """What a mark says; None for any other line."""
    if not line.startswith(b'{"settled":'):
        return None
    with suppress(ValueError, KeyError, TypeError):
        return int(json.loads(line)["settled"])
    return None
