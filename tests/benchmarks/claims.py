"""What claiming costs: ``uv run python -m tests.benchmarks.claims [--sources N ...]``.

The dispatcher works as it does for a leader, once a second, while other processes empty the queue. Then, in turns,
so that a busy machine hits all alike: a crowd of sources claimed by it, and as many by a bare UPDATE. At last, for
how long a worker waits for its next job.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import psycopg
from procrastinate import App
from procrastinate.jobs import Status
from psycopg.rows import dict_row

from crawler import logs
from crawler.configuration import Configuration
from scheduler.dispatch import dispatch_due
from scheduler.queue import enqueue, queue_app
from sql.database import Database, connection_string, open_database
from sql.migrate import migrate
from tests.benchmarks.draining import draining
from tests.benchmarks.servers import benchmark_server, cpu_seconds

_NAME = "benchmark dispatcher"
_TICK_SECONDS = 1.0
_BATCH = 500
_MOST_IN_A_CALL = 10_000  # scheduler/dispatch.py

_BARE = """
    UPDATE tidings.sources SET due_at = due_at + interval '15min'
     WHERE source_id IN (SELECT source_id FROM tidings.sources
                          WHERE state = 'enabled' AND run_id IS NULL AND due_at <= %(now)s
                          ORDER BY due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
"""
# What fell due while the sources were made comes with the next quarter of an hour.
_PUT_OFF = """
    UPDATE tidings.sources
       SET due_at = due_at + ceil(extract(epoch FROM now() - due_at) / 900) * interval '15min'
     WHERE due_at < now()
"""
_MAKE_DUE = """
    UPDATE tidings.sources SET due_at = now() - interval '1s'
     WHERE source_id IN (SELECT source_id FROM tidings.sources
                          WHERE state = 'enabled' AND run_id IS NULL
                            AND due_at > now() + %(turn)s * interval '20s'
                          ORDER BY due_at LIMIT %(limit)s)
"""
_LATENESS = """
    SELECT count(*) AS claims, max(queued_at) AS until,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM queued_at - scheduled_for)) AS p50,
           percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM queued_at - scheduled_for)) AS p99,
           count(*) FILTER (WHERE finished_at IS NULL) AS unfinished
      FROM tidings.runs WHERE queued_at >= %(since)s
"""

Figures = dict[str, Any]


class Meter:
    """CPU time of this process and of the dispatcher's backends, WAL of the whole server: since it was made."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s",
            (f"{_NAME}%",),
        )
        self._backends = [row["pid"] for row in found]
        self._began = self._read()

    def _read(self) -> tuple[float, float, float | None, int]:
        row = self._connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes").fetchone()
        return time.perf_counter(), time.process_time(), cpu_seconds(self._backends), int(row["bytes"])

    def per(self, count: int) -> Figures:
        """What each of so many cost: milliseconds of CPU, bytes; and how many there were a second."""
        (clock, cpu, backend, wal), now = self._began, self._read()
        return {
            "rate": count / (now[0] - clock),
            "dispatcher": 1000 * (now[1] - cpu) / count,
            "backend": None if backend is None or now[2] is None else 1000 * (now[2] - backend) / count,
            "wal": (now[3] - wal) / count,
        }


def fill(connection: psycopg.Connection[Any], sources: int, rounds: int) -> None:
    """So many sources, with the runs that they had in so many quarters of an hour."""
    connection.execute("SELECT set_config('benchmark.sources', %s, false)", (str(sources),))
    connection.execute("SELECT set_config('benchmark.rounds', %s, false)", (str(rounds),))
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for statement in text.strip().removesuffix(";").split(";\n"):
        connection.execute(statement)
    connection.execute("VACUUM ANALYZE")


async def keep_up(connection: psycopg.Connection[Any], database: Database, app: App, seconds: float) -> Figures:
    """Dispatch once a second for so long, as a leader does."""
    connection.execute(_PUT_OFF)
    while len(await dispatch_due(database, app)) >= _MOST_IN_A_CALL:
        pass  # what fell due meanwhile is late by our doing
    since, meter, claims = datetime.now(UTC), Meter(connection), 0
    start = time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        await asyncio.sleep(_TICK_SECONDS - passed % _TICK_SECONDS)
        claims += len(await dispatch_due(database, app))
    figures = meter.per(max(claims, 1))
    row = connection.execute(_LATENESS, {"since": since}).fetchone()
    left = connection.execute(
        "SELECT count(*) FROM tidings.sources WHERE run_id IS NULL AND due_at < %s", (row["until"],)
    ).fetchone()
    return {"keeping up": figures, "lateness": row, "left": left["count"]}


async def crowds(
    connection: psycopg.Connection[Any], database: Database, app: App, size: int, rounds: int
) -> Figures:
    """Claim crowds of sources that are due at once, by the dispatcher and by a bare UPDATE, in turns."""
    figures: Figures = {"crowd": [], "bare": []}

    async def dispatched() -> int:
        return len(await dispatch_due(database, app))

    async def bare() -> int:
        async with database.transaction() as session:
            done = await session.execute(_BARE, {"now": datetime.now(UTC), "limit": _BATCH})
            return done.rowcount

    for turn in range(rounds):
        for name, step in (("crowd", dispatched), ("bare", bare)):
            connection.execute(_MAKE_DUE, {"limit": size, "turn": turn})
            figures[name].append(await _claim(size, Meter(connection), step))
            _forget_queue(connection)
    return figures


async def _claim(size: int, meter: Meter, step: Callable[[], Awaitable[int]]) -> Figures:
    """Take steps until so many are claimed; of a million, others fall due meanwhile."""
    count = 0
    while count < size and (done := await step()):
        count += done
    return meter.per(max(count, 1))


def _forget_queue(connection: psycopg.Connection[Any]) -> None:
    """Free all sources, and empty the queue."""
    connection.execute("UPDATE tidings.sources SET run_id = NULL WHERE run_id IS NOT NULL")
    connection.execute(
        "UPDATE tidings.runs SET finished_at = now(), outcome = 'aborted' WHERE finished_at IS NULL"
    )
    connection.execute("DELETE FROM procrastinate_jobs")


async def look_for_jobs(
    database: Database, app: App, waiting: Sequence[int], times: int
) -> dict[int, list[float]]:
    """Milliseconds until a worker has its next job, with so many waiting, at as many hosts but for a tenth."""
    spent: dict[int, list[float]] = {}
    worker_id = await app.job_manager.register_worker()
    number = 0

    async def put(count: int) -> None:
        nonlocal number
        numbers = range(number, number + count)
        number += count
        runs = [(uuid4(), f"site-{n // 100 if n % 10 == 3 else n}.example", int(n % 20 > 0)) for n in numbers]
        async with database.transaction() as connection:
            await enqueue(app, connection, runs)

    for before, size in pairwise((0, *sorted(waiting))):
        await put(size - before)
        spent[size] = []
        for _ in range(times):
            began = time.perf_counter()
            job = await app.job_manager.fetch_job(queues=None, worker_id=worker_id)
            spent[size].append(1000 * (time.perf_counter() - began))
            if job is not None and job.id is not None:
                await app.job_manager.finish_job_by_id_async(job.id, status=Status.SUCCEEDED, delete_job=True)
                await put(1)
    await app.job_manager.unregister_worker(worker_id)
    return spent


async def run(url: str, count: int, options: argparse.Namespace) -> Figures:
    """Fill a database, and take all the figures."""
    migrate(url)
    session = connection_string(url, application_name="benchmark")
    with psycopg.connect(session, row_factory=dict_row, autocommit=True) as connection:
        began = time.perf_counter()
        fill(connection, count, options.history)
        print(f"{count:,} sources made in {time.perf_counter() - began:.0f} s", flush=True)
        queue = queue_app(url, application_name=f"{_NAME} queue")
        async with open_database(url, application_name=_NAME, max_size=2) as database, queue.open_async() as app:
            with draining(url, options.workers):
                figures = await keep_up(connection, database, app, options.seconds)
            _forget_queue(connection)
            figures |= await crowds(connection, database, app, min(options.crowd, count // 2), options.rounds)
            figures["fetch"] = await look_for_jobs(database, app, options.waiting, options.fetches)
        return figures


def report(results: dict[int, Figures], waiting: Sequence[int]) -> None:
    """Print a column per size."""
    lines = _LINES | {f"next job with {n:,} waiting, ms p50 / p99": _percentiles(n) for n in sorted(waiting)}
    print(f"{'sources':<48}" + "".join(f"{size:>16,}" for size in results))
    for label, figure in lines.items():
        print(f"{label:<48}" + "".join(f"{figure(figures):>16}" for figures in results.values()))


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _of_rounds(name: str, figure: str, digits: int) -> Callable[[Figures], str]:
    """The median of the rounds."""

    def middle(of: Figures) -> str:
        found = [one[figure] for one in of[name] if one[figure] is not None]
        return _number(median(found) if found else None, digits)

    return middle


def _percentiles(size: int) -> Callable[[Figures], str]:
    def both(of: Figures) -> str:
        cuts = quantiles(of["fetch"][size], n=100)
        return f"{cuts[49]:.2f} / {cuts[98]:.2f}"

    return both


_LINES: dict[str, Callable[[Figures], str]] = {
    "claims/s, a tick a second": lambda of: _number(of["keeping up"]["rate"], 1),
    "still due at the end": lambda of: f"{of['left']:,}",
    "s from due to queued, p50 / p99": lambda of: " / ".join(
        _number(of["lateness"][name], 2) for name in ("p50", "p99")
    ),
    "runs not finished at the end": lambda of: f"{of['lateness']['unfinished']:,}",
    "ms of CPU a claim, dispatcher": lambda of: _number(of["keeping up"]["dispatcher"]),
    "ms of CPU a claim, its backends": lambda of: _number(of["keeping up"]["backend"]),
    "claims/s of a crowd": _of_rounds("crowd", "rate", 0),
    "bare UPDATE, sources/s": _of_rounds("bare", "rate", 0),
    "crowd x bare UPDATE": lambda of: _number(
        median(bare["rate"] / crowd["rate"] for bare, crowd in zip(of["bare"], of["crowd"], strict=True)), 1
    ),
    "ms of CPU a claim of a crowd, dispatcher": _of_rounds("crowd", "dispatcher", 3),
    "ms of CPU a claim of a crowd, its backends": _of_rounds("crowd", "backend", 3),
    "bytes of WAL a claim of a crowd": _of_rounds("crowd", "wal", 0),
    "bytes of WAL a bare UPDATE": _of_rounds("bare", "wal", 0),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size in a database of its own, which is dropped."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.claims", description=__doc__)
    parser.add_argument("--sources", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=30, help="for which the dispatcher must keep up")
    parser.add_argument("--history", type=int, default=2, help="runs that each source has had")
    parser.add_argument("--workers", type=int, default=1, help="processes that empty the queue")
    parser.add_argument("--crowd", type=int, default=5_000, help="sources that are due at once")
    parser.add_argument("--rounds", type=int, default=5, help="crowds, of which the median counts")
    parser.add_argument("--waiting", type=int, nargs="+", default=[0, 1_000, 10_000], help="jobs before a worker")
    parser.add_argument("--fetches", type=int, default=300, help="jobs that it takes of each of these")
    parser.add_argument(
        "--database-url",
        default=os.environ.get("TIDINGS_TEST_DATABASE_URL"),
        help="a role that may create databases; by default $TIDINGS_TEST_DATABASE_URL, else an embedded server",
    )
    options = parser.parse_args(arguments)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, benchmark_server(options.database_url) as server:
        logs.configure(Configuration(), stream=nowhere)  # writing the log is part of the cost
        results = {}
        for count in options.sources:
            url = server.create(prefix="tidings_benchmark")
            try:
                results[count] = asyncio.run(run(url, count, options))
            finally:
                with suppress(psycopg.Error):
                    server.drop(url)
    report(results, options.waiting)
    return 0


if __name__ == "__main__":
    sys.exit(main())
