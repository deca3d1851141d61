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

from crawler.alarms import Lookout
from crawler.ingestion.arrivals import number_arrivals
from crawler.search.indexing import index_for
from scheduler.clock import ClockWatch, Ticks
from scheduler.dispatch import dispatch_due
from scheduler.lost import Requeuing
from scheduler.maintenance import Maintenance
from scheduler.notices.outbox import Notices
from scheduler.vitals.progress import Progress
from scheduler.vitals.vitals import DISPATCH
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
_ALARM_SECONDS = 60
_NOTICES_SECONDS = 5
_HUNG_SECONDS = 120.0  # to find, reach and hear a server that is away may take half of it
_TICKS_MISSED = 30.0
_TICK_HUNG_SECONDS = 300.0  # each statement of a duty has its limit, and a duty has some


async def lead(
    database: Database, app: App, url: str, configuration: "Configuration", progress: Progress | None = None
) -> None:
    """Lead whenever nobody else does, until cancelled; the clock ticks only while we hold the lock."""
    progress = progress or Progress()
    progress.expect("leader", _HUNG_SECONDS)
    heard = partial(progress.mark, "leader")
    while True:
        heard()
        is_leading = False
        try:
            async with await connect_to_lock(url, application_name="tidings leader") as connection:
                await _until_elected(connection, heard)
                log.info("leader.elected")
                is_leading = True
                with _ticking(database, app, url, configuration, progress):
                    await keep(connection, on_word=heard)
        except psycopg.Error as error:
            if is_leading:
                log.warning("leader.lost", error=str(error).strip())
            if not isinstance(error, psycopg.errors.IdleSessionTimeout):  # then it was we who were away
                voice.away(error)
            await asyncio.sleep(_LEADER_POLL_SECONDS)


async def _until_elected(connection: psycopg.AsyncConnection[Any], heard: Callable[[], object]) -> None:
    waiting = False
    while True:
        if await try_lock(connection, LEAD):
            return
        heard()
        if not waiting:
            log.info("leader.waiting")
            waiting = True
        await asyncio.sleep(_LEADER_POLL_SECONDS)


class _ticking:  # noqa: N801 (used as a context manager, like a function)
    """APScheduler with the leader's jobs, for as long as the context lasts."""

    def __init__(
        self, database: Database, app: App, url: str, configuration: "Configuration", progress: Progress
    ) -> None:
        self._progress = progress
        self._limits: dict[str, float] = {"clocks": _TICK_HUNG_SECONDS}
        maintenance = Maintenance(database, url, configuration.retention)
        alarms = Lookout(database, configuration.crawl.run_timeout)
        notices = Notices(database, configuration.alarms)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._watch = ClockWatch(database, on_host_set=self._wind_up)
        every = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        now = datetime.now(UTC)
        for name, duty, seconds, first in (
            (DISPATCH, partial(dispatch_due, database, app), 1, now),
            ("requeue_lost", partial(self._watch.steadily, Requeuing(database, app).search), 2, now),
            ("number_arrivals", partial(number_arrivals, database), 1, now),
            ("index_words", partial(index_for, database, _INDEXING_SECONDS), 3, now),
            ("maintenance", maintenance.work, _MAINTENANCE_SECONDS, now),
            ("alarms", partial(self._watch.steadily, alarms.work), _ALARM_SECONDS, now),
            ("notices", notices.work, _NOTICES_SECONDS, now),
        ):
            arguments = [name, duty]
            self._limits[name] = max(_TICK_HUNG_SECONDS, _TICKS_MISSED * seconds)
            self._scheduler.add_job(self._do, Ticks(seconds), arguments, next_run_time=first, **every)

    def __enter__(self) -> None:
        for name, limit in self._limits.items():
            self._progress.expect(name, limit)
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch_clocks(), name="clocks")

    def __exit__(self, *_: object) -> None:
        self._watching.cancel()
        self._scheduler.shutdown(wait=False)
        for name in self._limits:
            self._progress.release(name)

    async def _do(self, name: str, duty: Callable[[], Awaitable[object]]) -> None:
        self._progress.mark(name, done=await _as_duty(name, duty))

    async def _watch_clocks(self) -> None:
        """Not a job of the scheduler's: it waits by this host's clock, and would sleep while that is set back."""
        while self._scheduler.running:
            await self._do("clocks", self._look)
            await asyncio.sleep(_CLOCK_SECONDS)

    async def _look(self) -> None:
        with suppress(DatabaseError):  # of which dispatching speaks
            await self._watch.look()

    def _wind_up(self) -> None:
        """Go by this host's clock as it is now."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))


async def _as_duty(name: str, duty: Callable[[], Awaitable[object]]) -> bool:
    """Whether it was done; a duty that fails is tried again at the next tick, and says so once a tick."""
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
    else:
        return True
    return False
