"""Where an export writes text: a file, a device, standard output. What is not committed is as if never written."""

import fcntl
import os
import stat
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from scheduler.export.cursor import Cursor, CursorError, Mark
from scheduler.export.text import Encode

_STDOUT = 1
_BUFFERED = 1 << 18  # bytes
_CHECKED = 4096  # bytes before the end, by which a file is known again


class Output(Protocol):
    """Takes rows, and commits them some at a time."""

    most_rows: int
    """After which it is to be committed at the latest."""

    @property
    def num_pending(self) -> int:
        """Bytes, or about so many, that are not committed."""

    def write(self, row: Mapping[str, Any]) -> None:
        """Take a row."""

    def commit(self) -> Mark:
        """Have all rows on the disk; returns what a cursor keeps of that."""

    def finish(self) -> None:
        """Close what was written to the end."""

    def abandon(self) -> None:
        """Close, and take back what was not committed, as far as that can be."""


class TextOutput:
    """A file, a device, or standard output."""

    most_rows = 2000

    def __init__(
        self, path: Path | None, header: bytes, encode: Encode, cursor: Cursor | None, *, keep: bool
    ) -> None:
        """``keep``: the file must not hold anything that the cursor does not tell of.

        Raises:
            CursorError: it does, or lacks something; or another export writes to it.
            OSError: it cannot be written to.
        """
        self._encode = encode
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666) if path else _STDOUT
        self._is_file = path is not None and stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        self._committed = 0
        if self._is_file:
            try:
                self._committed = _start(self._descriptor, str(path), cursor, keep=keep)
            except BaseException:
                os.close(self._descriptor)
                raise
        # Not Python's own: it would write, on closing, what was taken back.
        self._buffer = bytearray() if self._committed else bytearray(header)
        self._size = self._committed + len(self._buffer)

    @property
    def num_pending(self) -> int:
        """Bytes since the last commit."""
        return self._size - self._committed

    def write(self, row: Mapping[str, Any]) -> None:
        """Take a row."""
        line = self._encode(row)
        self._size += len(line)
        self._buffer += line
        if len(self._buffer) >= _BUFFERED:
            self._drain()

    def _drain(self) -> None:
        while self._buffer:
            del self._buffer[: os.write(self._descriptor, self._buffer)]

    def commit(self) -> Mark:
        """Write all; a file is on the disk then."""
        self._drain()
        self._committed = self._size
        if not self._is_file:
            return Mark()
        os.fsync(self._descriptor)
        return Mark(self._size, _check(self._descriptor, self._size))

    def finish(self) -> None:
        """Close the file."""
        if self._path is not None:
            os.close(self._descriptor)

    def abandon(self) -> None:
        """Cut a file off after the last commit."""
        if self._is_file:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._committed)
        self.finish()


def lock(descriptor: int, name: str) -> None:
    """Have the output to ourselves for as long as it is open.

    Raises:
        CursorError: another export writes to it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CursorError(f"{name}: another export writes to it") from None


def _start(descriptor: int, name: str, cursor: Cursor | None, *, keep: bool) -> int:
    """Cut the file off where the cursor says; returns how long it is then."""
    lock(descriptor, name)
    size = os.fstat(descriptor).st_size
    is_ours = cursor is not None and cursor.output == str(Path(name).resolve())
    begin = cursor.num_bytes if cursor and is_ours and size else 0
    if keep and size and not begin:
        raise CursorError(
            f"{name}: is there already, and not by this cursor: move it away, or name another output"
        )
    if begin > size or (cursor and begin and _check(descriptor, begin) != cursor.check):
        raise CursorError(
            f"{name}: is not what the cursor tells of: move it away, or remove the cursor to begin anew"
        )
    os.ftruncate(descriptor, begin)
    os.lseek(descriptor, begin, os.SEEK_SET)
    return begin


def _check(descriptor: int, end: int) -> int:
    begin = max(0, end - _CHECKED)
    return zlib.crc32(os.pread(descriptor, end - begin, begin))
