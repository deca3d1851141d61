"""Empties the queue as workers do, without crawling: takes jobs, opens and closes their runs, by the real SQL."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sql.database import connection_string
from sql.queries import query

# Workers commit several times a run. Here so many runs share their commits and round trips, for the machine is to
# be the dispatcher's.
_TOGETHER = 50
_IDLE_SECONDS = 0.1

_FETCH = "SELECT id, args ->> 'run_id' AS run_id FROM procrastinate_fetch_job_v2(NULL::varchar[], %(worker_id)s)"
_FINISH = "SELECT procrastinate_finish_job_v1(%(id)s, 'succeeded', true)"

_processes = multiprocessing.get_context("forkserver")


@contextmanager
def draining(url: str, count: int) -> Iterator[None]:
    """So many processes that empty the queue."""
    stopping = _processes.Event()
    workers = [_processes.Process(target=_drain, args=(url, stopping), daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stopping.set()
        for worker in workers:
            worker.join(30)
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("a worker broke: its traceback is above")


def _drain(url: str, stopping: Event) -> None:
    session = connection_string(url, application_name="benchmark worker")
    with (
        psycopg.connect(session, row_factory=dict_row, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        row = cursor.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
        while not stopping.is_set():
            if not _some_runs(cursor, row or {}):
                stopping.wait(_IDLE_SECONDS)


def _some_runs(cursor: psycopg.Cursor[dict[str, Any]], worker: dict[str, Any]) -> int:
    """Take some jobs, and do all that the database sees of their runs; returns how many."""
    jobs = [job for job in _rows(cursor, _FETCH, [worker] * _TOGETHER) if job["id"]]
    now = datetime.now(UTC)
    about = {
        "worker": "benchmark",
        "now": now,
        "outcome": "succeeded",
        "reason": None,
        "attempt": 1,
        "num_links": 60,
    }
    about |= {"num_known": 58, "never_fetched": ["known"], "good": True, "weight": 0.0, "again": False}
    about |= {"every": timedelta(minutes=15), "due_after": None, "edit_weight": 0.0, "edit_share": 0.0}
    about |= {"slot_at": None, "learned_every": None, "changed_at": None, "default_every": timedelta(minutes=15)}
    params = [about | job for job in jobs]
    with cursor.connection.transaction():
        _rows(cursor, query("start_run"), params)
    with cursor.connection.transaction():
        _rows(cursor, query("finish_run"), params)
        _rows(cursor, query("release_source"), params)
        _rows(cursor, _FINISH, params)
    return len(jobs)


def _rows(
    cursor: psycopg.Cursor[dict[str, Any]], statement: Any, params: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What a statement returns for each of these, in one round trip."""
    if not params:
        return []
    cursor.executemany(statement, params, returning=True)
    found = cursor.fetchall()
    while cursor.nextset():
        found += cursor.fetchall()
    return found
