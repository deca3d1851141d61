"""Workers and the pool that keeps them, when something is in their way."""

import asyncio
import socket
import subprocess
import sys
from uuid import UUID

import psutil

from crawler.configuration import Configuration, for_worker
from scheduler.pool import WorkerPool
from scheduler.queue import enqueue, queue_app
from scheduler.workers import QueueWorker

_RUNS = [UUID(int=number) for number in (1, 2)]
_NOBODY = "postgresql://tidings@127.0.0.1:1/tidings"  # nothing listens there


def configuration(folder, **crawl):
    """One worker, whose files are in ``folder``."""
    return Configuration.model_validate({"crawl": {"workers": 1, "spool_dir": str(folder), **crawl}})


async def test_a_queue_that_gives_no_jobs_is_left_at_once(database, database_url):
    """A run that is under way may take an hour: another queue's worker need not wait for its end."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def visit(run_id):
        begun.set()
        await over.wait()

    app = queue_app(database_url, application_name="worker", visit=visit)
    async with app.open_async(), asyncio.timeout(20):
        worker = QueueWorker(app, "worker", 2, None)
        working = asyncio.create_task(worker.run())
        await _enqueue(database, app, _RUNS[0])
        await begun.wait()
        async with database.transaction() as connection:  # as another one does that has not heard of it
            await connection.execute("DELETE FROM tidings.procrastinate_workers")
        await _enqueue(database, app, _RUNS[1])
        await worker.lost.wait()
        assert not working.done()
        over.set()
        await asyncio.gather(working, return_exceptions=True)


async def _enqueue(database, app, run_id):
    async with database.transaction() as connection:
        await enqueue(app, connection, [(run_id, f"host-{run_id}", 1)])


def test_a_worker_that_waits_for_the_database_ends_with_its_supervisor(tmp_path):
    """Nobody else would end it, and the database may be gone for good."""
    ours, theirs = socket.socketpair()
    with theirs:
        worker = subprocess.Popen(
            [sys.executable, "-m", "scheduler.workers", "supervisor"],
            stdin=theirs,
            stdout=subprocess.PIPE,
            text=True,
        )
    with worker, ours:
        try:
            ours.sendall(f"{for_worker(configuration(tmp_path), _NOBODY)}\n".encode())
            lines = iter(worker.stdout.readline, "")
            assert any("database.lost" in line for line in lines), "it waits"
            ours.close()
            assert worker.wait(20) == 1
            assert "Traceback" not in worker.stdout.read()
        finally:
            worker.kill()


async def test_a_pool_stops_though_a_worker_is_about_to_be_replaced(tmp_path, monkeypatch):
    """One that keeps dying is replaced after a while only, for which nobody who stops us waits."""
    monkeypatch.setattr("scheduler.pool._RESTART_SECONDS", (600.0,) * 4)
    pool = WorkerPool(configuration(tmp_path, shutdown_timeout="60s"), _NOBODY)
    pool.start()
    async with asyncio.timeout(30):
        while not (workers := _workers()):
            await asyncio.sleep(0.05)
        workers[0].kill()
        while pool.num_alive:
            await asyncio.sleep(0.05)
        await pool.stop()


def _workers():
    return [child for child in psutil.Process().children() if "scheduler.workers" in child.cmdline()]
