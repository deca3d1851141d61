"""A worker process: takes runs from the queue, and conducts each from opened to closed.

Started by a supervisor (``python -m scheduler.workers``), and ends with it: however that went, the pipe on our
standard input is then closed.
"""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from procrastinate import App
from scrapy.utils.reactor import install_reactor

from crawler import logs, settings
from crawler.configuration import Configuration, load
from crawler.runs import Equipment, finish_run, open_equipment, start_run
from scheduler.heartbeat import HEARTBEAT_SECONDS, SILENCE_SECONDS
from scheduler.queue import queue_app
from sql.access import database_url
from sql.database import open_database
from sql.errors import DatabaseError

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner

log = structlog.get_logger("scheduler.workers")

_SHUTDOWN_SECONDS = 10.0
_RECONNECT_SECONDS = (0.5, 1.0, 2.0, 5.0)


class Worker:
    """Conducts runs, several at a time, until it is told to stop."""

    def __init__(self, equipment: Equipment, runner: "AsyncCrawlerRunner") -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._equipment = equipment
        self._runner = runner
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Take no more runs, and bring those under way to an early end. Safe to call twice."""
        if not self._stopping.is_set():
            self._stopping.set()
            asyncio.get_running_loop().create_task(self._runner.stop())

    async def visit(self, run_id: str) -> None:
        """Conduct one run: open it, let the spider go through its stages, close it."""
        assignment = await start_run(self._equipment, UUID(run_id), worker=self.name)
        if assignment is None:
            return
        with assignment.logged():
            cut_short: str | None = "error"
            try:
                crawler: Any = self._runner.create_crawler("news")
                # Scrapy copies settings deeply, so what must stay one object travels on the crawler.
                crawler.assignment = assignment
                await self._runner.crawl(crawler)
                cut_short = "shutdown" if self._stopping.is_set() else None
            except asyncio.CancelledError:
                cut_short = "shutdown"
                raise
            except Exception:
                # The run's boundary: whatever broke, this run is closed with it, and the others go on.
                log.exception("run.broken")
            finally:
                await asyncio.shield(finish_run(assignment, cut_short=cut_short))

    async def work(self, app: App, concurrency: int) -> None:
        """Take runs from the queue until stopped.

        The queue's worker ends when its database connection does, so it is started again and again.
        """
        failures = 0
        while not self._stopping.is_set():
            queue = asyncio.create_task(self._serve(app, concurrency))
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([queue, stopping], return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                queue.cancel()
            stopping.cancel()
            try:
                await queue
                failures = 0
            except asyncio.CancelledError:
                break
            except Exception as error:  # noqa: BLE001 (the process's boundary: the supervisor reads the log)
                failures += 1
                log.warning("queue.lost", attempt=failures, error=f"{type(error).__name__}: {error}")
            if not self._stopping.is_set():
                wait = _RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)]
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)

    async def _serve(self, app: App, concurrency: int) -> None:
        async with app.open_async():
            await app.run_worker_async(
                name=self.name,
                concurrency=concurrency,
                delete_jobs="always",
                install_signal_handlers=False,
                shutdown_graceful_timeout=_SHUTDOWN_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=SILENCE_SECONDS,
                fetch_job_polling_interval=1.0,
            )


async def _main(configuration: Configuration) -> None:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.settings import Settings

    crawl_settings = Settings(settings.from_configuration(configuration))
    crawl_settings.setmodule(settings, priority="project")
    runner = AsyncCrawlerRunner(crawl_settings)
    secret = configuration.database.url
    with database_url(secret.get_secret_value() if secret else None, configuration.database.data_dir) as url:
        async with (
            open_database(url, application_name="tidings worker") as database,
            open_equipment(database, configuration) as equipment,
        ):
            worker = Worker(equipment, runner)
            _listen_for_the_end(worker)
            log.info("worker.started", worker=worker.name, started_at=datetime.now(UTC).isoformat())
            app = queue_app(url, application_name="tidings worker queue", visit=worker.visit)
            await worker.work(app, configuration.crawl.runs_per_worker)
            log.info("worker.stopped", worker=worker.name)


def _listen_for_the_end(worker: Worker) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.stop)
    # Ctrl-C reaches the whole process group; the supervisor answers it, and tells us.
    loop.add_signal_handler(signal.SIGINT, lambda: None)

    def supervisor_gone() -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            loop.remove_reader(sys.stdin.fileno())
            worker.stop()
            # Nobody is left who would end us if that takes too long.
            loop.call_later(1.5 * _SHUTDOWN_SECONDS, os._exit, 1)

    loop.add_reader(sys.stdin.fileno(), supervisor_gone)


def main(config_file: Path | None) -> int:
    """Run one worker to its end. Returns the exit code: 0 stopped as told, 1 broken off."""
    configuration = load(config_file)
    logs.configure(configuration, stream=sys.stdout)
    install_reactor(settings.TWISTED_REACTOR)
    from twisted.internet import reactor as installed
    from twisted.python.log import PythonLoggingObserver

    from crawler.download.addresses import GuardedResolver

    reactor: Any = installed
    PythonLoggingObserver("twisted").start()  # type: ignore[no-untyped-call]
    networks = configuration.crawl.allow_networks
    GuardedResolver(reactor, networks).install_on_reactor()
    exit_code = 0

    async def run() -> None:
        nonlocal exit_code
        try:
            await _main(configuration)
        except DatabaseError as error:
            log.error("worker.failed", error=str(error))  # noqa: TRY400 (one line says it all)
            exit_code = 1
        except Exception:
            log.exception("worker.failed")
            exit_code = 1
        finally:
            reactor.stop()

    tasks: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: tasks.append(asyncio.get_event_loop().create_task(run())))
    # Our own signal handlers: the reactor's would stop it in the middle of a transaction.
    reactor.run(installSignalHandlers=False)
    return exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
