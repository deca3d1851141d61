"""The worker processes of this host: started, watched, replaced when they die, stopped together."""

import asyncio
import secrets
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import structlog

from crawler.configuration import Configuration, for_worker
from crawler.meter import forget_gauges
from scheduler.lost import end_dead_workers
from scheduler.pulse import WorkerWatch
from scheduler.roster import folder_of
from scheduler.vitals.progress import Progress
from sql.errors import DatabaseError

log = structlog.get_logger("scheduler.pool")

_RESTART_SECONDS = (0.0, 1.0, 5.0, 15.0)
_STEADY_SECONDS = 60.0
_KILL_SECONDS = 5.0  # beyond the time that workers have to end: to write down how their runs went
_TELL_SECONDS = 2.0
_HUNG_SECONDS = 300.0  # a frozen worker is killed long before, and those who saw it tell the database
_UNWIND_SECONDS = 13.0  # what closes connections may wait for a database that does not answer


def longest_end(configuration: Configuration) -> float:
    """Seconds from the first signal until we give up on an end in good order, whatever is in its way."""
    return configuration.crawl.shutdown_timeout.total_seconds() + _KILL_SECONDS + _UNWIND_SECONDS


class WorkersFailedError(Exception):
    """No worker stays alive."""


class WorkerPool:
    """``size`` worker processes that log to ``stream`` (standard output).

    They are given the configuration that was checked, with ``url`` as their database: a file that was broken since
    then keeps none of them from being replaced.
    """

    def __init__(
        self,
        configuration: Configuration,
        url: str,
        *,
        size: int | None = None,
        stream: IO[str] | None = None,
        counts: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """``counts`` is the folder in which the workers count what they do; without one they do not."""
        self._size = size or configuration.crawl.workers
        self._message = f"{for_worker(configuration, url)}\n".encode()
        self._memory = configuration.crawl.worker_memory
        self._spool_limit = configuration.crawl.spool_max_bytes
        self._stream = stream
        self._url = url
        self._timeout = configuration.crawl.shutdown_timeout.total_seconds() + _KILL_SECONDS
        self._roster = folder_of(configuration, url)
        self._name = secrets.token_hex(6)
        self._processes: set[asyncio.subprocess.Process] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._deaths = [0] * self._size
        self._stopping = asyncio.Event()
        self._counts = counts
        self._progress = progress or Progress()
        self.num_deaths = 0
        """How many workers have ended that nobody had told to."""

    def start(self) -> None:
        """Start the workers, and keep each place filled."""
        self._keepers = [asyncio.create_task(self._keep(n), name=f"worker {n}") for n in range(self._size)]

    @property
    def num_alive(self) -> int:
        """How many worker processes run now."""
        return len(self._processes)

    @property
    def size(self) -> int:
        """How many there should be."""
        return self._size

    @property
    def spool_limit(self) -> int:
        """How many bytes of pages this host may keep on disk."""
        return self._spool_limit

    @property
    def is_hopeless(self) -> bool:
        """Whether every worker has died young several times in a row: something is wrong with all of them."""
        return min(self._deaths) >= len(_RESTART_SECONDS)

    async def stop(self) -> None:
        """Tell the workers to end, and end those that have not in time."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        _, hanging = await asyncio.wait(self._keepers, timeout=self._timeout) if self._keepers else (set(), set())
        if hanging:
            self.kill()
            await asyncio.wait(hanging)
        with suppress(TimeoutError):
            async with asyncio.timeout(_TELL_SECONDS):
                await self.end_dead(with_host=True)

    def kill(self) -> None:
        """End the workers at once; what they had begun is taken up again by others."""
        self._stopping.set()
        log.warning("workers.killed", num_workers=len(self._processes))
        self._signal(signal.SIGKILL)

    async def end_dead(self, *, with_host: bool = False) -> None:
        """Have the runs of this host's dead workers taken up again at once; else their silence tells of them."""
        try:
            await end_dead_workers(self._url, self._roster, supervisor=self._name, with_host=with_host)
        except (DatabaseError, OSError) as error:
            log.warning("roster.failed", error=str(error))

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.returncode is None:
                process.send_signal(number)

    async def _keep(self, place: int) -> None:
        """Run one worker after the other in one place; one that dies young is replaced more slowly."""
        loop, duty = asyncio.get_running_loop(), f"worker {place}"
        self._progress.expect(duty, _HUNG_SECONDS)
        while not self._stopping.is_set():
            began = loop.time()
            try:
                code = await self._run_one(place)
            except OSError as error:  # no process, no file descriptor to be had: later perhaps
                log.warning("worker.failed", error=str(error))
                code = None
            if self._stopping.is_set():
                return
            self.num_deaths += 1
            self._progress.mark(duty)
            if self._counts is not None:
                forget_gauges(self._counts, str(place))
            await self.end_dead()
            young = loop.time() - began < _STEADY_SECONDS
            self._deaths[place] = self._deaths[place] + 1 if young else 0
            wait = _RESTART_SECONDS[min(self._deaths[place], len(_RESTART_SECONDS) - 1)]
            log.warning("worker.died", exit_code=code, retry_in=wait)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _run_one(self, place: int) -> int:
        # Its standard input is a socket that only we hold: should we die, it reads the end of it and goes too.
        # There, too, it says that its loop turns.
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # whatever the current directory holds, it must not shadow our packages
                "-m",
                "scheduler.workers",
                self._name,
                *([str(self._counts), str(place)] if self._counts is not None else []),
                stdin=theirs.fileno(),
                stdout=self._stream,
            )
        watching = asyncio.create_task(self._watch(process, ours, place), name="watch")
        self._processes.add(process)
        if self._stopping.is_set():
            process.terminate()
        try:
            return await process.wait()
        finally:
            watching.cancel()
            ours.close()
            self._processes.discard(process)

    async def _watch(self, process: asyncio.subprocess.Process, connection: socket.socket, place: int) -> None:
        connection.settimeout(0)
        with suppress(ConnectionError):  # it died before it had read what it is to do
            await asyncio.get_running_loop().sock_sendall(connection, self._message)
        on_look = partial(self._progress.mark, f"worker {place}")
        await WorkerWatch(process, connection, self._memory, on_look=on_look).run()
