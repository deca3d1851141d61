"""The log's queue: who logs never waits for a disk, a pipe or a terminal; one thread of the process does."""

import logging
import os
import threading
import time
import traceback
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import structlog

from crawler.logs.ends import LogEnd

log = structlog.get_logger("crawler.logs.queue")

_MOST_BYTES = 4 * 1024 * 1024
"""Of lines that wait: some 10,000. What does not fit is counted, and lost."""

_RETRY_SECONDS = 1.0

_FLUSH_SECONDS = 2.0
"""How long the end of a process waits for its last lines."""

_TOO_SLOW = "lines came faster than they were taken"


@dataclass
class _Trouble:
    """From the first line that could not be written, or not be kept, until the queue has been emptied."""

    cause: str
    began: float
    num_lost: int = 0


class QueuedHandler(logging.Handler):
    """Makes records lines at once, in the caller's context; a thread writes them to ``end``, in order.

    When the end fails, they are written again every second until they get through. Once the queue is full, lines
    are counted instead of kept until all older ones are written: the event ``log.resumed`` stands in their place.
    """

    def __init__(self, end: LogEnd) -> None:
        super().__init__()
        self._end = end
        self._lines: deque[bytes] = deque()
        self._num_bytes = 0
        self._num_failures = 0
        self._trouble: _Trouble | None = None
        self._closed = False
        # The handler's own lock, which is re-entrant (the garbage collector may log) and whole again after a fork.
        self._changed = threading.Condition(self.lock)
        self._writer: threading.Thread | None = None
        self._pid = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line. Never waits, never raises."""
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        except Exception:  # noqa: BLE001 - whatever is in a record of anybody's
            self.handleError(record)
        else:
            self._put(line)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging gives it
        """Log that a record cannot be made a line, instead of printing it with a traceback."""
        if record.name == log.name:
            return  # not even that
        words = traceback.format_exc(limit=0).strip().splitlines()[-1]
        log.error("log.broken", logger=record.name, error=words)

    def flush(self) -> None:
        """Wait until all lines are written: for two seconds at most, and not for an end that takes none."""
        with self._changed:
            failures = self._num_failures
            self._changed.notify_all()  # no waiting for the next attempt
            self._changed.wait_for(
                lambda: not (self._lines or self._trouble) or self._num_failures > failures, _FLUSH_SECONDS
            )

    def close(self) -> None:
        """Let the thread end when it has written what waits, or cannot; to wait for that is flush()."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        super().close()

    def _put(self, line: bytes) -> None:
        with self._changed:
            if self._writer is None or not self._writer.is_alive():
                self._start_writer()
            if self._is_full(len(line)):
                self._trouble = self._trouble or _Trouble(_TOO_SLOW, time.monotonic())
                self._trouble.num_lost += 1
                return
            self._lines.append(line)
            self._num_bytes += len(line)
            if len(self._lines) == 1:
                self._changed.notify_all()

    def _is_full(self, num_bytes: int) -> bool:
        """Once it is, it is until it has been emptied: so the notice stands where the lost lines would."""
        is_losing = self._trouble is not None and self._trouble.num_lost > 0
        return is_losing or self._num_bytes + num_bytes > _MOST_BYTES

    def _start_writer(self) -> None:
        if self._pid != os.getpid():  # forked: these lines are our parent's to write
            self._pid = os.getpid()
            self._forget()
        self._writer = threading.Thread(target=self._write_lines, name="log", daemon=True)
        with suppress(RuntimeError):  # no thread is to be had: the line waits for the next one, which tries again
            self._writer.start()

    def _forget(self) -> None:
        self._lines.clear()
        self._num_bytes = 0
        self._trouble = None

    # The thread

    def _write_lines(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._trouble or self._closed)
                lines, trouble = self._first_lines(), self._trouble
            if lines:
                self._write(lines)
            elif trouble is not None:
                self._resume(trouble)
            else:
                return

    def _first_lines(self) -> bytes:
        """As many as are best written at once: every write may cost a wait for the interpreter's lock."""
        first: list[bytes] = []
        left = self._end.most_bytes
        for line in self._lines:
            left -= len(line)
            if left < 0 and first:
                break
            first.append(line)
        return b"".join(first)

    def _write(self, lines: bytes) -> None:
        try:
            written = self._end.write(lines)
        except OSError as error:
            self._wait_after(error)
            return
        with self._changed:
            while self._lines and written >= len(self._lines[0]):
                written -= len(self._lines[0])
                self._num_bytes -= len(self._lines.popleft())
            if not self._lines:
                self._changed.notify_all()

    def _wait_after(self, error: OSError) -> None:
        with self._changed:
            self._trouble = self._trouble or _Trouble("", time.monotonic())
            self._trouble.cause = error.strerror or str(error)
            self._num_failures += 1
            self._changed.notify_all()
            if self._closed:
                self._forget()
            else:
                self._changed.wait(_RETRY_SECONDS)

    def _resume(self, trouble: _Trouble) -> None:
        with self._changed:
            self._trouble = None
        seconds = round(time.monotonic() - trouble.began, 1)
        log.warning("log.resumed", num_lost=trouble.num_lost, seconds=seconds, cause=trouble.cause)
        with self._changed:
            self._changed.notify_all()
