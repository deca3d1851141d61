"""Readers who follow new articles, beside those who store them."""

import asyncio
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from itertools import takewhile
from pathlib import Path
from random import Random

import psycopg
import pytest

import sql
from crawler.ingestion.arrivals import number_all, number_arrivals
from crawler.ingestion.loading import load
from crawler.ingestion.upkeep.twins import join_articles
from sql import schema
from sql.database import Database, connect, new_pool, open_database
from sql.migrate import migrate
from sql.queries import query
from sql.schema import migrations
from tests.support.cli import environment
from tests.support.loading import ask, open_visit, page

README = Path(sql.__file__).parent / "README.md"
WRITERS, BATCHES, PAGES = 4, 6, 5


class Hesitant(Database):
    """Commits late, some later than others."""

    random = Random(3)

    @asynccontextmanager
    async def transaction(self, **limits):
        """As ever, but for the end."""
        async with super().transaction(**limits) as connection:
            yield connection
            await asyncio.sleep(self.random.choice((0, 0, 0.05, 0.2)))


@asynccontextmanager
async def hesitant(database_url):
    """A database that commits late."""
    pool = new_pool(database_url, application_name="writers", min_size=4, max_size=8)
    async with pool:
        yield Hesitant(pool)


@asynccontextmanager
async def example(database_url):
    """The consumer of the document, at work on this database; yields its lines."""
    text = README.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import psycopg\n.*?)```", text, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    (address,) = re.findall(r'"(postgresql://[^"]*)"', code)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code.replace(f'"{address}"', repr(database_url)),
        stdout=subprocess.PIPE, env=environment(PYTHONUNBUFFERED="1"),
    )  # fmt: skip
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def store_some(database, database_url, name):
    """One writer: batches of new texts, each numbered by whoever comes to it."""
    visit = open_visit(database_url, name)
    urls = [f"https://{name}.example/{number}" for number in range(BATCHES * PAGES)]
    for at in range(0, len(urls), PAGES):
        batch = [page(visit, url, body=f"What {url} has to say.", minutes=at) for url in urls[at : at + PAGES]]
        assert len(await load(database, batch)) == PAGES
        await number_arrivals(database)
    return urls


async def die_numbering(database_url):
    """A process that is killed after it has numbered, and before it commits."""
    connection = await psycopg.AsyncConnection.connect(database_url)
    numbered = await (await connection.execute("SELECT tidings.number_arrivals()")).fetchone()
    await asyncio.sleep(0.1)
    connection.pgconn.finish()
    return numbered[0]


async def test_who_follows_misses_no_late_commit(database_url):
    """The documented consumer sees each arrival once, in order, however late commits come and who is killed."""
    async with hesitant(database_url) as database, example(database_url) as lines, asyncio.timeout(120):
        writing = [asyncio.create_task(store_some(database, database_url, f"paper-{n}")) for n in range(WRITERS)]
        while not all(task.done() for task in writing):
            await die_numbering(database_url)
        stored = [url for urls in await asyncio.gather(*writing) for url in urls]
        assert await number_all(database)
        seen = [(await lines.readline()).decode().split(" ", 2) for _ in stored]
        rows = await ask(database, "SELECT seq, url FROM tidings.arrivals ORDER BY seq")
    assert [(int(seq), url) for seq, url, _ in seen] == [(row["seq"], row["url"]) for row in rows]
    assert sorted(url for _, url, _ in seen) == sorted(stored)


async def test_who_numbers_keeps_others_off_until_the_end(database, database_url):
    """While one numbers another gets nothing; if the one is killed, its rows are numbered later, and higher."""
    visit = open_visit(database_url)
    await load(database, [page(visit, "https://gazette.example/1")])
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("SELECT tidings.number_arrivals()")
        taken = await (await connection.execute("SELECT max(seq) FROM tidings.arrivals")).fetchone()
        await load(database, [page(visit, "https://gazette.example/2", body="Another text altogether.")])
        assert await number_arrivals(database) is None
        await connection.rollback()
    assert await number_all(database)
    assert [row["seq"] for row in await arrivals(database)] == [taken[0] + 1, taken[0] + 2]


async def arrivals(database):
    return await ask(
        database, "SELECT seq, outcome::text, url, revision, headline FROM tidings.arrivals ORDER BY seq"
    )


async def test_every_text_at_a_url_arrives(database, database_url):
    """New, changed and duplicate ones do; a text that is there still, does not."""
    one, other = open_visit(database_url), open_visit(database_url, "herald")
    url, copy = "https://gazette.example/1", "https://herald.example/1"
    for each in (
        page(one, url),
        page(other, copy),
        page(one, url, minutes=1),
        page(one, url, headline="Bridge closes again", body="The bridge over the Lend is shut again.", minutes=2),
    ):
        await load(database, [each])
        await number_arrivals(database)
    found = [(row["outcome"], row["url"], row["revision"]) for row in await arrivals(database)]
    assert found == [("new", url, 1), ("duplicate", copy, 1), ("changed", url, 2)]


async def test_an_arrival_goes_with_its_copy(database, database_url):
    """Whoever deletes a copy deletes its arrival; of two articles that become one, those of both stay."""
    visit = open_visit(database_url)
    urls = [f"https://gazette.example/{number}" for number in range(3)]
    stored = await load(database, [page(visit, url, body=f"Text of {url}.") for url in urls])
    assert await number_all(database)
    before = await arrivals(database)
    async with database.transaction() as connection:
        await join_articles(connection, stored[0].article_id, stored[1].article_id)
        await connection.execute(query("delete_expired_copies"), {"article_ids": [stored[2].article_id]})
    assert await arrivals(database) == [row for row in before if row["url"] != urls[2]]


async def test_readers_are_notified(database, database_url):
    """Once there is something to read, by its highest number; with nothing new, nobody is woken."""
    visit = open_visit(database_url)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as reader:
        await reader.execute("LISTEN tidings_arrivals")
        for number in (1, 2):
            await load(database, [page(visit, f"https://gazette.example/{number}", body=f"Text {number}.")])
            assert await number_arrivals(database) == 1
            assert await number_arrivals(database) == 0
        said = [notice.payload async for notice in reader.notifies(timeout=20, stop_after=2)]
    assert said == [str(row["seq"]) for row in await arrivals(database)]


async def test_a_server_that_does_not_wait_for_its_disk_does_for_numbers(database, database_url):
    """Numbers that were read outlive a crash, also where synchronous_commit is off."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SELECT tidings.number_arrivals()")
        assert await (await connection.execute("SHOW synchronous_commit")).fetchone() == ("on",)


def test_a_reader_needs_to_read_nothing_else(embedded_server):
    """USAGE of the schema and SELECT of the view are enough to follow."""
    url = embedded_server.create()
    migrate(url)
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    with psycopg.connect(embedded_server.admin_url, dbname=name, autocommit=True) as connection:
        connection.execute("CREATE ROLE arrivals_reader")
        connection.execute("GRANT USAGE ON SCHEMA tidings TO arrivals_reader")
        connection.execute("GRANT SELECT ON tidings.arrivals TO arrivals_reader")
        connection.execute("SET ROLE arrivals_reader")
        connection.execute("LISTEN tidings_arrivals")
        assert connection.execute("SELECT * FROM tidings.arrivals WHERE seq > 0 ORDER BY seq").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM tidings.arrival_log")
        connection.execute("RESET ROLE")
        connection.execute("DROP OWNED BY arrivals_reader")
        connection.execute("DROP ROLE arrivals_reader")
    embedded_server.drop(url)


def test_arrivals_have_all_that_copies_have(database_url):
    """The view's columns are seq, arrived_at and outcome, and then those of copies."""
    with connect(database_url) as connection:
        both = [
            [column.name for column in connection.execute(f"SELECT * FROM tidings.{view} LIMIT 0").description]
            for view in ("copies", "arrivals")
        ]
    assert both[1] == ["seq", "arrived_at", "outcome", *both[0]]


async def test_what_was_stored_before_the_upgrade_has_arrived(empty_database_url, monkeypatch):
    """In the order in which it was seen first; what comes after the upgrade comes after it."""
    older = list(takewhile(lambda migration: not migration.name.endswith("_arrivals"), migrations()))
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda: older)
        migrate(empty_database_url)
    visit = open_visit(empty_database_url)
    with connect(empty_database_url) as connection:
        for statement in _EARLIER.split(";"):
            connection.execute(statement, {"source_id": visit.source_id})
    migrate(empty_database_url)
    async with open_database(empty_database_url, application_name="tests") as database:
        await load(database, [page(visit, "https://gazette.example/9")])
        assert await number_all(database)
        found = [(row["seq"], row["outcome"], row["url"][-1]) for row in await arrivals(database)]
    assert found == [(1, "new", "2"), (2, "new", "1"), (3, "changed", "1"), (4, "duplicate", "3"), (5, "new", "9")]


_EARLIER = """
INSERT INTO tidings.urls (url_id, url_key, key_version, url, source_id, first_seen_at)
OVERRIDING SYSTEM VALUE
SELECT -n, sha256(n::text::bytea), 2, 'https://gazette.example/' || n, %(source_id)s, now()
  FROM generate_series(1, 3) AS n;
INSERT INTO tidings.articles (article_id, content_hash, hash_version, headline, article_body, keywords, word_count,
                              first_seen_at, first_seen_url_id)
OVERRIDING SYSTEM VALUE
SELECT -n, sha256(n::text::bytea), 2, 'Old', 'Text', '{}', 1, now(), CASE n WHEN 2 THEN -2 ELSE -1 END
  FROM generate_series(1, 3) AS n;
INSERT INTO tidings.article_urls (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at)
SELECT url_id, revision, article_id, %(source_id)s, is_current, moment, moment
  FROM (VALUES (-1, 1, -1, false, timestamptz '2026-01-02'), (-1, 2, -3, true, '2026-01-03'),
               (-2, 1, -2, true, '2026-01-01'), (-3, 1, -1, true, '2026-01-04'))
       AS v(url_id, revision, article_id, is_current, moment)
"""
