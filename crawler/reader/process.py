"""The reading process as its owner sees it: one at a time, ended at the deadline, replaced when it is lost.

A thread would not do. Regular expressions and parts of lxml hold the interpreter's lock: a page that hangs them
stops the whole process with all its runs; a thread can neither be ended nor limited in memory; and a crash takes
all down.
"""

import asyncio
import contextvars
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

from crawler import metrics
from crawler.meter import meter
from crawler.outcomes import Reason
from crawler.reader.channel import Channel
from crawler.reader.child import ERROR, LOG, OUT_OF_MEMORY

_T = TypeVar("_T")

_STARTING_SECONDS = 60.0
_DYING_SECONDS = 5.0


class ReaderLostError(Exception):
    """What was read has cost us the process that read it; ``reason`` says how."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ReaderNotStartedError(Exception):
    """No reading process comes up; what was to be read has nothing to do with it."""


class ReaderProcess:
    """Calls functions in another process, one by one; each has ``timeout`` seconds and ``memory`` bytes."""

    def __init__(self, timeout: float, memory: int) -> None:
        self._timeout = timeout
        self._memory = memory
        # It speaks with the process, and unpickles what that says: large answers do not hold up the loop.
        self._executor = ThreadPoolExecutor(1, "reader")
        self._child: _Child | None = None

    def start(self) -> None:
        """Start the process beforehand, in the background: the next page then need not wait for it."""
        with suppress(RuntimeError):  # we are closed
            self._executor.submit(self._ready_child)

    async def run(self, function: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Call ``function``, which is sent by its name, with plain values.

        The deadline counts from when the process takes it up, not from when it was handed in. What libraries log
        meanwhile is logged here, with the caller's context variables. Raises what the function raises.

        Raises:
            ReaderLostError: the process took too long, crashed, or ran out of memory over it.
            ReaderNotStartedError: there is no process to call it.
        """
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
        return await loop.run_in_executor(self._executor, context.run, self._call, function, args, kwargs)

    def close(self) -> None:
        """End the process, whatever it does."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        if self._child is not None:
            self._child.end()

    def _call(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        message = pickle.dumps((function, args, kwargs))
        child, began = self._ready_child(), monotonic()
        try:
            kind, value = self._ask(child, message)
        except ReaderLostError:
            self.start()
            raise
        finally:
            meter.observe(metrics.READING, monotonic() - began)
        if kind == ERROR:
            raise value
        return value

    def _ask(self, child: "_Child", message: bytes) -> tuple[str, Any]:
        try:
            return child.ask(message, deadline=monotonic() + self._timeout)
        except TimeoutError:
            child.end()
            detail = f"no result within {self._timeout:g} seconds"
            raise ReaderLostError(Reason.EXTRACTION_TIMEOUT, detail) from None
        except (EOFError, ConnectionError):
            raise _why(child.end(_DYING_SECONDS), self._memory) from None
        except (
            BaseException
        ):  # it has said what cannot be unpickled: its answer is yet to come, and is nobody else's
            child.end()
            raise

    def _ready_child(self) -> "_Child":
        if self._child is None or not self._child.is_alive:
            if self._child is not None:
                self._child.end()
            self._child = _Child(self._timeout, self._memory)
            try:
                self._child.wait_until_ready()
            except (TimeoutError, EOFError, ConnectionError):
                code = self._child.end()
                raise ReaderNotStartedError(f"the reading process did not start: exit code {code}") from None
        return self._child


class _Child:
    """One reading process."""

    def __init__(self, timeout: float, memory: int) -> None:
        ours, theirs = socket.socketpair()
        level = logging.getLogger().getEffectiveLevel()
        facts = (theirs.fileno(), os.getpid(), memory, round(2 * timeout) + 1, level)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                # -P: what the current directory holds must not shadow our packages or the standard library.
                [sys.executable, "-P", "-m", "crawler.reader", *map(str, facts)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # ours is a log, or the JSON of a command
                pass_fds=[theirs.fileno()],
            )
        self._channel = Channel(ours)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Raises TimeoutError, EOFError or ConnectionError if it will not be."""
        self._next(monotonic() + _STARTING_SECONDS)

    def ask(self, message: bytes, *, deadline: float) -> tuple[str, Any]:
        """What kind of answer a call has, and the answer."""
        self._channel.send(message, deadline=deadline)
        return self._next(deadline)

    def _next(self, deadline: float) -> tuple[str, Any]:
        """What it says next, but for what it logs."""
        while True:
            kind, value = pickle.loads(self._channel.receive(deadline=deadline))  # noqa: S301 (ours, see child.py)
            if kind != LOG:
                return kind, value
            _log(value)

    def end(self, patience: float = 0.0) -> int:
        """Its exit code; it is killed unless it ends by itself within ``patience`` seconds."""
        with suppress(subprocess.TimeoutExpired):
            if patience:
                self._process.wait(patience)
        self._process.kill()
        code = self._process.wait()
        self._channel.close()
        return code


def _log(record: logging.LogRecord) -> None:
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)


def _why(code: int, memory: int) -> ReaderLostError:
    if code == OUT_OF_MEMORY:
        return ReaderLostError(Reason.EXTRACTION_MEMORY, f"more than {memory // 2**20:,} MiB were needed")
    try:
        ended = f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        ended = f"ended with exit code {code}"
    return ReaderLostError(Reason.EXTRACTION_CRASHED, f"the process that read it {ended}")
