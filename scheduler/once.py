"""Cron-style: queue what is due, let workers do it, wait, say how it went. The daemon's parts, no daemon."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog
from procrastinate import App

from crawler.alarms import Lookout
from crawler.configuration import Configuration, find_file
from crawler.ingestion.arrivals import number_all
from crawler.upgrade import upgrade
from scheduler.dispatch import dispatch_due, dispatch_named
from scheduler.lost import Requeuing
from scheduler.maintenance import Maintenance
from scheduler.notices.outbox import Notices
from scheduler.pool import WorkerPool, WorkersFailedError, longest_end
from scheduler.queue import queue_app
from scheduler.slots import recall_slots
from scheduler.sources import UnknownSourceError, reconcile
from scheduler.stopping import Stopping, in_thread
from sql.advisory import ONCE, SILENCE_SECONDS, connect_to_lock, keep, try_lock
from sql.database import Database, Row, connect, open_database, rows
from sql.deadline import BoundedConnection
from sql.errors import DatabaseError, translated
from sql.patience import patiently

log = structlog.get_logger("scheduler.once")

_POLL_SECONDS = 0.3
_REQUEUE_SECONDS = 5.0
_MAINTENANCE_SECONDS = 30.0
_RETAKE_SECONDS = 2.0
_PATIENCE_SECONDS = 600.0  # with a database that went away: whoever called us is told, and calls again


class AlreadyRunningError(Exception):
    """Another ``tidings once`` works on this database."""


@dataclass(frozen=True, slots=True)
class Result:
    """How the runs went: one row (``run_id``, ``source``, ``outcome``, ``reason``, counts) for each."""

    runs: list[dict[str, Any]]

    @property
    def all_well(self) -> bool:
        """Whether every source could be read, at least in part."""
        return all(run["outcome"] in {"succeeded", "partial"} for run in self.runs)


async def once(
    configuration: Configuration, config_file: Path | None, url: str, names: Sequence[str], *, revisit: bool
) -> Result:
    """Visit the named sources now, or else all that are due, and return when they are done.

    Raises:
        AlreadyRunningError: another one is at it.
        StoppedError: a signal came before anything was queued.
        WorkersFailedError: the workers die as soon as they start.
        UnknownSourceError: a name that no source has.
        DatabaseError: the database cannot be reached, or migrated.
    """
    stopping = Stopping(longest_end(configuration))
    stopping.listen()
    holder = await stopping.before(_take_turn(url))
    turn = asyncio.create_task(_keep_turn(holder, url), name="lock")
    turn.add_done_callback(lambda _: stopping.asked.set())
    try:
        await stopping.before(_prepare(configuration, config_file, url, names))
        result = await _visit(configuration, url, names, stopping, revisit=revisit)
        if turn.done():
            turn.result()
        return result
    finally:
        turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)


async def _take_turn(url: str) -> BoundedConnection:
    with translated():
        holder = await connect_to_lock(url, application_name="tidings once")
        if await try_lock(holder, ONCE):
            return holder
        await holder.close()
    raise AlreadyRunningError("another 'tidings once' is running on this database")


async def _keep_turn(holder: BoundedConnection, url: str) -> None:
    """Return never: raise AlreadyRunningError when the lock was lost with its connection, and somebody has it."""
    while True:
        async with holder:
            try:
                await keep(holder)
            except psycopg.Error as error:
                log.warning("lock.lost", error=str(error).strip())
        holder = await patiently(partial(_take_turn_again, url), "the lock of 'tidings once'")


async def _take_turn_again(url: str) -> BoundedConnection:
    """The server may believe for a while that our old connection is alive."""
    deadline = time.monotonic() + 2 * SILENCE_SECONDS
    while True:
        try:
            return await _take_turn(url)
        except AlreadyRunningError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(_RETAKE_SECONDS)


async def _prepare(configuration: Configuration, config_file: Path | None, url: str, names: Sequence[str]) -> None:
    await in_thread(upgrade, url)
    await in_thread(_apply_sources, configuration, config_file, url, names)


async def _visit(
    configuration: Configuration, url: str, names: Sequence[str], stopping: Stopping, *, revisit: bool
) -> Result:
    app = queue_app(url, application_name="tidings once queue")
    async with open_database(url, application_name="tidings once") as database, app.open_async():
        result = Result([])
        if run_ids := await _dispatch(database, app, names, revisit=revisit):
            size = min(configuration.crawl.workers, len(run_ids))
            pool = WorkerPool(configuration, url, size=size, stream=sys.stderr)
            stopping.hurry = pool.kill
            result = await _conduct(database, app, pool, run_ids, stopping.asked)
            await _do("number_arrivals", partial(number_all, database))  # whoever leads, or if nobody does
        lookout = Lookout(database, configuration.crawl.run_timeout, is_daemon=False)
        maintenance = Maintenance(database, url, configuration.retention)
        # Nobody is here in a minute to see whether an alarm is up still: it is told at once.
        tell = partial(Notices(database, configuration.alarms).work, hold=timedelta(0))
        for name, work in (
            ("alarms", lookout.work),
            ("maintenance", partial(maintenance.work, _MAINTENANCE_SECONDS)),
            ("notices", tell),
        ):
            await _unless(stopping.asked, _do(name, work))
        return result


def _apply_sources(configuration: Configuration, config_file: Path | None, url: str, names: Sequence[str]) -> None:
    with connect(url) as connection:
        if find_file(config_file) is not None:
            reconcile(connection, configuration.source, origin="file", everything=False)
        known = {row["name"] for row in rows(connection, "list_source_names")}
    for name in names:
        if name not in known:
            raise UnknownSourceError(name)


async def _dispatch(database: Database, app: App, names: Sequence[str], *, revisit: bool) -> list[UUID]:
    queued: list[UUID] = []
    await recall_slots(database)
    if names:
        queued = await dispatch_named(database, app, names, revisit=revisit)
    while not names and (batch := await dispatch_due(database, app, revisit=revisit)):
        queued += batch
    # What was queued before, and left behind by a process that was killed, is waited for as well.
    waiting = await database.fetch("find_waiting_runs", {"names": list(names)})
    return sorted({*queued, *(row["run_id"] for row in waiting)})


async def _unless(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do ``work``, up to the signal at most."""
    task, stop = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    stop.cancel()
    with suppress(asyncio.CancelledError):  # the signal
        await task


async def _do(name: str, work: Callable[[], Awaitable[object]]) -> None:
    """A duty beside the visits: whatever it meets, how they went is to be told. The next call makes up for it."""
    try:
        await work()
    except DatabaseError as error:
        log.warning("duty.failed", duty=name, error=str(error))
    except Exception:  # the duty's boundary
        log.exception("duty.failed", duty=name)


async def _conduct(
    database: Database, app: App, pool: WorkerPool, run_ids: list[UUID], stopped: asyncio.Event
) -> Result:
    find = partial(database.fetch, "find_runs", {"run_ids": run_ids})
    await pool.end_dead()
    requeuing = asyncio.create_task(_requeue(database, app))
    pool.start()
    try:
        await _unless(stopped, _all_finished(find, pool))
    finally:
        requeuing.cancel()
        await pool.stop()
    return Result(await find())


async def _all_finished(find: Callable[[], Awaitable[list[Row]]], pool: WorkerPool) -> None:
    found = partial(patiently, find, "the end of the runs", at_most=_PATIENCE_SECONDS)
    while not all(run["finished_at"] for run in await found()):
        if pool.is_hopeless:
            raise WorkersFailedError("the workers die as soon as they start; the log says why")
        await asyncio.sleep(_POLL_SECONDS)


async def _requeue(database: Database, app: App) -> None:
    requeuing = Requeuing(database, app)
    while True:
        try:
            await patiently(requeuing.search, "the search for lost runs")
        except DatabaseError as error:  # the next search may fare better; without any, we might wait for ever
            log.warning("duty.failed", duty="requeue_lost", error=str(error))
        await asyncio.sleep(_REQUEUE_SECONDS)
