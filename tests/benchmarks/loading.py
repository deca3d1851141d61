"""What loading costs: ``uv run python -m tests.benchmarks.loading [--articles N ...]``.

In turns, so that a busy machine hits all alike: a batch by the loader; the rows that it made once more by plain
COPY, into tables of the same columns and indexes; another batch by the loader, page by page.
"""

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from statistics import median, quantiles
from typing import Any

import psycopg
import structlog
from psycopg.types.json import Jsonb

from crawler.ingestion.arrivals import number_arrivals
from crawler.ingestion.identity import content_hash, url_key
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page, Stored
from crawler.ingestion.stories.candidates import find_candidates
from crawler.ingestion.stories.linking import link
from crawler.outcomes import Outcome
from sql.database import Database, connection_string, open_database
from sql.migrate import migrate
from tests.benchmarks.filling import MOST_MET, Batches, Words, coming_again, fewest_articles, fill, url_of
from tests.benchmarks.servers import benchmark_server

# What a load inserts rows into, and how the rows of the last one are told from those before.
_WRITTEN = {
    "urls": "url_id > %(urls)s",
    "articles": "article_id > %(articles)s",
    "article_authors": "article_id > %(articles)s",
    "arrival_log": "seq > %(seq)s",
    "article_urls": "first_seen_at >= %(since)s AND source_id = ANY(%(sources)s)",
    "lessons": "article_id > %(articles)s",
    "pages": "fetched_at >= %(since)s AND fetched_at <= %(until)s",
}
_LINKS = 50  # of a feed, whose URLs are looked up at once
_TEXTS = 200  # of a batch


class Lateness:
    """How long an event loop kept a task waiting that wanted to run every millisecond."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - began - 0.001)


class Figures:
    """Of one size of the database: seconds by program, and what the loader costs the process it runs in."""

    def __init__(self) -> None:
        self.batch: list[float] = []
        self.copied: list[float] = []
        self.single: list[float] = []
        self.linked: list[float] = []
        self.numbered: list[float] = []
        self.client_cpu: list[float] = []
        self.blocked: list[float] = []
        self.look_ups: dict[str, list[float]] = {}


async def measure(database: Database, plain: psycopg.Connection[Any], batches: Batches, rounds: int) -> Figures:
    """Load so many batches, in each of the three ways."""
    figures, pages = Figures(), iter(batches)
    for turn in range(rounds + 1):  # the first warms up
        before = _before(plain)
        batch, others = next(pages), next(pages)
        lateness = Lateness()
        watching = asyncio.create_task(lateness.watch())
        await asyncio.sleep(0)
        cpu, began = time.process_time(), time.perf_counter()
        stored = await load(database, batch)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        watching.cancel()
        assert len(stored) == len(batch)
        began = time.perf_counter()
        await number_arrivals(database)
        numbered = time.perf_counter() - began
        copied = _copied(plain, _rows(plain, before, batch))
        began = time.perf_counter()
        await link(database, _bodies(stored, batch))
        linked = time.perf_counter() - began
        began = time.perf_counter()
        for page in others:
            await load(database, [page])
        single = time.perf_counter() - began
        if turn:
            figures.batch.append(took)
            figures.client_cpu.append(cpu)
            figures.blocked.append(lateness.longest)
            figures.copied.append(copied)
            figures.linked.append(linked)
            figures.numbered.append(numbered)
            figures.single.append(single)
    return figures


def _bodies(stored: Sequence[Stored], batch: Sequence[Page]) -> dict[int, str]:
    """The texts that are new, whose stories are looked for."""
    return {
        one.article_id: page.article.article_body
        for one, page in zip(stored, batch, strict=True)
        if one.article_id and page.article and one.outcome in {Outcome.NEW, Outcome.CHANGED}
    }


def prepare_plain(connection: psycopg.Connection[Any]) -> None:
    """Tables like ours, without foreign keys, that hold what ours hold; bodies, which no index has, are short."""
    connection.execute("CREATE SCHEMA plain")
    for table in _WRITTEN:
        connection.execute(f"CREATE TABLE plain.{table} (LIKE tidings.{table} INCLUDING ALL EXCLUDING INDEXES)")
        names = _columns(connection, table)
        values = _columns(connection, table, article_body="left(article_body, 9)")
        connection.execute(
            f"INSERT INTO plain.{table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM tidings.{table}"
        )
        indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'tidings' AND tablename = %s"
        for (definition,) in connection.execute(indexes, (table,)).fetchall():
            connection.execute(re.sub(r"INDEX .* ON (ONLY )?tidings\.", "INDEX ON plain.", definition))
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.autocommit = False


def _columns(connection: psycopg.Connection[Any], table: str, **instead: str) -> str:
    """The columns of a table, in order, some with an expression in their place."""
    found = connection.execute(
        "SELECT quote_ident(attname) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (f"tidings.{table}",),
    )
    return ", ".join(instead.get(name, name) for (name,) in found.fetchall())


def _before(connection: psycopg.Connection[Any]) -> dict[str, int]:
    last = connection.execute(
        "SELECT (SELECT max(url_id) FROM tidings.urls), (SELECT max(article_id) FROM tidings.articles),"
        " (SELECT max(seq) FROM tidings.arrival_log)"
    ).fetchone()
    connection.commit()
    return {"urls": last[0], "articles": last[1], "seq": last[2]}


def _rows(connection: psycopg.Connection[Any], before: dict[str, Any], batch: Sequence[Page]) -> dict[str, bytes]:
    """What a batch inserted, as COPY writes it."""
    about = before | {
        "since": min(page.fetched_at for page in batch),
        "until": max(page.fetched_at for page in batch),
        "sources": list({page.visit.source_id for page in batch}),
    }
    rows = {}
    for table, condition in _WRITTEN.items():
        # Nothing is retired by a plain COPY: to its tables a further revision is not the current one.
        values = _columns(connection, table, is_current="is_current AND revision = 1")
        statement = f"COPY (SELECT {values} FROM tidings.{table} WHERE {condition}) TO STDOUT"
        with connection.cursor().copy(statement, about) as copy:
            rows[table] = b"".join(bytes(block) for block in copy)
    connection.commit()
    return rows


def _copied(connection: psycopg.Connection[Any], rows: dict[str, bytes]) -> float:
    began = time.perf_counter()
    for table, lines in rows.items():
        with connection.cursor().copy(f"COPY plain.{table} FROM STDIN") as copy:
            copy.write(lines)
    connection.commit()
    return time.perf_counter() - began


async def look_up(database: Database, words: Words, count: int, times: int) -> dict[str, list[float]]:
    """Milliseconds of each look-up; half of what is asked for is known."""
    known = list(coming_again(count))
    spent: dict[str, list[float]] = {"find_known_urls": [], "find_same_texts": [], "find_candidates": []}
    for turn in range(times):
        some = [known[(turn * 37 + step) % len(known)] for step in range(_TEXTS // 2)]
        urls = [url_of(number) for number in some[: _LINKS // 2]] + [
            f"https://unknown.example/{turn}/{step}" for step in range(_LINKS // 2)
        ]
        keys = {"url_keys": [url_key(url).hex() for url in urls], "now": "2026-12-01T00:00:00Z"}
        hashes = [content_hash(*words.stored(number)).hex() for number in some]
        hashes += [content_hash(f"{turn}", f"{step}").hex() for step in range(_TEXTS // 2)]
        texts = [
            {"position": position, "url_id": -1, "content_hashes": [text], "whole_hashes": [text]}
            for position, text in enumerate(hashes)
        ]
        for name, params in (("find_known_urls", keys), ("find_same_texts", {"rows": Jsonb(texts)})):
            began = time.perf_counter()
            await database.fetch(name, params)
            spent[name].append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        await find_candidates(database, set(some))
        spent["find_candidates"].append(1000 * (time.perf_counter() - began))
    return spent


async def run(url: str, count: int, rounds: int, times: int, say: Callable[[str], None]) -> Figures:
    """Fill a database, and take all the figures."""
    migrate(url)
    words = Words()
    session = connection_string(url, application_name="benchmark")
    with psycopg.connect(session) as plain:
        began = time.perf_counter()
        visits = fill(plain, words, count)
        prepare_plain(plain)
        say(f"{count:,} articles stored in {time.perf_counter() - began:.0f} s")
        async with open_database(url, application_name="benchmark", max_size=2) as database:
            figures = await measure(database, plain, Batches(words, visits, count), rounds)
            figures.look_ups = await look_up(database, words, count, times)
    return figures


def report(results: dict[int, Figures]) -> None:
    """Print a column per size."""
    sizes = list(results)
    print(f"{'articles stored before':<38}" + "".join(f"{size:>14,}" for size in sizes))
    for label, figure in _LINES.items():
        print(f"{label:<38}" + "".join(f"{figure(results[size]):>14}" for size in sizes))


def _rate(seconds: list[float]) -> float:
    return 200 / median(seconds)


def _percentiles(name: str) -> Callable[[Figures], str]:
    def both(figures: Figures) -> str:
        cuts = quantiles(figures.look_ups[name], n=100)
        return f"{cuts[49]:.1f} / {cuts[98]:.1f}"

    return both


_LINES: dict[str, Callable[[Figures], str]] = {
    "loader, pages/s": lambda of: f"{_rate(of.batch):.0f}",
    "plain COPY, pages/s": lambda of: f"{_rate(of.copied):.0f}",
    "loader page by page, pages/s": lambda of: f"{_rate(of.single):.0f}",
    "loader x plain COPY": lambda of: f"{median(of.batch) / median(of.copied):.2f}",
    "page by page x loader": lambda of: f"{median(of.single) / median(of.batch):.1f}",
    "ms a batch, loader": lambda of: f"{1000 * median(of.batch):.1f}",
    "ms a batch, plain COPY": lambda of: f"{1000 * median(of.copied):.1f}",
    "ms a batch, stories of its new texts": lambda of: f"{1000 * median(of.linked):.1f}",
    "ms a batch, numbering its arrivals": lambda of: f"{1000 * median(of.numbered):.1f}",
    "ms of CPU in the worker's process": lambda of: f"{1000 * median(of.client_cpu):.1f}",
    "ms its event loop stood still at most": lambda of: f"{1000 * median(of.blocked):.1f}",
    f"{_LINKS} URLs looked up, ms p50 / p99": _percentiles("find_known_urls"),
    f"{_TEXTS} texts looked up, ms p50 / p99": _percentiles("find_same_texts"),
    f"{_TEXTS // 2} sketches looked up, ms p50 / p99": _percentiles("find_candidates"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each size in a database of its own, which is dropped."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.loading", description=__doc__)
    parser.add_argument("--articles", type=int, nargs="+", default=[2_000, 20_000], help="stored before")
    parser.add_argument("--rounds", type=int, default=8, help="batches of 200 pages, of which the median counts")
    parser.add_argument("--look-ups", type=int, default=200, help="of each kind")
    parser.add_argument(
        "--database-url",
        default=os.environ.get("TIDINGS_TEST_DATABASE_URL"),
        help="a role that may create databases; by default $TIDINGS_TEST_DATABASE_URL, else an embedded server",
    )
    options = parser.parse_args(arguments)
    fewest = fewest_articles(2 * (options.rounds + 1))
    if min(options.articles) < fewest or fewest > MOST_MET:
        parser.error(f"{options.rounds} rounds need {fewest:,} articles, and can have {MOST_MET:,}")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    results = {}
    with benchmark_server(options.database_url) as server:
        for count in options.articles:
            url = server.create(prefix="tidings_benchmark")
            try:
                results[count] = asyncio.run(run(url, count, options.rounds, options.look_ups, print))
            finally:
                with suppress(psycopg.Error):
                    server.drop(url)
    report(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
