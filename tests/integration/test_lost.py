"""Which run is taken up again after its worker has died, and when it is given up."""

from uuid import uuid4

import pytest

from crawler.source import Source
from scheduler.dispatch import dispatch_named
from scheduler.lost import requeue_lost
from scheduler.queue import queue_app
from scheduler.sources import put
from sql.database import connect

DAY = 86_400.0


class Queue:
    """A queue with one run, and workers that die over it."""

    def __init__(self, database, app):
        self.database = database
        self.app = app
        self.run_id = None

    async def begin(self) -> None:
        """Queue the run."""
        (self.run_id,) = await dispatch_named(self.database, self.app, ["gazette"])

    async def take_up(self) -> str:
        """A worker gets the job, and begins the run."""
        worker = f"host:1:{uuid4().hex[:6]}"
        await self.database.execute("beat", {"worker": worker})
        self._queue_id = await self.app.job_manager.register_worker()
        job = await self.app.job_manager.fetch_job(queues=None, worker_id=self._queue_id)
        assert job is not None
        rows = await self.database.fetch("start_run", {"run_id": self.run_id, "worker": worker, "now": "now"})
        assert rows
        return worker

    async def lose(self, worker: str, *, with_host: bool) -> None:
        """The worker is dead for certain."""
        params = {"worker": worker, "queue_ids": [self._queue_id], "with_host": with_host}
        await self.database.execute("end_worker", params)

    async def requeue(self) -> bool:
        """Whether the run is queued again."""
        return await requeue_lost(self.database, self.app, silence=DAY) == [self.run_id]

    async def end(self) -> tuple:
        """How the run ended, and which attempts at it were lost."""
        async with self.database.transaction() as connection:
            cursor = await connection.execute(
                """SELECT outcome::text, reason, ARRAY(SELECT attempt FROM tidings.lost_attempts l
                                                        WHERE l.run_id = r.run_id ORDER BY attempt)
                     FROM tidings.runs r WHERE run_id = %s""",
                [self.run_id],
            )
            return await cursor.fetchone()


@pytest.fixture
async def queue(database, database_url):
    """One source, whose run is queued."""
    with connect(database_url) as connection:
        put(connection, Source(name="gazette", url="https://gazette.example/"), origin="command")
    app = queue_app(database_url, application_name="tests queue")
    async with app.open_async():
        made = Queue(database, app)
        await made.begin()
        yield made


async def test_a_run_is_given_up_after_three_workers_in_a_row(queue):
    """Each died alone: the third time the run is closed, and its source is free."""
    for attempt in (1, 2, 3):
        await queue.lose(await queue.take_up(), with_host=False)
        assert await queue.requeue() is (attempt < 3)
    assert await queue.end() == ("aborted", "worker_lost", [1, 2, 3])


async def test_a_run_outlives_any_number_of_restarts(queue):
    """Workers that went down with all of tidings on their host are not held against it."""
    for _ in range(5):
        await queue.lose(await queue.take_up(), with_host=True)
        assert await queue.requeue()
    assert await queue.end() == (None, None, [1, 2, 3, 4, 5])


async def test_only_those_in_a_row_count(queue):
    """Two workers, a restart, two workers: the run is tried once more."""
    for with_host in (False, False, True, False, False):
        await queue.lose(await queue.take_up(), with_host=with_host)
        assert await queue.requeue()


async def test_a_job_that_was_handed_out_and_not_begun_is_taken_back(queue):
    """A worker that dies between the two holds nothing: by its id in the queue it is known."""
    queue_id = await queue.app.job_manager.register_worker()
    assert await queue.app.job_manager.fetch_job(queues=None, worker_id=queue_id)
    assert not await queue.requeue(), "it may live"
    params = {"worker": "host:1:abc", "queue_ids": [queue_id], "with_host": True}
    await queue.database.execute("end_worker", params)
    assert await queue.requeue()
