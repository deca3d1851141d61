"""What failures do to a source, and what they do not do to the others."""

import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from crawler.health import settle, weight_of
from crawler.ingestion.page import Visit
from scheduler.dispatch import dispatch_due
from scheduler.queue import queue_app
from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss
from tests.support.sites import Site

EVERY = timedelta(minutes=15)
NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("reason", "weight"),
    [
        ("http_404", 1.0),
        ("unreadable", 1.0),
        ("no_feed_found", 1.0),
        ("http_403", 0.5),
        ("tls", 0.5),
        ("timeout", 0.25),
        ("dns", 0.25),
        ("http_503", 0.25),
        ("host_paused", 0.25),
        ("error", 0.25),
    ],
)
def test_failures_weigh_by_kind(reason, weight):
    """What somebody has to mend counts most, what may pass counts least."""
    assert weight_of(reason) == weight


async def add_source(connection, name):
    await connection.execute(
        "INSERT INTO tidings.sources"
        " (name, url, origin, definition, host_lock, due_at, created_at, updated_at)"
        " VALUES (%s, 'http://gazette.example/', 'command', %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (name, f'{{"name": "{name}", "url": "http://gazette.example/"}}', name, NOW, NOW, NOW),
    )


async def run(database, name, outcome, reason=None):
    """End a run of a source so; returns the source's score, and for how long it is put off."""
    run_id, now = uuid4(), datetime.now(UTC)
    async with database.transaction() as connection:
        await add_source(connection, name)
        cursor = await connection.execute(
            "INSERT INTO tidings.runs"
            " (run_id, source_id, trigger, scheduled_for, queued_at, finished_at, outcome, reason)"
            " SELECT %s, source_id, 'timetable', %s, %s, %s, %s, %s FROM tidings.sources WHERE name = %s"
            " RETURNING source_id",
            (run_id, now, now, now, outcome, reason, name),
        )
        (source_id,) = await cursor.fetchone()
        await connection.execute(
            "UPDATE tidings.sources SET run_id = %s, due_at = %s WHERE source_id = %s",
            (run_id, now + EVERY, source_id),
        )
        await settle(connection, Visit(run_id, 1, source_id, name), outcome, reason, every=EVERY)
        cursor = await connection.execute(
            "SELECT failure_score, due_at, state, failing_since FROM tidings.sources WHERE name = %s", (name,)
        )
        score, due_at, state, failing_since = await cursor.fetchone()
    assert state == "enabled"
    assert (failing_since is None) == (score == 0)
    return score, round((due_at - now) / EVERY)


async def test_failures_back_off(database):
    """With each full point the interval doubles, up to 30 days; a good run begins anew. None is switched off."""
    assert await run(database, "gazette", "failed", "timeout") == (0.25, 1)
    assert await run(database, "gazette", "failed", "http_403") == (0.75, 1)
    assert await run(database, "gazette", "failed", "timeout") == (1.0, 2)
    assert await run(database, "gazette", "failed", "http_404") == (2.0, 4)
    for _ in range(40):
        score, put_off = await run(database, "gazette", "failed", "http_404")
    assert (score, put_off) == (42.0, timedelta(days=30) / EVERY)
    assert await run(database, "gazette", "partial", "http_404") == (0.0, 1)


async def alarms(database):
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT kind, cause, cleared_at IS NULL FROM tidings.alarms")
        return await cursor.fetchall()


async def test_our_own_network_is_not_held_against_them(database):
    """Many unrelated sites that fail together raise one alarm; until they are back nothing is counted."""
    for n in range(5):
        assert (await run(database, f"paper-{n}", "failed", "dns"))[0] == (0.25 if n < 4 else 0.0)
    assert (await run(database, "paper-5", "failed", "timeout"))[0] == 0.0
    ((kind, cause, is_up),) = await alarms(database)
    assert (kind, is_up) == ("own_network", True)
    assert cause == "5 of the 5 sites asked last could not be reached"
    for n in range(6):
        await run(database, f"paper-{n}", "succeeded")
    assert [is_up for _, _, is_up in await alarms(database)] == [False]
    assert (await run(database, "paper-0", "failed", "dns"))[0] == 0.25


async def test_sites_that_fail_each_for_themselves_raise_no_alarm(database):
    """Feeds that are not there are not our network, however many; nor are a few sites among many that answer."""
    for n in range(8):
        await run(database, f"paper-{n}", "failed", "http_404")
    for n in range(8, 16):
        await run(database, f"paper-{n}", "failed" if n % 2 else "succeeded", "dns" if n % 2 else None)
    assert await alarms(database) == []


async def test_after_an_outage_they_come_back_one_by_one(database, database_url):
    """While our own network fails a few sources are tried; in the minute after that some more, not all at once."""
    async with database.transaction() as connection:
        for n in range(40):
            await add_source(connection, f"paper-{n}")
        await connection.execute(
            "INSERT INTO tidings.alarms (kind, raised_at, cause) VALUES ('own_network', now(), 'a test')"
        )
    async with queue_app(database_url, application_name="tests").open_async() as app:
        assert len(await dispatch_due(database, app)) == 5
        async with database.transaction() as connection:
            await connection.execute("UPDATE tidings.alarms SET cleared_at = now()")
        assert len(await dispatch_due(database, app)) == 20
        async with database.transaction() as connection:
            await connection.execute("UPDATE tidings.alarms SET cleared_at = now() - interval '2 minutes'")
        assert len(await dispatch_due(database, app)) == 15


def test_the_sick_do_not_starve_the_healthy(database_url, tmp_path):
    """Of a hundred sources that hang, and a healthy one named last, the healthy one is done before any other."""
    with ExitStack() as stack:
        hanging = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(100)]
        site = stack.enter_context(Site())
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        sources = [
            {"name": f"hangs-{n}", "url": f"http://127.0.0.1:{server.getsockname()[1]}/"}
            for n, server in enumerate(hanging)
        ]
        sources.append({"name": "healthy", "url": site.url("/"), "feeds": [site.url("/feed")]})
        config = configuration(tmp_path, *sources, crawl={"timeout": "20s"})
        code, runs, log = crawled(config, database_url)
    assert code == 1
    assert (runs["healthy"]["outcome"], runs["healthy"]["num_new"]) == ("succeeded", 1)
    finished = [line["source"] for line in log if line["event"] == "run.finished"]
    assert finished[0] == "healthy"
    assert len(finished) == 101
    with psycopg.connect(database_url) as connection:
        (score,) = connection.execute("SELECT sum(failure_score) FROM tidings.sources").fetchone()
    assert [line["kind"] for line in log if line["event"] == "alarm.raised"] == ["own_network"]
    assert score < 2  # those before the alarm, at 0.25 each
