"""The reading process itself: takes calls from its owner, one after the other, and ends with it.

Both sides take pickles from each other. They run as one user on one host: whoever has the one has the other.
"""

import ctypes
import gc
import logging
import logging.handlers
import os
import pickle
import queue
import resource
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

from crawler.reader.channel import Channel

READY, RESULT, ERROR, LOG = "ready", "result", "error", "log"
"""Kinds of messages to the owner, each with one value."""

OUT_OF_MEMORY = 12
"""The exit code for it (ENOMEM): to say so in any other way may need memory."""

_PR_SET_PDEATHSIG = 1  # prctl(2)


class _LogSender(logging.handlers.QueueHandler):
    """Hands records to the owner, whose log is the only one."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(queue.SimpleQueue())  # which stays empty: enqueue() is ours
        self._channel = channel

    def enqueue(self, record: logging.LogRecord) -> None:
        self._channel.send(pickle.dumps((LOG, record)))


def main(arguments: list[str]) -> None:
    """Serve the owner until it closes its end of the socket."""
    descriptor, owner, memory, patience, level = map(int, arguments)
    _leave_signals_to(owner)
    channel = Channel(socket.socket(fileno=descriptor))
    logging.basicConfig(handlers=[_LogSender(channel)], level=level, format="%(message)s")
    logging.captureWarnings(capture=True)
    _import_readers()
    _limit_memory(memory)
    channel.send(pickle.dumps((READY, None)))
    with suppress(EOFError, ConnectionError):
        while True:
            _serve(channel, patience)


def _serve(channel: Channel, patience: int) -> None:
    try:
        message = channel.receive()
        # The owner ends us at the deadline; should it be gone without our being told, the kernel does.
        signal.alarm(patience)
        channel.send(_answer(message))
        signal.alarm(0)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _answer(message: bytearray) -> bytes:
    try:
        function, args, kwargs = pickle.loads(message)  # noqa: S301 (the owner's)
        return pickle.dumps((RESULT, function(*args, **kwargs)))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (it is raised where the result is awaited)
        return _told(error)


def _told(error: Exception) -> bytes:
    """An error with its traceback as a note; in words if it is of a kind that cannot be sent."""
    error.add_note("".join(traceback.format_tb(error.__traceback__)))
    try:
        message = pickle.dumps((ERROR, error))
        pickle.loads(message)  # noqa: S301 (made in the line before)
    except Exception:  # noqa: BLE001 (whatever pickling meets in a foreign class)
        return pickle.dumps((ERROR, RuntimeError(f"{type(error).__name__}: {error}")))
    return message


def _leave_signals_to(owner: int) -> None:
    """Ctrl-C and a service manager's SIGTERM reach us as well; only our owner knows when we are done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != owner:  # it was killed before we asked to be told
        _leave()


def _leave() -> NoReturn:
    os._exit(0)


def _import_readers() -> None:
    """Import what nearly every page needs, so that no page's deadline pays for it."""
    import trafilatura  # noqa: F401

    import crawler.discovery
    import crawler.extraction  # noqa: F401

    gc.freeze()  # it all stays: no collection need look at it again


def _limit_memory(memory: int) -> None:
    """Let allocations fail beyond so many resident bytes. What is mapped now and not resident does not count."""
    import psutil

    if sys.platform == "linux":  # elsewhere the limit means something else, or nothing
        taken = psutil.Process().memory_info()
        resource.setrlimit(resource.RLIMIT_AS, (memory + taken.vms - taken.rss,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is told without a gigabyte on disk
