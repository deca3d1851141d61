"""Of all daemons on one database one leads, with APScheduler for its clock: what is due, and what is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate import App

from crawler.ingestion.arrivals import number_arrivals
from crawler.search.indexing import index_for
from scheduler.clock import ClockWatch, Ticks
from scheduler.dispatch import dispatch_due
from scheduler.lost import Requeuing
from scheduler.maintenance import Maintenance
from sql.advisory import LEAD, connect_to_lock, keep, try_lock
from sql.database import Database
from sql.errors import DatabaseError, DatabaseUnavailableError
from sql.patience import voice

if TYPE_CHECKING:
    from crawler.configuration import Configuration

log = structlog.get_logger("scheduler.leader")

_LEADER_POLL_SECONDS = 2.0
_CLOCK_SECONDS = 1.0
_INDEXING_SECONDS = 1.0  # of every three, as long as there is something to index
_MAINTENANCE_SECONDS = 60


async def lead(database: Database, app: App, url: str, configuration: "Configuration") -> None:
    """Lead whenever nobody else does, until cancelled; the clock ticks only while we hold the lock."""
    while True:
        is_leading = False
        try:
            async with await connect_to_lock(url, application_name="tidings leader") as connection:
                await _until_elected(connection)
                log.info("leader.elected")
                is_leading = True
                maintenance = Maintenance(database, url, configuration.retention)
                with _ticking(database, app, maintenance):
                    await keep(connection)
        except psycopg.Error as error:
            if is_leading:
                log.warning("leader.lost", error=str(error).strip())
            if not isinstance(error, psycopg.errors.IdleSessionTimeout):  # then it was we who were away
                voice.away(error)
            await asyncio.sleep(_LEADER_POLL_SECONDS)


async def _until_elected(connection: psycopg.AsyncConnection[Any]) -> None:
    waiting = False
    while True:
        if await try_lock(connection, LEAD):
            return
        if not waiting:
            log.info("leader.waiting")
            waiting = True
        await asyncio.sleep(_LEADER_POLL_SECONDS)


class _ticking:  # noqa: N801 (used as a context manager, like a function)
    """APScheduler with the leader's jobs, for as long as the context lasts."""

    def __init__(self, database: Database, app: App, maintenance: Maintenance) -> None:
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._watch = ClockWatch(database, on_host_set=self._wind_up)
        every = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        now = datetime.now(UTC)
        for name, duty, seconds, first in (
            ("dispatch_due", partial(dispatch_due, database, app), 1, now),
            ("requeue_lost", partial(self._watch.steadily, Requeuing(database, app).search), 2, now),
            ("number_arrivals", partial(number_arrivals, database), 1, now),
            ("index_words", partial(index_for, database, _INDEXING_SECONDS), 3, now),
            ("maintenance", maintenance.work, _MAINTENANCE_SECONDS, now),
        ):
            arguments = [name, duty]
            self._scheduler.add_job(_as_duty, Ticks(seconds), arguments, next_run_time=first, **every)

    def __enter__(self) -> None:
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch_clocks(), name="clocks")

    def __exit__(self, *_: object) -> None:
        self._watching.cancel()
        self._scheduler.shutdown(wait=False)

    async def _watch_clocks(self) -> None:
        """Not a job of the scheduler's: it waits by this host's clock, and would sleep while that is set back."""
        while self._scheduler.running:
            await _as_duty("clocks", self._look)
            await asyncio.sleep(_CLOCK_SECONDS)

    async def _look(self) -> None:
        with suppress(DatabaseError):  # of which dispatching speaks
            await self._watch.look()

    def _wind_up(self) -> None:
        """Go by this host's clock as it is now."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))


async def _as_duty(name: str, duty: Callable[[], Awaitable[object]]) -> None:
    """A duty that fails is tried again at the next tick, and says so once a tick."""
    try:
        await duty()
    except asyncio.CancelledError:
        pass  # the clock is being stopped
    except Exception as error:
        # The duty's boundary: dispatching must outlive whatever one tick meets.
        if isinstance(error, DatabaseUnavailableError):
            voice.away(error)
        elif isinstance(error, DatabaseError):
            log.warning("duty.failed", duty=name, error=str(error))
        else:
            log.exception("duty.failed", duty=name)
