"""The daemon: one per host."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from crawler.configuration import Configuration, ConfigurationError, find_file, load
from crawler.upgrade import upgrade
from scheduler.leader import lead
from scheduler.notices import check_target
from scheduler.notices.outage import Outage
from scheduler.notify import notify, notify_stopping
from scheduler.pool import WorkerPool, longest_end
from scheduler.queue import queue_app
from scheduler.sources import Changes, reconcile
from scheduler.stopping import StoppedError, Stopping, in_thread
from scheduler.timetable import trigger_for
from scheduler.vitals.folder import counting_folder
from scheduler.vitals.progress import Progress
from scheduler.vitals.readings import Readings
from scheduler.vitals.vitals import Vitals
from scheduler.web.server import WebServer, serving
from sql.database import connect, open_database
from sql.errors import DatabaseError
from sql.line import Watch
from sql.patience import patiently

log = structlog.get_logger("scheduler.supervisor")

_WATCH_HUNG_SECONDS = 120.0  # to find, reach and hear a server that is away may take half of it


class Supervisor:
    """Decides what is due, and keeps the workers and the operator page running."""

    def __init__(self, configuration: Configuration, config_file: Path | None, url: str) -> None:
        self.configuration = configuration
        self._in_force = configuration
        self._config_file = config_file
        self._url = url
        self._stopping = Stopping(longest_end(configuration))

    def stop(self) -> None:
        """End the daemon in good order; called again, at once."""
        self._stopping.ask()

    async def run(self, *, on_ready: Callable[[str], None] = lambda _: None) -> None:
        """Run until :meth:`stop` or a signal. ``on_ready`` is given the operator page's address.

        A database that is away is waited for, at the start as later.

        Raises:
            DatabaseError: the database cannot be migrated.
        """
        self._stopping.listen()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reload)
        try:
            async with AsyncExitStack() as opened:
                pool, duties, page = await self._stopping.before(self._start(opened))
                on_ready(page)
                await self._work(pool, duties)
        except StoppedError:
            pass  # before we were ready
        log.info("daemon.stopped")

    async def _start(self, opened: AsyncExitStack) -> tuple[WorkerPool, list[asyncio.Task[Any]], str]:
        # The page comes first: that there is no database yet is what it is asked for then.
        database = await opened.enter_async_context(
            open_database(self._url, application_name="tidings supervisor", patient=True)
        )
        counts, progress = opened.enter_context(counting_folder(self.configuration)), Progress()
        pool = WorkerPool(self.configuration, self._url, counts=counts, progress=progress)
        progress.expect("watch", _WATCH_HUNG_SECONDS)
        watch = Watch(self._url, on_look=partial(progress.mark, "watch"))
        vitals = Vitals(pool, watch, progress, Readings(database), counts)
        server = WebServer(database, self.configuration, vitals)
        page = await opened.enter_async_context(serving(server))
        watching = asyncio.create_task(watch.run(), name="watch")
        opened.callback(watching.cancel)
        outage = asyncio.create_task(Outage(watch, database, self._in_force.alarms).run(), name="outage")
        opened.callback(outage.cancel)
        await patiently(partial(in_thread, upgrade, self._url), "the start")
        await self._apply_sources()
        await pool.end_dead()
        app = queue_app(self._url, application_name="tidings supervisor queue")
        await opened.enter_async_context(app.open_async())
        server.accept_actions(app, self._url)
        duties: list[asyncio.Task[Any]] = [
            watching,
            outage,
            asyncio.create_task(lead(database, app, self._url, self._in_force, progress), name="leader"),
            asyncio.create_task(vitals.give_signs_of_life(), name="watchdog"),
        ]
        pool.start()
        self._stopping.hurry = pool.kill
        notify("READY=1")
        num_workers = self.configuration.crawl.workers
        log.info("daemon.ready", page=page, num_workers=num_workers, version=version("tidings"))
        return pool, duties, page

    async def _work(self, pool: WorkerPool, duties: list[asyncio.Task[Any]]) -> None:
        stopping = asyncio.create_task(self._stopping.asked.wait(), name="stop")
        ended, _ = await asyncio.wait([*duties, stopping], return_when=asyncio.FIRST_COMPLETED)
        notify_stopping(longest_end(self._in_force))
        stopping.cancel()
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await pool.stop()
        for duty in ended - {stopping}:
            duty.result()  # a duty that ended by itself broke: so do we, rather than live without it

    # Configuration

    def reload(self) -> None:
        """Read the configuration file again; a broken one leaves everything as it is."""
        try:
            fresh = load(self._config_file, check_source=trigger_for, check_target=check_target)
        except ConfigurationError as error:
            log.error("config.rejected", error=str(error))  # noqa: TRY400 (the error is the line)
            return
        outside = {"source"}
        restart = fresh.model_dump(exclude=outside) != self._in_force.model_dump(exclude=outside)
        self.configuration = fresh
        log.info("config.reloaded", num_sources=len(fresh.source), restart_needed=restart)
        self._reloading = asyncio.get_running_loop().create_task(self._apply_again())

    async def _apply_again(self) -> None:
        try:
            await self._apply_sources()
        except DatabaseError as error:  # among others, before a start has migrated it, and applies them
            log.warning("duty.failed", duty="reload", error=str(error))

    async def _apply_sources(self) -> None:
        if find_file(self._config_file) is None:
            return
        changes = await patiently(partial(in_thread, self._reconcile), "the sources of the configuration file")
        if changes:
            log.info("sources.reconciled", added=changes.added, changed=changes.changed, removed=changes.removed)

    def _reconcile(self) -> Changes:
        with connect(self._url) as connection:
            return reconcile(connection, self.configuration.source, origin="file", everything=False)
