"""Fills a database with three months of 500 sources, as the daemon would have: to look at, and to time it.

uv run python -m tests.benchmarks.history --database-url postgresql://postgres@127.0.0.1/postgres

What an operator is asked about is planted in it; ``PLANTED`` says what and where.
"""

import argparse
import asyncio
import time
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from crawler.alarms import Lookout
from crawler.ingestion.identity import HASH_VERSION, KEY_VERSION
from crawler.search.indexing import index_for
from crawler.source import Source
from scheduler.maintenance import prepare
from sql.database import open_database
from sql.migrate import migrate
from sql.partitions import Month, list_months, make_months
from tests.benchmarks.filling import SET_ASIDE

PLANTED = {
    11: "its feed has listed nothing new since yesterday",
    12: "its feed has listed nothing new since yesterday",
    13: "its feed has been empty since yesterday",
    14: "its host has had no address since yesterday",
    15: "it has refused us (403) since yesterday",
    21: "its pages have had neither date nor author since nine days ago",
    22: "its pages have not been recognised as articles since yesterday",
    32: "six of its pages are in quarantine",
    41: "one of its articles was edited twice",
    42: "its latest article is an agency's, and 40 others have it too",
}
"""By the number of a source what has happened to it; source 7 is called ``paper-007-...``."""

_TOWNS = [
    "anhold",
    "berwin",
    "calder",
    "dunmoor",
    "eskby",
    "farrow",
    "gillen",
    "harbour",
    "isling",
    "jarrow",
    "kelmar",
    "lindow",
    "marren",
    "norby",
]
_TITLES = [
    "courier",
    "gazette",
    "tribune",
    "observer",
    "post",
    "echo",
    "herald",
    "chronicle",
    "standard",
    "mirror",
]
_ZONES = (
    ("Europe/Berlin", "de"), ("Europe/London", "en"), ("America/New_York", "en"), ("Asia/Kolkata", "en"),
    ("Europe/Paris", "fr"), ("Europe/Madrid", "es"), ("America/Sao_Paulo", "pt"), ("Europe/Rome", "it"),
)  # fmt: skip
_WORDS_IN_PASSAGE = 44


def main(arguments: Sequence[str] | None = None) -> None:
    """Fill the database, and say how long that took."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.history", description=__doc__)
    parser.add_argument("--database-url", required=True, help="a role that may create databases")
    parser.add_argument("--name", default="tidings_history", help="of the database; one of that name is dropped")
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--days", type=int, default=91)
    parser.add_argument("--learning", type=float, default=20, help="seconds in which the newest texts are indexed")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    url = _create(options.database_url, options.name)
    migrate(url)
    fill_all(url, options.sources, options.days, learning=options.learning)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in ("sources", "runs", "polls", "urls", "pages", "articles", "hourly_pages"):
            (count,) = connection.execute(f"SELECT count(*) FROM tidings.{table}").fetchone()  # type: ignore[misc]
            print(f"{count:>12,} {table}")
    print(f"filled in {time.monotonic() - started:.0f} s: {url}")


def fill_all(url: str, num_sources: int, days: int, *, learning: float) -> None:
    """Fill a migrated database, and learn from it what a daemon would; texts are indexed for so many seconds."""
    asyncio.run(_months(url, days))
    with psycopg.connect(url) as connection:
        connection.execute(
            "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'"
        )
        fill(connection, num_sources, timedelta(days=days))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    asyncio.run(_learn(url, learning))


def _create(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return make_conninfo(server, dbname=name)


async def _months(url: str, days: int) -> None:
    """The months that the daemon would have made in their time."""
    await prepare(url)
    async with open_database(url, application_name="history") as database:
        moment = datetime.now(UTC) - timedelta(days=days)
        while Month.of(moment) not in await list_months(database, "pages"):
            await make_months(database, moment)
            moment += timedelta(days=28)


async def _learn(url: str, seconds: float) -> None:
    """What a daemon would have learned by now: what is usual of each source, its alarms, words to search by."""
    async with open_database(url, application_name="history") as database:
        async with database.transaction() as connection:
            found = await connection.execute(
                "SELECT source_id, now() FROM tidings.sources WHERE name LIKE 'paper-021-%'"
            )
            long_ago = [(source_id, now - timedelta(days=8)) for source_id, now in await found.fetchall()]
        for source_id, moment in long_ago:
            await Lookout(database, timedelta(hours=1)).look_at([source_id], moment)
        for _ in range(2):  # what is usual, and then what is not
            await Lookout(database, timedelta(hours=1)).work(60)
        await index_for(database, seconds)


def fill(connection: psycopg.Connection[Any], num_sources: int, days: timedelta) -> None:
    """Write all rows in one transaction, with the indexes made at its end."""
    drops, adds = zip(*connection.execute(SET_ASIDE).fetchall(), strict=True)
    for statement in drops:
        connection.execute(statement)
    connection.execute("SELECT setseed(0.42)")
    _sources(connection, num_sources)
    _passages(connection)
    for statement in _statements(days):
        began = time.monotonic()
        connection.execute(statement)
        print(f"{time.monotonic() - began:6.1f} s  {' '.join(statement.split())[:70]}")
    began = time.monotonic()
    for statement in adds:
        connection.execute(statement)
    print(f"{time.monotonic() - began:6.1f} s  indexes")
    connection.commit()


def _statements(days: timedelta) -> list[str]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    picked = "(SELECT passage FROM passages WHERE language = s.language AND number = (v.n * {0} + {1}) % 500)"
    parts = [picked.format(factor, shift) for factor, shift in ((7, 0), (13, 3), (29, 5), (31, 11))]
    text = _read("sql").format(
        now=f"timestamptz '{now.isoformat()}'",
        days=f"interval '{days.days} days'",
        since_yesterday=f"timestamptz '{(now - timedelta(hours=26)).isoformat()}'",
        since_last_week=f"timestamptz '{(now - timedelta(days=9)).isoformat()}'",
        others=10_000_000,
        key_version=KEY_VERSION,
        hash_version=HASH_VERSION,
        headline=f"initcap(split_part({parts[0]}, ' ', 3)) || ' ' || substr({parts[1]}, 1, 40) || ' ' || v.n",
        body=" || E'\\n' || ".join(parts),
        num_words=len(parts) * (_WORDS_IN_PASSAGE + 1),
    )
    return text.strip().removesuffix(";").split(";\n")


def _read(kind: str) -> str:
    """What lies beside this file under the same name."""
    return Path(__file__).with_suffix(f".{kind}").read_text(encoding="utf-8")


def _sources(connection: psycopg.Connection[Any], count: int) -> None:
    random = Random(5)
    connection.execute(
        "CREATE TEMP TABLE published (source_id bigint, number int, url text, host text, rate float,"
        " timezone text, language text)"
    )
    for number in range(1, count + 1):
        name = f"paper-{number:03}-{random.choice(_TOWNS)}-{random.choice(_TITLES)}"
        timezone, language = _ZONES[number % len(_ZONES)]
        host = f"{name}.example"
        source = Source(
            name=name, url=f"https://{host}/", feeds=[f"https://{host}/feed.xml"], every="30m", timezone=timezone
        )
        due = datetime.now(UTC) + timedelta(minutes=random.uniform(0, 30))
        (source_id,) = connection.execute(
            "INSERT INTO tidings.sources (name, url, origin, definition, host_lock, slot_at, due_at, timed_at,"
            " created_at, updated_at)"
            " VALUES (%s, %s, 'command', %s, %s, %s, %s, now(), now() - interval '91 days', now())"
            " RETURNING source_id",
            (name, source.url, Jsonb(source.definition()), host, due, due),
        ).fetchone()  # type: ignore[misc]
        rate = 2 + 30 * random.random() ** 3
        connection.execute(
            "INSERT INTO published VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (source_id, number, source.url, host, 20.0 if number in PLANTED else rate, timezone, language),
        )


def _passages(connection: psycopg.Connection[Any]) -> None:
    """Sentences of real words, so that a search finds some rarely and some often."""
    random = Random(6)
    connection.execute(
        "CREATE TEMP TABLE passages (language text, number int, passage text, PRIMARY KEY (language, number))"
    )
    with connection.cursor().copy("COPY passages FROM STDIN") as copy:
        for language, text in tomllib.loads(_read("toml")).items():
            words = text.split()
            for number in range(500):
                passage = " ".join(random.choices(words, k=_WORDS_IN_PASSAGE))
                copy.write_row((language, number, f"{passage.capitalize()} {number}."))
    connection.execute("ANALYZE passages")


if __name__ == "__main__":
    main()
