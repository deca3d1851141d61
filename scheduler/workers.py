"""A worker process: takes runs from the queue, and conducts each from opened to closed.

Started by a supervisor (``python -m scheduler.workers SUPERVISOR [FOLDER PLACE]``, where metrics are counted), and
ends with it: however that went, the socket on our standard input is then closed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import procrastinate.worker
import structlog
from procrastinate import App
from scrapy.utils.reactor import install_reactor

from crawler import logs, metrics, settings
from crawler.configuration import Configuration
from crawler.download.access import give_access
from crawler.meter import meter
from crawler.runs import Equipment, find_access, finish_run, open_equipment, start_run, worker_name
from scheduler.heartbeat import beat
from scheduler.pulse import give_signs
from scheduler.queue import queue_app
from scheduler.roster import Entry, enter, folder_of
from scheduler.silence import HEARTBEAT_SECONDS, SILENCE_SECONDS
from sql.database import open_database
from sql.errors import DatabaseError
from sql.patience import patiently

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.assignment import Assignment

log = structlog.get_logger("scheduler.workers")

_CLOSING_SECONDS = 5.0  # beyond the time that requests under way are given: to store what came, and close the runs
_RECONNECT_SECONDS = 1.0
_REPORT_SECONDS = 2.0


class QueueWorker(procrastinate.worker.Worker):
    """The queue's own worker, which tells when it will take no more jobs."""

    def __init__(self, app: App, name: str, concurrency: int, entry: Entry | None) -> None:
        super().__init__(
            app,
            name=name,
            concurrency=concurrency,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=SILENCE_SECONDS,
            fetch_job_polling_interval=1.0,
        )
        self.lost = asyncio.Event()
        self._entry = entry

    async def _run_loop(self) -> None:
        """Take jobs, as the worker that is registered by now: whatever we are given is known to be ours before."""
        if self._entry is not None and self.worker_id is not None:
            self._entry.add_queue_id(self.worker_id)
        await super()._run_loop()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Take no more jobs: we want it so, or the connection is gone."""
        super().stop()  # type: ignore[no-untyped-call]
        self.lost.set()

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        """Wait for the runs under way: a job could not be fetched, or we were told to stop."""
        self.lost.set()
        await super()._shutdown(side_tasks)


class Worker:
    """Conducts runs, several at a time, until it is told to stop."""

    def __init__(
        self,
        equipment: Equipment,
        runner: "AsyncCrawlerRunner",
        url: str,
        *,
        entry: Entry | None,
        shutdown_seconds: float,
    ) -> None:
        self.name = entry.worker if entry else worker_name()
        self._url = url
        self._entry = entry
        self._equipment = equipment
        self._runner = runner
        self._shutdown_seconds = shutdown_seconds
        self._visits: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take no more runs, and bring those under way to an early end."""
        self._stopping.set()

    async def visit(self, run_id: str) -> None:
        """Conduct one run: open it, let the spider go through its stages, close it."""
        task = asyncio.current_task()
        if task is not None:
            self._visits.add(task)
            task.add_done_callback(self._visits.discard)
        assignment = await start_run(self._equipment, UUID(run_id), worker=self.name)
        if assignment is None:
            return
        with assignment.logged():
            cut_short: str | None = "error"
            try:
                await self._crawl(assignment)
                cut_short = "shutdown" if self._stopping.is_set() else None
            except asyncio.CancelledError:
                cut_short = "shutdown"
                raise
            except Exception:
                # The run's boundary: whatever broke, this run is closed with it, and the others go on.
                log.exception("run.broken")
            finally:
                await asyncio.shield(finish_run(assignment, cut_short=cut_short))

    async def _crawl(self, assignment: "Assignment") -> None:
        access = find_access(assignment)
        if access is None:
            return
        crawler: Any = self._runner.create_crawler("news")
        # Scrapy copies settings deeply, so what must stay one object travels on the crawler.
        crawler.assignment = assignment
        give_access(crawler, assignment.source, access)
        await self._runner.crawl(crawler)

    async def work(self, app: App, concurrency: int) -> None:
        """Take runs from the queue until stopped.

        The queue's worker takes no more jobs once it has lost its connection. It is left to the runs it has begun,
        and another is started at once.
        """
        beating = asyncio.create_task(beat(self._url, self.name), name="heartbeat")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        queues: set[asyncio.Task[None]] = set()
        while not self._stopping.is_set():
            worker = QueueWorker(app, self.name, concurrency, self._entry)
            queue = asyncio.create_task(worker.run(), name="queue")  # type: ignore[no-untyped-call]
            lost = asyncio.create_task(worker.lost.wait(), name="queue lost")
            # One that has runs under way ends with them, and nobody asks why any more.
            queue.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            queues.add(queue)
            await asyncio.wait([queue, lost, stopping], return_when=asyncio.FIRST_COMPLETED)
            lost.cancel()
            if not self._stopping.is_set():
                # Whether it is the database that has gone, the voice of all that wait for it says.
                error = queue.exception() if queue.done() else None
                log.debug("queue.lost", retry_in=_RECONNECT_SECONDS, error=repr(error) if error else None)
                await asyncio.wait([stopping], timeout=_RECONNECT_SECONDS)
            queues = {queue for queue in queues if not queue.done()}
        await self._wind_up(queues)
        beating.cancel()
        stopping.cancel()

    async def _wind_up(self, queues: set[asyncio.Task[None]]) -> None:
        """Let spiders finish the requests they have sent, then cut short what still runs."""
        for queue in queues:
            queue.cancel()
        closing = asyncio.create_task(self._runner.stop(), name="close spiders")
        if queues:
            await asyncio.wait(queues, timeout=self._shutdown_seconds)
        closing.cancel()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*queues, return_exceptions=True)


async def _main(configuration: Configuration, url: str, supervisor: str) -> None:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.settings import Settings

    crawl_settings = Settings(settings.from_configuration(configuration))
    crawl_settings.setmodule(settings, priority="project")
    # A database that is away is waited for, but not longer than there is somebody whom we work for.
    _when_supervisor_is_gone(lambda: logs.exit_at_once(1))
    async with (
        open_database(url, application_name="tidings worker", patient=True) as database,
        open_equipment(database, configuration) as equipment,
    ):
        await patiently(partial(database.fetch, "ping"), "the start of a worker")
        shutdown_seconds = configuration.crawl.shutdown_timeout.total_seconds()
        entry = _enter(configuration, url, supervisor)
        runner = AsyncCrawlerRunner(crawl_settings)
        worker = Worker(equipment, runner, url, entry=entry, shutdown_seconds=shutdown_seconds)
        _listen_for_the_end(worker, shutdown_seconds + _CLOSING_SECONDS)
        log.info("worker.started", worker=worker.name, version=version("tidings"))
        reporting = asyncio.create_task(_report(equipment), name="report")
        app = queue_app(url, application_name="tidings worker queue", visit=worker.visit)
        async with app.open_async():
            await worker.work(app, configuration.crawl.runs_per_worker)
        reporting.cancel()
        with suppress(DatabaseError):
            await database.execute("forget_worker", {"worker": worker.name})
            if entry is not None:
                entry.remove()
        log.info("worker.stopped", worker=worker.name)


async def _report(equipment: Equipment) -> None:
    """Say every few seconds what we have in hand, for the metrics."""
    while meter.is_open:
        meter.set(metrics.SPOOL_PAGES, equipment.writer.num_waiting)
        meter.set(metrics.SPOOL_BYTES, equipment.writer.num_spooled_bytes)
        connections = equipment.database.connections
        for state in ("used", "idle"):
            meter.set(metrics.POOL_CONNECTIONS, connections[state], "workers", state)
        meter.set(metrics.POOL_WAITING, connections["waiting"], "workers")
        await asyncio.sleep(_REPORT_SECONDS)


def _enter(configuration: Configuration, url: str, supervisor: str) -> Entry | None:
    try:
        return enter(folder_of(configuration, url), worker_name(), supervisor)
    except OSError as error:
        log.warning("roster.failed", error=str(error))
        return None


def _listen_for_the_end(worker: Worker, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    # Ctrl-C reaches the whole process group; the supervisor answers it, and tells us.
    loop.add_signal_handler(signal.SIGINT, lambda: None)

    def end_alone() -> None:
        worker.stop()
        # Nobody is left who would end us if that takes too long.
        loop.call_later(seconds, logs.exit_at_once, 1)

    _when_supervisor_is_gone(end_alone)


def _when_supervisor_is_gone(act: Callable[[], None]) -> None:
    """Call ``act`` then, in place of what was to be called before."""
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()

    def look() -> None:
        with suppress(ConnectionResetError):  # it is gone, and has not read our last sign of life
            if os.read(descriptor, 1024):
                return
        loop.remove_reader(descriptor)
        act()

    loop.add_reader(descriptor, look)


def _read_configuration() -> tuple[Configuration, str]:
    """What the supervisor wrote first into our standard input, which it keeps open from then on."""
    message = b""
    # Not through sys.stdin, whose buffer would swallow the end of the pipe that we wait for later.
    while not message.endswith(b"\n"):
        message += os.read(sys.stdin.fileno(), 65536) or sys.exit(1)
    configuration = Configuration.model_validate_json(message)
    if configuration.database.dsn is None:
        raise ValueError("a worker is given the URL of its database")
    return configuration, configuration.database.dsn


def _count(folder: str | None = None, place: str = "") -> None:
    if folder is None:
        return
    try:
        meter.open(Path(folder), place)
    except OSError as error:
        log.warning("metrics.failed", error=str(error))


def main() -> int:
    """Run one worker to its end. Returns the exit code: 0 stopped as told, 1 broken off."""
    configuration, url = _read_configuration()
    logs.configure(configuration, stream=sys.stdout, patient=True)
    _count(*sys.argv[2:4])
    install_reactor(settings.TWISTED_REACTOR)
    from twisted.internet import reactor as installed
    from twisted.python.log import PythonLoggingObserver

    from crawler.download.addresses import GuardedResolver

    reactor: Any = installed
    PythonLoggingObserver("twisted").start()  # type: ignore[no-untyped-call]
    GuardedResolver(reactor, configuration.crawl.allow_networks).install_on_reactor()
    exit_code = 0

    async def run() -> None:
        nonlocal exit_code
        try:
            await _main(configuration, url, supervisor=sys.argv[1])
        except DatabaseError as error:
            log.error("worker.failed", error=str(error))  # noqa: TRY400 (one line says it all)
            exit_code = 1
        except Exception:
            log.exception("worker.failed")
            exit_code = 1
        finally:
            reactor.stop()

    tasks: list[asyncio.Task[None]] = []
    for task in (give_signs(sys.stdin.fileno()), run()):
        reactor.callWhenRunning(lambda task=task: tasks.append(asyncio.get_event_loop().create_task(task)))
    # Our own signal handlers: the reactor's would stop it in the middle of a transaction.
    reactor.run(installSignalHandlers=False)
    return exit_code


if __name__ == "__main__":
    # Not sys.exit(), which would wait for a thread that is busy still.
    logs.exit_at_once(main())
