"""The queue: procrastinate carries runs from the dispatcher to whichever worker is free.

It only carries. What is due, and what is tried again, is decided by the tables ``sources`` and ``runs``: no job is
retried by the queue, and none has a ``queueing_lock`` (a retried job that has one wedges its host for ever).
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job

from sql.database import AsyncConnection, new_pool

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

TASK = "visit"
QUEUE = "runs"

Conduct = Callable[[str], Awaitable[None]]


def queue_app(url: str, *, application_name: str, visit: Conduct | None = None) -> App:
    """The queue on the database at ``url``, with a connection pool of its own.

    ``visit`` is what a worker does with a run's id; a process that only enqueues gives none.
    """

    def open_pool(**_: object) -> "AsyncConnectionPool[Any]":
        return new_pool(url, application_name=application_name, max_size=3, configure=_commit_at_once)

    connector = PsycopgConnector(pool_factory=open_pool)
    app = App(connector=connector)

    if visit is not None:
        app.task(name=TASK, queue=QUEUE)(visit)

        # After an outage a worker with no periodic task would lose its heartbeat and its LISTEN, and nobody would
        # notice, for it goes on polling. This keeps the part alive that brings both back.
        @app.periodic(cron="*/10 * * * *")
        @app.task(name="keep_alive", queue=QUEUE)
        async def keep_alive(timestamp: int) -> None:
            del timestamp

    return app


async def _commit_at_once(connection: AsyncConnection) -> None:
    """Each of the queue's statements is a transaction: one round trip, not three, and no heartbeat is late."""
    await connection.set_autocommit(True)


async def enqueue(
    app: App, connection: AsyncConnection, runs: Iterable[tuple[UUID, str]], *, priority: int = 0
) -> list[int]:
    """Put runs (id, host lock) on the queue, within the caller's transaction; returns the jobs' ids, in order."""
    jobs = [
        Job(
            id=None,
            queue=QUEUE,
            lock=lock,
            queueing_lock=None,
            task_name=TASK,
            task_kwargs={"run_id": str(run_id)},
            priority=priority,
        )
        for run_id, lock in runs
    ]
    if not jobs:
        return []
    deferred = await app.job_manager.batch_defer_jobs_async(jobs, connection=connection)
    return [job.id or 0 for job in deferred]
