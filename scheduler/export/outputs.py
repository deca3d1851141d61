"""Where an export writes text: a file, a device, standard output. What is not committed is as if never written."""

import fcntl
import os
import stat
import sys
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from scheduler.export.cursor import Cursor, CursorError
from scheduler.export.text import Encode

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

    def commit(self) -> dict[str, int]:
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
            CursorError: it does, or lacks something.
            OSError: it cannot be written to.
        """
        self._encode = encode
        self._path = path
        self._stream, self._is_file = _opened(path)
        self._size = 0
        if self._is_file:
            try:
                self._size = _start(self._stream, str(path), cursor, keep=keep)
            except BaseException:
                self._stream.close()
                raise
        self._committed = self._size
        if not self._size:
            self._put(header)

    @property
    def num_pending(self) -> int:
        """Bytes since the last commit."""
        return self._size - self._committed

    def write(self, row: Mapping[str, Any]) -> None:
        """Take a row."""
        self._put(self._encode(row))

    def _put(self, line: bytes) -> None:
        self._stream.write(line)
        self._size += len(line)

    def commit(self) -> dict[str, int]:
        """Flush; a file is on the disk then."""
        self._stream.flush()
        self._committed = self._size
        if not self._is_file:
            return {}
        os.fsync(self._stream.fileno())
        return {"num_bytes": self._size, "check": _check(self._stream, self._size)}

    def finish(self) -> None:
        """Close the file."""
        if self._path is not None:
            self._stream.close()

    def abandon(self) -> None:
        """Cut a file off after the last commit."""
        with suppress(OSError, ValueError):
            self._stream.flush()
        if self._is_file:
            with suppress(OSError):
                os.truncate(str(self._path), self._committed)
        if self._path is not None:
            with suppress(OSError):
                self._stream.close()


def _opened(path: Path | None) -> tuple[BinaryIO, bool]:
    """What to write to, and whether it is a file that can be cut off."""
    if path is None:
        return sys.stdout.buffer, False
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
    return os.fdopen(descriptor, "r+b" if is_file else "wb", buffering=1 << 16), is_file


def lock(descriptor: int, name: str) -> None:
    """Have the output to ourselves for as long as it is open.

    Raises:
        CursorError: another export writes to it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CursorError(f"{name}: another export writes to it") from None


def _start(file: BinaryIO, name: str, cursor: Cursor | None, *, keep: bool) -> int:
    """Cut the file off where the cursor says; returns how long it is then."""
    lock(file.fileno(), name)
    size = os.fstat(file.fileno()).st_size
    begin = cursor.num_bytes if cursor and cursor.output == str(Path(name).resolve()) and size else 0
    if keep and size and not begin:
        raise CursorError(
            f"{name}: is there already, and not by this cursor: move it away, or name another output"
        )
    if begin > size or (begin and cursor and _check(file, begin) != cursor.check):
        raise CursorError(
            f"{name}: is not what the cursor tells of: move it away, or remove the cursor to begin anew"
        )
    file.truncate(begin)
    file.seek(begin)
    return begin


def _check(file: BinaryIO, end: int) -> int:
    begin = max(0, end - _CHECKED)
    return zlib.crc32(os.pread(file.fileno(), end - begin, begin))
