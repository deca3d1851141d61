"""From "lost" back to "queued": runs whose worker has died, in one transaction."""

from uuid import UUID

import structlog
from procrastinate import App

from crawler.ingestion.page import Visit
from crawler.runs import close_run
from scheduler.dispatch import put_on_queue
from scheduler.heartbeat import SILENCE_SECONDS
from sql.database import Database, execute, fetch
from sql.patience import voice

log = structlog.get_logger("scheduler.lost")

_MAX_ATTEMPTS = 3
_SETTLING_SECONDS = 2 * SILENCE_SECONDS  # in which every worker connects anew, and is heard of


async def requeue_lost(database: Database, app: App) -> list[UUID]:
    """Queue runs again whose worker has died; after three attempts close them instead.

    Jobs that were left behind are taken off the queue, with their locks. The run's next attempt has a higher
    number: the dead worker, should it only have been frozen, can no longer write.
    """
    if voice.steady_seconds < _SETTLING_SECONDS:
        return []  # the database was away: its workers have yet to be heard of again
    again: list[tuple[UUID, str]] = []
    async with database.transaction() as connection:
        await execute(connection, "forget_dead_workers")
        for job in await fetch(connection, "find_left_jobs", {"silence": SILENCE_SECONDS}):
            await fetch(connection, "end_job", job)
        for run in await fetch(connection, "find_lost_runs", {"silence": SILENCE_SECONDS}):
            if run["job_status"] == "doing":
                await fetch(connection, "end_job", {"job_id": run["job_id"]})
            context = {"source": run["name"], "run_id": str(run["run_id"]), "attempt": run["attempt"]}
            if run["job_id"] is not None and run["attempt"] < _MAX_ATTEMPTS:
                again.append((run["run_id"], run["host_lock"]))
                log.warning("run.requeued", **context, reason="worker_lost")
            else:
                log.error("run.abandoned", **context, reason="worker_lost")
                lost = Visit(run["run_id"], run["attempt"], run["source_id"], run["name"])
                await close_run(connection, lost, "aborted", "worker_lost")
        await put_on_queue(connection, app, again, 1)
    return [run_id for run_id, _ in again]
