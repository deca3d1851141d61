"""The daemon: one per host. Of all that share a database one leads, and APScheduler is its clock."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate import App

from crawler.configuration import Configuration, ConfigurationError, find_file, load
from crawler.upgrade import upgrade
from scheduler.dispatch import dispatch_due, requeue_lost
from scheduler.heartbeat import SILENCE_SECONDS
from scheduler.maintenance import Maintenance
from scheduler.notify import notify, watchdog_interval
from scheduler.pool import WorkerPool
from scheduler.queue import queue_app
from scheduler.sources import Changes, reconcile
from scheduler.timetable import trigger_for
from scheduler.web.server import WebServer
from sql.advisory import LEAD, try_lock
from sql.database import Database, connect, connection_string, open_database
from sql.errors import DatabaseError
from sql.patience import patiently

log = structlog.get_logger("scheduler.supervisor")

_LEADER_POLL_SECONDS = 2.0
_UNWATCHED_SECONDS = 60.0
_MAINTENANCE_SECONDS = 60


class Supervisor:
    """Decides what is due, and keeps the workers and the operator page running."""

    def __init__(self, configuration: Configuration, config_file: Path | None, url: str) -> None:
        self.configuration = configuration
        self._in_force = configuration
        self._config_file = config_file
        self._url = url
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End the daemon in good order."""
        self._stopping.set()

    async def run(self, *, on_ready: Callable[[str], None] = lambda _: None) -> None:
        """Run until :meth:`stop` or a signal. ``on_ready`` is given the operator page's address.

        Raises:
            DatabaseError: the database cannot be reached, or migrated.
        """
        _on_signals({signal.SIGTERM: self.stop, signal.SIGINT: self.stop, signal.SIGHUP: self.reload})
        await asyncio.to_thread(upgrade, self._url)
        await self._apply_sources()
        pool = WorkerPool(self.configuration, self._url)
        app = queue_app(self._url, application_name="tidings supervisor queue")
        async with (
            open_database(self._url, application_name="tidings supervisor") as database,
            app.open_async(),
            _serving(WebServer(database, pool, self.configuration)) as page,
        ):
            duties: list[asyncio.Task[Any]] = [
                asyncio.create_task(self._lead(database, app), name="leader"),
                asyncio.create_task(_give_signs_of_life(), name="watchdog"),
            ]
            pool.start()
            notify("READY=1")
            log.info("daemon.ready", page=page, num_workers=self.configuration.crawl.workers)
            on_ready(page)
            stopping = asyncio.create_task(self._stopping.wait(), name="stop")
            ended, _ = await asyncio.wait([*duties, stopping], return_when=asyncio.FIRST_COMPLETED)
            notify("STOPPING=1")
            stopping.cancel()
            for duty in duties:
                duty.cancel()
            await asyncio.gather(*duties, return_exceptions=True)
            await pool.stop()
            for duty in ended - {stopping}:
                duty.result()  # a duty that ended by itself broke: so do we, rather than live without it
        log.info("daemon.stopped")

    # Configuration

    def reload(self) -> None:
        """Read the configuration file again; a broken one leaves everything as it is."""
        try:
            fresh = load(self._config_file, check_source=trigger_for)
        except ConfigurationError as error:
            log.error("config.rejected", error=str(error))  # noqa: TRY400 (the error is the line)
            return
        outside = {"source"}
        restart = fresh.model_dump(exclude=outside) != self._in_force.model_dump(exclude=outside)
        self.configuration = fresh
        log.info("config.reloaded", num_sources=len(fresh.source), restart_needed=restart)
        self._reloading = asyncio.get_running_loop().create_task(self._apply_sources())

    async def _apply_sources(self) -> None:
        if find_file(self._config_file) is None:
            return
        changes = await patiently(
            partial(asyncio.to_thread, self._reconcile), "the sources of the configuration file"
        )
        if changes:
            log.info("sources.reconciled", added=changes.added, changed=changes.changed, removed=changes.removed)

    def _reconcile(self) -> Changes:
        with connect(self._url) as connection:
            return reconcile(connection, self.configuration.source, origin="file", everything=False)

    # Duties

    async def _lead(self, database: Database, app: App) -> None:
        """Lead whenever nobody else does; the clock ticks only while we hold the lock."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    connection_string(self._url, application_name="tidings leader"), autocommit=True
                ) as connection:
                    await _until_elected(connection)
                    log.info("leader.elected")
                    maintenance = Maintenance(database, self._url, self._in_force.retention)
                    with _ticking(database, app, maintenance):
                        await _while_connected(connection)
            except psycopg.Error as error:
                log.warning("leader.lost", error=str(error).strip())
                await asyncio.sleep(_LEADER_POLL_SECONDS)


async def _give_signs_of_life() -> None:
    """Systemd hears of us as long as the loop turns. A database that is away is no reason to be killed."""
    interval = watchdog_interval() or _UNWATCHED_SECONDS
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)


async def _until_elected(connection: psycopg.AsyncConnection[Any]) -> None:
    waiting = False
    while True:
        if await try_lock(connection, LEAD):
            return
        if not waiting:
            log.info("leader.waiting")
            waiting = True
        await asyncio.sleep(_LEADER_POLL_SECONDS)


async def _while_connected(connection: psycopg.AsyncConnection[Any]) -> None:
    """Return never: raise psycopg.Error when the connection, and the lock with it, is gone."""
    while True:
        await asyncio.sleep(_LEADER_POLL_SECONDS)
        await connection.execute("SELECT 1")


class _ticking:  # noqa: N801 (used as a context manager, like a function)
    """APScheduler with the leader's jobs, for as long as the context lasts."""

    def __init__(self, database: Database, app: App, maintenance: Maintenance) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        every = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        now = datetime.now(UTC)
        # We may have come to lead because the database was away: then its workers have yet to be heard of again.
        after_silence = now + timedelta(seconds=SILENCE_SECONDS)
        for name, duty, seconds, first in (
            ("dispatch_due", partial(dispatch_due, database, app), 1, now),
            ("requeue_lost", partial(requeue_lost, database, app), 5, after_silence),
            ("maintenance", maintenance.work, _MAINTENANCE_SECONDS, now),
        ):
            arguments = [name, duty]
            self._scheduler.add_job(_as_duty, "interval", arguments, seconds=seconds, next_run_time=first, **every)

    def __enter__(self) -> None:
        self._scheduler.start()

    def __exit__(self, *_: object) -> None:
        self._scheduler.shutdown(wait=False)


async def _as_duty(name: str, duty: Callable[[], Awaitable[object]]) -> None:
    """A duty that fails is tried again at the next tick, and says so once a tick."""
    try:
        await duty()
    except asyncio.CancelledError:
        pass  # the clock is being stopped
    except Exception as error:
        # The duty's boundary: dispatching must outlive whatever one tick meets.
        if isinstance(error, DatabaseError):
            log.warning("duty.failed", duty=name, error=str(error))
        else:
            log.exception("duty.failed", duty=name)


@asynccontextmanager
async def _serving(server: WebServer) -> AsyncIterator[str]:
    address = await server.start()
    try:
        yield address
    finally:
        await server.stop()


def _on_signals(handlers: dict[signal.Signals, Callable[[], None]]) -> None:
    loop = asyncio.get_running_loop()
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
