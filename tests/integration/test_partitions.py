"""Partitions by month: made ahead, beside loading; dropped when they are over."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from crawler.article import Article
from crawler.configuration import RetentionSettings
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.ingestion.upkeep.retention import Retention
from crawler.outcomes import Outcome
from scheduler.maintenance import Maintenance, prepare
from sql import schema
from sql.database import fetch
from sql.errors import ConflictError
from sql.migrate import migrate
from sql.partitions import Month, drop_month, list_months, make_months
from sql.schema import migrations
from tests.support.loading import open_visit

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TABLES = ("pages", "polls", "sketches", "hourly_pages")
AHEAD = [Month.of(datetime(2026, 11, 1, tzinfo=UTC)), Month.of(datetime(2026, 12, 1, tzinfo=UTC))]
AHEAD.append(Month.of(datetime(2027, 1, 1, tzinfo=UTC)))


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url, now=NOW)


def page(visit, number, fetched_at=NOW):
    url = f"https://gazette.example/{number}"
    article = Article(url, f"Number {number}", f"The ferry number {number} sails again.", word_count=6)
    return Page(visit, url, fetched_at, article)


async def ask(database, statement, **params):
    async with database.transaction() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall() if cursor.description else None


async def counts(database, table="pages"):
    """How many rows lie in which partition."""
    rows = await ask(database, f"SELECT tableoid::regclass::text, count(*) FROM tidings.{table} GROUP BY 1")
    return {name.rpartition(".")[2]: number for name, number in rows}


def test_months_follow_each_other():
    """After December comes January; a month is that of UTC, wherever a time was written."""
    december = Month.of(datetime(2026, 12, 31, 23, 0, tzinfo=UTC))
    assert december.next.partition_of("pages") == "pages_2027_01"
    assert december.next.start == datetime(2027, 1, 1, tzinfo=UTC)
    assert Month.named("pages_2026_12") == december
    assert Month.of(datetime.fromisoformat("2027-01-01T00:30:00+01:00")) == december


async def test_this_month_and_the_next_two_are_made_once(database):
    """Each table gets its months; in the same month there is nothing more to do, and a month later one each."""
    made = await make_months(database, NOW)
    assert made == [month.partition_of(table) for table in TABLES for month in AHEAD]
    assert await make_months(database, NOW) == []
    assert await make_months(database, NOW + timedelta(days=30)) == [f"{table}_2027_02" for table in TABLES]


async def test_a_month_is_like_its_table(database):
    """A month has the constraints, the indexes and the foreign keys of the table."""
    await make_months(database, NOW)
    for table in TABLES:
        for catalogue, key in (("pg_index", "indrelid"), ("pg_constraint", "conrelid")):
            counted = f"SELECT count(*) FROM {catalogue} WHERE {key} = to_regclass(%(name)s)"
            whole, month = [
                (await ask(database, counted, name=f"tidings.{name}"))[0] for name in (table, f"{table}_2026_12")
            ]
            assert whole == month


async def test_rows_go_to_their_month_and_old_ones_to_the_default(database, visit):
    """A row lies in the month of its time; one of years ago, or of years ahead, in the default partition."""
    await make_months(database, NOW)
    times = [NOW, NOW + timedelta(days=30), NOW - timedelta(days=3000), NOW + timedelta(days=3000)]
    await load(database, [page(visit, number, time) for number, time in enumerate(times)])
    assert await counts(database) == {"pages_2026_11": 1, "pages_2026_12": 1, "pages_default": 2}


async def test_rows_of_a_gap_are_moved(database, visit):
    """What was stored while nobody made months is moved with its month, and the rest stays where it is."""
    await load(database, [page(visit, number, NOW - timedelta(days=15 * number)) for number in range(4)])
    before = await ask(database, "SELECT * FROM tidings.pages ORDER BY page_id")
    assert await counts(database) == {"pages_default": 4}
    await make_months(database, NOW)
    assert await counts(database) == {"pages_2026_11": 2, "pages_default": 2}
    assert await ask(database, "SELECT * FROM tidings.pages ORDER BY page_id") == before


async def test_a_database_of_before_the_months_gets_them(empty_database_url, monkeypatch):
    """Visits of an older version lie in the default partition after the migration, in their months later on."""
    old = [migration for migration in migrations() if migration.number < 9]
    with monkeypatch.context() as older:
        older.setattr(schema, "migrations", lambda: old)
        migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "INSERT INTO tidings.sources (source_id, name, url, origin, definition, host_lock, due_at, created_at,"
            " updated_at) OVERRIDING SYSTEM VALUE VALUES (1, 'gazette', 'https://g.example/', 'command', '{}',"
            " 'g.example', now(), now(), now())"
        )
        run = "INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at)"
        connection.execute(f"{run} VALUES (gen_random_uuid(), 1, 'command', now(), now())")
        connection.execute(
            "INSERT INTO tidings.pages (run_id, source_id, url, outcome, reason, fetched_at)"
            " SELECT run_id, 1, 'https://x.example/' || n, 'rejected', 'off_site', now() - n * interval '40 days'"
            "   FROM tidings.runs, generate_series(0, 2) n"
        )
    migrate(empty_database_url)
    await prepare(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        moved = "SELECT count(*), count(*) FILTER (WHERE tableoid <> 'tidings.pages_default'::regclass)"
        assert connection.execute(f"{moved} FROM tidings.pages").fetchone() == (3, 1)
        connection.execute(
            "INSERT INTO tidings.pages (run_id, source_id, url, outcome, reason, fetched_at)"
            " SELECT run_id, 1, 'https://x.example/3', 'rejected', 'off_site', now() FROM tidings.runs"
        )
        assert connection.execute("SELECT max(page_id), count(*) FROM tidings.pages").fetchone() == (4, 4)


async def test_of_two_that_make_months_at_once_one_does(database, database_url):
    """Two processes at the same moment: each month is made once, and neither fails."""
    await asyncio.gather(*(prepare(database_url) for _ in range(4)))
    made = [await list_months(database, table) for table in TABLES]
    assert [len(months) for months in made] == [3] * len(TABLES)


async def test_who_stands_in_the_way_is_not_pushed_aside(database, visit):
    """A dump, or a batch that takes long, keeps a month from being made; it is made as soon as that is over."""
    await load(database, [page(visit, 0)])
    for statement in ("SELECT FROM tidings.pages", "UPDATE tidings.urls SET num_failures = 0"):
        async with database.transaction() as connection:
            await connection.execute(statement)
            with pytest.raises(ConflictError, match="lock timeout"):
                await make_months(database, NOW)
        assert await counts(database) == {"pages_default": 1}
    await make_months(database, NOW)
    assert await counts(database) == {"pages_2026_11": 1}


async def test_months_are_made_beside_loading(database, visit):
    """Workers that load all the time lose no visit while their month is made, nor does it fail for them."""
    done = asyncio.Event()

    async def work(worker):
        numbers = []
        while not done.is_set() or not numbers:
            number = worker * 10_000 + len(numbers)
            results = await load(database, [page(visit, number), page(visit, f"{number}-b")])
            assert [result.outcome for result in results] == [Outcome.NEW, Outcome.NEW]
            numbers.append(number)
        return 2 * len(numbers)

    async def make():
        while True:
            try:
                return await make_months(database, NOW)
            except ConflictError:
                await asyncio.sleep(0)

    workers = [asyncio.create_task(work(number)) for number in range(3)]
    await make()
    done.set()
    stored = await asyncio.gather(*workers)
    assert await counts(database) == {"pages_2026_11": sum(stored)}


async def test_a_month_is_dropped_with_its_rows(database, visit):
    """Dropping a month takes its rows and no others, and gives way to whoever reads."""
    await make_months(database, NOW)
    await load(database, [page(visit, 0), page(visit, 1, NOW + timedelta(days=30))])
    async with database.transaction() as reader:
        await reader.execute("SELECT FROM tidings.pages")
        with pytest.raises(ConflictError, match="lock timeout"):
            await drop_month(database, "pages", AHEAD[0])
    await drop_month(database, "pages", AHEAD[0])
    assert await list_months(database, "pages") == AHEAD[1:]
    assert await counts(database) == {"pages_2026_12": 1}


async def test_months_go_when_they_are_over_in_all(database, visit):
    """A month of visits and requests is dropped once its last day is old enough; no earlier."""
    await make_months(database, NOW)
    retention = Retention(database, RetentionSettings(pages="30d"))
    assert await retention.drop_pages(datetime(2026, 12, 30, 23, 0, tzinfo=UTC)) is False
    end = datetime(2026, 12, 31, 1, 0, tzinfo=UTC)
    assert [await retention.drop_pages(end) for _ in range(4)] == [True, True, True, False]
    assert await list_months(database, "pages") == await list_months(database, "polls") == AHEAD[1:]


async def test_a_month_with_an_import_of_late_stays(database, visit):
    """Visits out of an archive are as old as it is, but kept as long as the run that read them."""
    await make_months(database, NOW)
    await load(database, [page(visit, 0)])
    begun = {"file_key": None, "file": "a.warc", "num_bytes": 1, "now": NOW}
    import_id = (await database.fetch("begin_import", begun))[0]["import_id"]
    much_later = datetime(2027, 8, 1, tzinfo=UTC)
    retention = Retention(database, RetentionSettings(pages="30d"))
    await ask(database, "UPDATE tidings.runs SET import_id = %(id)s", id=import_id)
    while await retention.drop_pages(much_later):
        pass
    assert await list_months(database, "pages") == AHEAD[:1]
    await ask(
        database,
        "UPDATE tidings.runs SET outcome = 'succeeded', finished_at = %(at)s",
        at=much_later - timedelta(days=70),
    )
    assert await retention.drop_pages(much_later) is True
    assert await list_months(database, "pages") == []


async def test_sketches_go_after_thirty_days(database, visit):
    """A month of sketches is dropped when its last day is thirty days old; those without a month are deleted."""
    await load(database, [page(visit, 0)])
    rows = [{"seen_at": (NOW - timedelta(days=days)).isoformat()} for days in (5, 45)]
    await ask(
        database,
        "INSERT INTO tidings.sketches (article_id, seen_at, keys)"
        " SELECT article_id, r.seen_at, '{1}' FROM tidings.articles,"
        "        jsonb_to_recordset(%(rows)s) AS r(seen_at timestamptz)",
        rows=Jsonb(rows),
    )
    await make_months(database, NOW)
    retention = Retention(database, RetentionSettings())
    while await retention.drop_sketches(NOW):
        pass
    assert await counts(database, "sketches") == {"sketches_2026_11": 1}
    while await retention.drop_sketches(datetime(2026, 12, 31, 1, 0, tzinfo=UTC)):
        pass
    assert await counts(database, "sketches") == {}


async def test_maintenance_is_done_by_one_process(database, database_url):
    """While another process is at it nothing is done; and when it has gone, everything."""
    mine, theirs = (Maintenance(database, database_url, RetentionSettings()) for _ in range(2))
    release, begun = asyncio.Event(), asyncio.Event()

    async def hold():
        begun.set()
        await release.wait()

    mine.duties = lambda _: {"hold": hold}
    holder = asyncio.create_task(mine.work())
    await begun.wait()
    await theirs.work()
    assert await list_months(database, "pages") == []
    release.set()
    await holder
    await theirs.work()
    assert len(await list_months(database, "pages")) == 3


async def test_maintenance_that_is_broken_off_lets_go(database, database_url):
    """The end of the process does not wait for a duty, and leaves nothing locked."""
    begun = asyncio.Event()

    async def sleep():
        async with database.transaction() as connection:
            begun.set()
            await connection.execute("SELECT pg_sleep(600)")

    stopped = Maintenance(database, database_url, RetentionSettings())
    stopped.duties = lambda _: {"sleep": sleep}
    task = asyncio.create_task(stopped.work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(30):  # the server may be a moment behind a connection that was closed
        while len(await list_months(database, "pages")) < 3:
            await Maintenance(database, database_url, RetentionSettings()).work()


async def test_a_duty_that_fails_does_not_stop_the_others(database, database_url):
    """One that breaks costs itself alone; one with more to do has another turn, until the time is over."""
    did = []

    async def broken():
        did.append("broken")
        raise RuntimeError("no")

    async def refused():
        async with database.transaction() as connection:
            await fetch(connection, "no_such_query")

    async def long():
        did.append("long")
        return len(did) < 5

    maintenance = Maintenance(database, database_url, RetentionSettings())
    maintenance.duties = lambda _: {"broken": broken, "refused": refused, "long": long}
    await maintenance.work()
    assert did == ["broken", "long", "long", "long", "long"]
    did.clear()
    await maintenance.work(seconds=0)
    assert did == []
