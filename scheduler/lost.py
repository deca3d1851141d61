"""From "lost" back to "queued": runs whose worker has died, in one transaction."""

import asyncio
import time
from pathlib import Path
from uuid import UUID

import structlog
from procrastinate import App

from crawler.ingestion.page import Visit
from crawler.runs import close_run
from scheduler.dispatch import put_on_queue
from scheduler.roster import find_dead
from scheduler.silence import SILENCE_SECONDS
from sql.database import Database, execute, fetch, open_database
from sql.patience import voice

log = structlog.get_logger("scheduler.lost")

_MAX_ATTEMPTS = 3
_DAY_SECONDS = 86_400.0
_SETTLING_SECONDS = 2 * SILENCE_SECONDS  # in which every worker connects anew, and is heard of


async def end_dead_workers(url: str, folder: Path, *, supervisor: str, with_host: bool = False) -> None:
    """Tell the database of the workers of this host that have died, whoever started them.

    Those of another supervisor went down with it, and so do ours ``with_host``.

    Raises:
        DatabaseError: it was not told of all of them; their entries stay.
        OSError: the entries cannot be read.
    """
    dead = await asyncio.to_thread(find_dead, folder)
    if not dead:
        return
    async with open_database(url, application_name="tidings roster", max_size=1) as database:
        for worker in dead:
            alone = worker.supervisor == supervisor and not with_host
            params = {"worker": worker.worker, "queue_ids": worker.queue_ids, "with_host": not alone}
            await database.execute("end_worker", params)
            worker.path.unlink(missing_ok=True)


class Requeuing:
    """The search for lost runs, by whoever has just come to do it."""

    def __init__(self, database: Database, app: App) -> None:
        self._database = database
        self._app = app
        self._began = time.monotonic()

    async def search(self) -> list[UUID]:
        """Queue lost runs again, once; raises DatabaseError."""
        # The database may have been away until now: no silence counts before all could be heard of again.
        settled = time.monotonic() - self._began > SILENCE_SECONDS and voice.steady_seconds >= _SETTLING_SECONDS
        return await requeue_lost(self._database, self._app, silence=SILENCE_SECONDS if settled else _DAY_SECONDS)


async def requeue_lost(database: Database, app: App, *, silence: float) -> list[UUID]:
    """Queue runs again whose worker has died; after three in a row close them instead.

    Dead is a worker that the database was told of (:func:`end_dead_workers`), or that was silent for ``silence``
    seconds. Jobs that were left behind are taken off the queue, with their locks. The run's next attempt has a
    higher number: the dead worker, should it only have been frozen, can no longer write.
    """
    again: list[tuple[UUID, str]] = []
    async with database.transaction() as connection:
        await execute(connection, "forget_dead_workers")
        for job in await fetch(connection, "find_left_jobs", {"silence": silence}):
            await fetch(connection, "end_job", job)
        for run in await fetch(connection, "find_lost_runs", {"silence": silence}):
            if run["job_status"] == "doing":
                await fetch(connection, "end_job", {"job_id": run["job_id"]})
            context = {"source": run["name"], "run_id": str(run["run_id"]), "attempt": run["attempt"]}
            if run["job_id"] is not None and run["num_in_a_row"] < _MAX_ATTEMPTS:
                again.append((run["run_id"], run["host_lock"]))
                log.warning("run.requeued", **context, reason="worker_lost")
            else:
                log.error("run.abandoned", **context, reason="worker_lost")
                lost = Visit(run["run_id"], run["attempt"], run["source_id"], run["name"])
                await close_run(connection, lost, "aborted", "worker_lost")
        await put_on_queue(connection, app, again, 1)
    return [run_id for run_id, _ in again]
