"""The end of a file as it grows, whatever becomes of the file: rotated, cut to nothing, deleted, there again."""

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scheduler.logs.reading import LONGEST_LINE

POLL_SECONDS = 0.2
_CHUNK = 256 * 1024
_REMEMBERED = 256  # bytes; a line of the log has its moment in it, and so comes once


class Follower:
    """Reads what the file at ``path`` has, and what is written to it from then on; as ``tail -F`` does.

    Lines come whole: the beginning of one waits for its end, for as long as its file is there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.FileIO | None = None
        self._rest = b""
        self._read_last = b""

    def begin(self, last: int | None) -> None:
        """Start at the ``last`` lines that the file has now; None stands for all. It need not be there yet."""
        self._open()
        if self._file is not None and last is not None:
            at = self._file.seek(_start_of_last(self._file, last))
            self._read_last = os.pread(self._file.fileno(), min(at, _REMEMBERED), max(at - _REMEMBERED, 0))

    def lines(self, idle: Callable[[], bool]) -> Iterator[bytes]:
        """The lines, until ``idle``, which is asked whenever there is nothing to read, says no."""
        while True:
            data = self._read()
            if data:
                yield from self._cut(data)
            elif not self._moved_on():
                if not idle():
                    return
                time.sleep(POLL_SECONDS)
            else:
                if self._rest:  # nobody will write its end
                    yield self._rest
                self._rest = b""

    def _cut(self, data: bytes) -> Iterator[bytes]:
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            yield rest
            rest = b""
        self._rest = rest

    def _read(self) -> bytes:
        if self._file is None or self._is_rewritten(self._file):
            return b""
        data = self._file.read(_CHUNK) or b""
        self._read_last = (self._read_last + data)[-_REMEMBERED:]
        return data

    def _is_rewritten(self, file: io.FileIO) -> bool:
        """Whether the file was cut, and perhaps has grown again since: what we read last stands there no more."""
        known = self._read_last
        return os.pread(file.fileno(), len(known), file.tell() - len(known)) != known

    def _moved_on(self) -> bool:
        """Whether the path names another file now, or this one was cut; if so, that is open at its beginning."""
        try:
            named = self._path.stat()
        except OSError:  # moved away, and the next one is not there yet: the old one may still be written to
            return False
        if self._file is None:
            return self._open()
        ours = os.fstat(self._file.fileno())
        if (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino):
            if ours.st_size >= self._file.tell() and not self._is_rewritten(self._file):
                return False
            self._file.seek(0)
            self._read_last = b""
            return True
        # Whoever still had it open may have written since we looked last.
        is_read = ours.st_size <= self._file.tell() or self._is_rewritten(self._file)
        return is_read and self._open()

    def _open(self) -> bool:
        try:
            opened = io.FileIO(self._path)
        except OSError:  # not there yet, or not for us yet
            return False
        if self._file is not None:
            self._file.close()
        self._file, self._read_last = opened, b""
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


def _start_of_last(file: io.FileIO, number: int) -> int:
    """Where the last ``number`` lines begin; read from the end, so that the size of the file does not count."""
    end = position = file.seek(0, os.SEEK_END)
    if number <= 0:
        return end
    left = number
    while position > 0:
        size = min(_CHUNK, position)
        position -= size
        data = os.pread(file.fileno(), size, position)
        at = size - 1 if position + size == end else size  # the very last byte may be an end, and begins nothing
        while (at := data.rfind(b"\n", 0, at)) >= 0:
            left -= 1
            if not left:
                return position + at + 1
    return 0
