"""What the health endpoints and the metrics say of an installation, with a database that may be in any state."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from crawler.alarms import Kind, raise_alarm
from crawler.configuration import Configuration, WebSettings
from crawler.source import Source
from scheduler.leader import lead
from scheduler.queue import queue_app
from scheduler.sources import put
from scheduler.vitals.exposition import expose
from scheduler.vitals.progress import Progress
from scheduler.vitals.readings import Readings
from scheduler.vitals.vitals import DISPATCH, Vitals
from scheduler.web.server import serving_vitals
from sql.advisory import LEAD, connect_to_lock, try_lock
from sql.database import clock, connect, open_database
from tests.support.relay import Relay

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def vitals(database):
    """Of a supervisor that has its worker, and whose watch finds the database there."""
    pool = SimpleNamespace(num_alive=1, size=1, num_deaths=0, spool_limit=1, is_hopeless=False)
    watch = SimpleNamespace(error=None, answer_seconds=0.001, alarm=None)
    return Vitals(pool, watch, Progress(), Readings(database))


@pytest.fixture
def fresh(monkeypatch):
    """Every reading is a new one."""
    monkeypatch.setattr("scheduler.vitals.readings.FRESH_SECONDS", -1.0)


@asynccontextmanager
async def led(url):
    """Another daemon leads."""
    async with await connect_to_lock(url, application_name="another") as connection:
        assert await try_lock(connection, LEAD)
        yield


async def do(database, statement, *params):
    async with database.transaction() as connection:
        await connection.execute(statement, params)


def add_source(url, name="gazette"):
    with connect(url) as connection:
        put(connection, Source(name=name, url=f"https://{name}.example/"), origin="command")


async def values(vitals):
    """Every sample by name and labels, as prometheus_client's parser reads them, which refuses what is none."""
    text, content_type = await expose(vitals, OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in parsed(text.decode())
        for sample in family.samples
    }


async def test_work_that_gets_done_is_ready(vitals, database_url, fresh):
    """A worker runs, another daemon leads, and nothing piles up."""
    async with led(database_url):
        assert await vitals.ready() == (
            True,
            {"status": "ready", "num_workers": 1, "leader": False, "num_due": 0, "reasons": []},
        )


async def test_an_installation_that_nobody_leads_is_of_no_use(vitals, database_url, fresh, monkeypatch):
    """Once it has lasted for longer than a take-over does; and it is of use again when somebody leads."""
    assert (await vitals.ready())[0], "somebody may be about to"
    monkeypatch.setattr("scheduler.vitals.vitals._LEADERLESS_SECONDS", -1.0)
    assert (await vitals.ready())[1]["reasons"] == ["nobody leads"]
    async with led(database_url):
        assert (await vitals.ready())[0]


async def test_a_leader_that_does_not_look_for_what_is_due_is_of_no_use(vitals, monkeypatch):
    """Though its attempts, which fail, are progress."""
    vitals.progress.expect(DISPATCH, 300)
    assert (await vitals.ready())[0]
    monkeypatch.setattr("scheduler.vitals.vitals._DISPATCH_SECONDS", -1.0)
    vitals.progress.mark(DISPATCH, done=False)
    assert (await vitals.ready())[1]["reasons"] == ["what is due is not looked for"]
    assert vitals.alive()[0]


async def test_sources_that_nobody_claims_are_told(vitals, database, database_url, fresh):
    """Unless our own network is down, for then they are left to wait."""
    add_source(database_url)
    await do(database, "UPDATE tidings.sources SET due_at = now() - interval '3 minutes'")
    async with led(database_url):
        is_ready, said = await vitals.ready()
        assert (is_ready, said["status"], said["num_due"]) == (False, "1 source due, and not claimed", 1)
        async with database.transaction() as connection:
            await raise_alarm(connection, Kind.OWN_NETWORK, "no site answers", now=await clock(connection))
        assert (await vitals.ready())[0]


async def test_runs_that_no_worker_takes_are_told(vitals, database, database_url, fresh):
    """One that waits while others run is in nobody's way."""
    add_source(database_url)
    await do(
        database,
        "INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at)"
        " SELECT gen_random_uuid(), source_id, 'command', now(), now() - interval '3 minutes'"
        " FROM tidings.sources",
    )
    job = "INSERT INTO tidings.procrastinate_jobs (queue_name, task_name, status) VALUES ('x', 'visit', %s)"
    await do(database, job, "todo")
    async with led(database_url):
        assert (await vitals.ready())[1]["reasons"] == ["1 run queued, and no worker takes one"]
        await do(database, job, "doing")
        assert (await vitals.ready())[0]


async def test_what_ails_this_process_is_told(vitals, database_url, fresh):
    """No worker that lives, a duty that hangs: the first of all reasons is the status."""
    vitals.pool.num_alive = 0
    vitals.progress.expect("watch", 1)
    vitals.progress.turn(2)
    async with led(database_url):
        is_ready, said = await vitals.ready()
    assert (is_ready, said["status"]) == (False, "no worker stays alive")
    assert said["reasons"] == ["no worker stays alive", "watch makes no progress"]
    assert vitals.alive() == (False, {"status": "hung", "hung": {"watch": 2}, "database": "up"})


async def test_metrics_tell_what_the_database_knows(vitals, database, database_url):
    """Alarms by kind and source, sources by state, the queue."""
    for name in ("gazette", "herald", "mail"):
        add_source(database_url, name)
    await do(database, "UPDATE tidings.sources SET state = 'disabled' WHERE name = 'mail'")
    await do(database, "UPDATE tidings.sources SET due_at = now() - interval '90 s' WHERE name = 'gazette'")
    async with database.transaction() as connection:
        (source_id,) = await (
            await connection.execute("SELECT source_id FROM tidings.sources WHERE name = 'herald'")
        ).fetchone()
        now = await clock(connection)
        await raise_alarm(connection, Kind.SILENCE, "nothing new", now=now, source_id=source_id)
        await raise_alarm(connection, Kind.OWN_NETWORK, "no site answers", now=now)
    found = await values(vitals)
    assert found["tidings_sources", "enabled"] == 2
    assert found["tidings_sources", "disabled"] == 1
    assert found["tidings_sources_overdue",] == 1
    assert 90 <= found["tidings_due_oldest_seconds",] < 900
    assert found["tidings_alarms", "silence"] == 1
    assert found["tidings_alarms", "drift"] == 0
    assert found["tidings_alarm", "silence", "herald"] == 1
    assert found["tidings_alarm", "own_network", ""] == 1
    assert found["tidings_database_up",] == 1
    assert found["tidings_leader",] == 0


async def test_however_many_alarms_are_up_a_hundred_are_named(vitals, database):
    """The rest are in the count of their kind."""
    await do(
        database,
        "WITH s AS (INSERT INTO tidings.sources"
        " (name, url, origin, definition, host_lock, due_at, created_at, updated_at)"
        " SELECT 's-' || n, 'https://s.example/', 'command', '{}', 'x', now(), now(), now()"
        " FROM generate_series(1, 150) n RETURNING source_id)"
        " INSERT INTO tidings.alarms (kind, source_id, raised_at, cause)"
        " SELECT 'silence', source_id, now(), '' FROM s",
    )
    found = await values(vitals)
    assert found["tidings_alarms", "silence"] == 150
    assert len([key for key in found if key[0] == "tidings_alarm"]) == 100


async def test_a_database_that_falls_silent_holds_up_nobody(database_url, vitals, fresh, monkeypatch):
    """Cut off from it, what we know ourselves is served, and what we knew of it a while ago is not."""
    monkeypatch.setattr("scheduler.vitals.readings.KEPT_SECONDS", 0.2)
    monkeypatch.setattr("scheduler.vitals.readings.SILENT_SECONDS", 0.2)
    with Relay(database_url) as relay:
        async with open_database(relay.url(), application_name="tests") as database:
            vitals.readings = Readings(database)
            assert (await values(vitals))["tidings_database_up",] == 1
            relay.is_hole = True
            async with asyncio.timeout(10):  # the answer to a statement is waited for twice as long
                found = await values(vitals)
                is_ready, said = await vitals.ready()
    assert found["tidings_database_up",] == 0
    assert found["tidings_workers",] == 1
    assert ("tidings_database_size_bytes",) not in found
    assert (is_ready, said["status"]) == (False, "the database does not say how things stand")


async def test_a_database_that_is_known_to_be_down_is_not_asked_for_long(vitals):
    """The watch says so, and the endpoints keep the words that scripts look for."""
    vitals.watch.error = "connection refused"
    assert (await values(vitals))["tidings_database_up",] == 0
    assert vitals.alive() == (True, {"status": "alive", "database": "down", "error": "connection refused"})
    is_ready, said = await vitals.ready()
    assert (is_ready, said["status"], said["error"]) == (False, "database down", "connection refused")


async def test_the_alarm_of_a_database_that_is_away_is_among_the_metrics(vitals):
    """It stands in no table yet: each process tells of its own, and of no other kind."""
    vitals.watch.error = "connection refused"
    assert not {name for name, *_ in await values(vitals)} & {"tidings_alarms", "tidings_alarm"}
    vitals.watch.alarm = (datetime.now(UTC), "the database does not do what it is asked: connection refused")
    found = await values(vitals)
    told = {key: value for key, value in found.items() if key[0] in {"tidings_alarms", "tidings_alarm"}}
    assert told == {("tidings_alarms", "database"): 1, ("tidings_alarm", "database", ""): 1}


async def test_a_reading_is_shared(vitals, database, monkeypatch):
    """However many ask at once, and again within five seconds, the database is asked once."""
    asked = []
    fetch = database.fetch

    async def counting(name, params=None):
        asked.append(name)
        return await fetch(name, params)

    monkeypatch.setattr(database, "fetch", counting)
    await asyncio.gather(*[vitals.readings.latest(within=30) for _ in range(20)])
    await values(vitals)
    assert asked == ["read_vitals"]


async def test_a_hung_duty_ends_the_signs_that_systemd_waits_for(
    database, database_url, vitals, tmp_path, monkeypatch
):
    """Dispatching waits for a lock that nobody frees: /healthz says no, and systemd hears no sign of life."""
    held = asyncio.Lock()
    await held.acquire()

    async def dispatch(*_):
        async with held:
            return []

    monkeypatch.setattr("scheduler.leader.dispatch_due", dispatch)
    monkeypatch.setattr("scheduler.leader._TICKS_MISSED", 1.0)
    monkeypatch.setattr("scheduler.leader._TICK_HUNG_SECONDS", 2.0)
    monkeypatch.setattr("scheduler.vitals.vitals.TURN_SECONDS", 0.1)
    monkeypatch.setattr("scheduler.vitals.vitals._STATUS_SECONDS", 0.2)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0)
        loop = asyncio.get_running_loop()

        async def hears(word):
            while not (said := (await loop.sock_recv(manager, 1000)).decode()).startswith(word):
                pass
            return said

        app = queue_app(database_url, application_name="tests queue")
        async with app.open_async(), asyncio.timeout(60), asyncio.TaskGroup() as duties:
            leading = lead(database, app, database_url, Configuration(), vitals.progress)
            started = [duties.create_task(leading), duties.create_task(vitals.give_signs_of_life())]
            assert await hears("WATCHDOG=1")
            while not vitals.is_leading:
                await asyncio.sleep(0.05)
            while DISPATCH not in vitals.progress.hung:
                await asyncio.sleep(0.05)
            assert not vitals.alive()[0]
            while True:  # what was said before
                try:
                    manager.recv(1000)
                except BlockingIOError:
                    break
            assert DISPATCH in await hears("STATUS=hung: ")
            assert DISPATCH in vitals.progress.hung
            with pytest.raises(BlockingIOError):
                manager.recv(1000)
            held.release()
            assert await hears("WATCHDOG=1")
            for task in started:
                task.cancel()


@asynccontextmanager
async def served(vitals, host="127.0.0.1", **settings):
    """A client of what a further host serves of itself."""
    with socket.socket() as free:
        free.bind((host, 0))
        port = free.getsockname()[1]
    async with (
        serving_vitals(vitals, WebSettings(listen=f"{host}:{port}", **settings)),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        yield client


async def test_a_further_host_serves_what_it_knows(vitals):
    """Health and metrics of its own workers, and nothing that every daemon says of the installation; no page."""
    vitals.readings = None
    async with served(vitals) as browser:
        async with browser.get("/metrics", headers={"Accept": OPENMETRICS}) as answer:
            names = {family.name for family in parsed(await answer.text())}
        async with browser.get("/metrics") as answer:
            assert answer.content_type == "text/plain"
            assert "# EOF" not in await answer.text()
        async with browser.get("/readyz") as answer:
            assert (answer.status, json.loads(await answer.text())["status"]) == (200, "ready")
        async with browser.get("/") as answer:
            assert answer.status == 404
    assert {"tidings_workers", "tidings_database_up", "process_cpu_seconds"} <= names
    assert not {"tidings_leader", "tidings_sources", "tidings_queue_runs"} & names


async def test_a_further_host_that_others_can_reach_asks_for_the_token(vitals):
    """Metrics are for who gives it, browser or not, and under a name of ours; health is for anybody."""
    token = "0123456789abcdef0123"
    vitals.readings = None
    async with served(vitals, "0.0.0.0", token=token, hosts="workers.example") as client:
        for headers, status in (
            ({}, 401),
            ({"Accept": "text/html"}, 401),
            ({"Authorization": "Bearer no-such-token-at-all"}, 401),
            ({"Authorization": f"Bearer {token}"}, 200),
            ({"Authorization": f"Bearer {token}", "Host": "workers.example:8412"}, 200),
            ({"Authorization": f"Bearer {token}", "Host": "elsewhere.example"}, 421),
        ):
            async with client.get("/metrics", headers=headers, allow_redirects=False) as answer:
                assert answer.status == status, headers
        for path in ("/healthz", "/readyz"):
            async with client.get(path, headers={"Host": "elsewhere.example"}) as answer:
                assert answer.status == 200
