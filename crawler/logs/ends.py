"""Where lines of the log end up: an open stream, or a file by its path.

Several processes share one end. POSIX writes up to PIPE_BUF bytes to a pipe in one piece, and Linux any number
to a file that is opened for appending.
"""

import os
import select
from pathlib import Path
from typing import IO, Protocol

_POLL_MS = 1000


class LogEnd(Protocol):
    """Takes lines, each with its newline."""

    most_bytes: int
    """Up to which several lines are best written at once."""

    def write(self, lines: bytes) -> int:
        """Write lines, waiting as long as that takes; returns how many bytes of them, OSError if none.

        The rest of a line that was cut short is not to follow: the line is written again, whole.
        """


class LogStream:
    """A descriptor that is open already: standard output or error, whatever that is."""

    most_bytes = select.PIPE_BUF

    def __init__(self, stream: IO[str]) -> None:
        stream.flush()
        self._descriptor = stream.fileno()
        self._torn = False

    def write(self, lines: bytes) -> int:
        """As LogEnd says; after a line that was cut short the next one begins on a line of its own."""
        written = _write(self._descriptor, lines, parted=self._torn)
        self._torn = not lines[:written].endswith(b"\n")
        return written


class LogFile:
    """A file that may be moved away, deleted, made unwritable and given back at any moment."""

    most_bytes = 65536

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def open(self) -> None:
        """Open the file, creating it if absent; OSError if that cannot be."""
        # Read, too: see _ends_whole. It also keeps a named pipe open while nobody reads it.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o666)  # less the umask

    def write(self, lines: bytes) -> int:
        """As LogEnd says, to the file that the path names now, and apart from what any process left unfinished."""
        descriptor, size = self._current()
        return _write(descriptor, lines, parted=not _ends_whole(descriptor, size))

    def close(self) -> None:
        """Let go of the file; the next line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _current(self) -> tuple[int, int]:
        """The descriptor of the file that the path names, and its size; what was moved away is let go of."""
        if self._descriptor is not None:
            ours = os.fstat(self._descriptor)
            if _identity(self._path) == (ours.st_dev, ours.st_ino):
                return self._descriptor, ours.st_size
            self.close()
        self.open()
        assert self._descriptor is not None  # noqa: S101 - for the type checker
        return self._descriptor, os.fstat(self._descriptor).st_size


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        named = path.stat()
    except OSError:  # gone, or out of our reach: to open it will tell
        return None
    return named.st_dev, named.st_ino


def _ends_whole(descriptor: int, size: int) -> bool:
    """Whether the last line has its end: a disk that fills up takes the beginning of a line, of anybody's."""
    return size == 0 or os.pread(descriptor, 1, size - 1) in {b"\n", b""}


def _write(descriptor: int, lines: bytes, *, parted: bool) -> int:
    prefix = b"\n" if parted else b""
    data, written = prefix + lines, 0
    while written < len(data):
        try:
            written += os.write(descriptor, data[written:])
        except BlockingIOError:  # somebody we share it with has made it non-blocking
            poll = select.poll()
            poll.register(descriptor, select.POLLOUT)
            poll.poll(_POLL_MS)
        except OSError:
            if written <= len(prefix):
                raise
            break
    return written - len(prefix)
