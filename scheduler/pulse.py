"""How a supervisor knows that a worker is at work: by its signs on a socket that both hold, and by its memory.

This needs no database: a worker whose loop hangs is told from one that only waits for the database.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import psutil
import structlog

log = structlog.get_logger("scheduler.pulse")

_SIGN_SECONDS = 5.0
_SILENCE_SECONDS = 60.0
_LOOK_SECONDS = 2.0
_KILLED_AT = 1.5  # times the memory that a worker may take


async def give_signs(descriptor: int) -> None:
    """Say that the event loop turns, as long as it does; of a worker, on its standard input."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        while True:
            # Nobody listens any more, or has for long: whoever waits for that end learns it.
            with suppress(OSError):
                connection.send(b".", socket.MSG_DONTWAIT)
            await asyncio.sleep(_SIGN_SECONDS)


class WorkerWatch:
    """Ends one worker if it falls silent, or takes more than ``memory`` bytes (resident)."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        connection: socket.socket,
        memory: int,
        *,
        silence: float = _SILENCE_SECONDS,
        every: float = _LOOK_SECONDS,
        on_look: Callable[[], object] = lambda: None,
    ) -> None:
        """``on_look`` is called at every look."""
        self._process = process
        self._connection = connection
        self._memory = memory
        self._silence = silence
        self._every = every
        self._on_look = on_look
        self._is_told = False

    async def run(self) -> None:
        """Look after it every two seconds, until it is gone."""
        # Looks are counted, not the clock: while we are stopped ourselves (a laptop's lid), nobody is judged.
        quiet = 0.0
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            while quiet < self._silence:
                await asyncio.sleep(self._every)
                self._on_look()
                quiet = 0.0 if self._gave_a_sign() else quiet + self._every
                with suppress(OSError):  # no file descriptor is to be had: at the next look perhaps
                    self._weigh()
            log.error("worker.frozen", pid=self._process.pid, seconds=round(quiet))
            self._process.kill()

    def _gave_a_sign(self) -> bool:
        try:
            return bool(self._connection.recv(4096, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return False

    def _weigh(self) -> None:
        taken = psutil.Process(self._process.pid).memory_info().rss
        if taken > _KILLED_AT * self._memory:
            self._end(signal.SIGKILL, taken)
        elif taken > self._memory and not self._is_told:
            self._is_told = True
            self._end(signal.SIGTERM, taken)

    def _end(self, number: signal.Signals, taken: int) -> None:
        log.warning("worker.oversized", pid=self._process.pid, num_bytes=taken, signal=number.name)
        self._process.send_signal(number)
