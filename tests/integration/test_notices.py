"""Alarms told to people: to a receiver of webhooks and a mail server, both real, out of the database's outbox."""

import asyncio
import io
import logging
import socket
from datetime import UTC, datetime

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from crawler.alarms import Evidence, Kind, clear_alarm, raise_alarm
from crawler.configuration import AlarmSettings, Configuration, WebSettings
from scheduler.leader import lead
from scheduler.notices import check_target
from scheduler.notices.outage import Outage
from scheduler.notices.outbox import HOLD, Notices
from scheduler.notices.targets import Target
from scheduler.notices.words import message_of
from scheduler.queue import queue_app
from scheduler.supervisor import Supervisor
from sql.database import clock
from sql.line import Watch
from tests.support.mailbox import Mailbox
from tests.support.sites import Site

SECRET = "hush-4711-hush"


class Receiver(Site):
    """Takes webhooks at any path, as long as ``answers`` has statuses for them, and then all."""

    def __init__(self) -> None:
        super().__init__({f"/hook/{SECRET}": self._take})
        self.messages: list[dict] = []
        self.answers: list[int] = []

    @property
    def target(self) -> str:
        """The URL by which Apprise finds it."""
        return self.url(f"/hook/{SECRET}").replace("http://", "json://")

    async def _take(self, request):
        if self.answers and (status := self.answers.pop(0)) != 200:
            return web.Response(status=status)
        self.messages.append(await request.json())
        return web.Response()


@pytest.fixture
def receiver():
    with Receiver() as opened:
        check_target(opened.target)  # so that Apprise is loaded
        yield opened


@pytest.fixture
def mailbox():
    with Mailbox() as opened:
        yield opened


def settings(*targets, **others):
    return AlarmSettings.model_validate({"notify": targets, **others})


async def raised(database, kind=Kind.SILENCE, source=None, *, minutes=2, cause="nothing new for 9 hours"):
    """An alarm that was raised so many minutes ago."""
    async with database.transaction() as connection:
        if source:
            row = await connection.execute(
                "INSERT INTO tidings.sources (name, url, origin, definition, host_lock, due_at, created_at,"
                " updated_at) VALUES (%s, '', 'file', '{}', '', now(), now(), now()) RETURNING source_id",
                (source,),
            )
            (source,) = await row.fetchone()
        evidence = [Evidence("the last good run", run_id="0198c0de-aaaa", document="https://gazette.example/feed")]
        now = await clock(connection)
        await raise_alarm(connection, kind, cause, now=now, source_id=source, evidence=evidence)
    await change(database, f"UPDATE tidings.alarms SET raised_at = raised_at - interval '{minutes} minutes' "
                           "WHERE alarm_id = (SELECT max(alarm_id) FROM tidings.alarms)")  # fmt: skip
    return source


async def cleared(database, kind=Kind.SILENCE, source=None):
    async with database.transaction() as connection:
        await clear_alarm(connection, kind, now=await clock(connection), source_id=source)


async def change(database, statement):
    async with database.transaction() as connection:
        await connection.execute(statement)


async def states(database):
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT event, state FROM tidings.notices ORDER BY alarm_id, event DESC")
        return await cursor.fetchall()


async def test_an_alarm_is_told_once_to_each_target(database, receiver, mailbox):
    """A webhook and a mailbox hear of it, whoever else looks again later; and that it is over."""
    mail = f"mailto://127.0.0.1:{mailbox.port}?from=tidings@a.example&to=desk@b.example"
    told = settings(receiver.target, mail, page_url="https://news.example/tidings/")
    source = await raised(database, source="gazette", cause="nothing new for 9 hours\nusual\x1b[2J: 4 an hour")
    await Notices(database, told).work()
    await Notices(database, told).work()
    (hook,) = receiver.messages
    assert hook["title"] == "tidings: silence at gazette"
    assert hook["type"] == "failure"
    assert hook["message"].startswith("nothing new for 9 hours usual [2J: 4 an hour")
    assert "the last good run: https://gazette.example/feed: run 0198c0de" in hook["message"]
    assert hook["message"].endswith("https://news.example/tidings/sources/gazette")
    (letter,) = mailbox.messages
    assert (letter["subject"], letter["to"]) == ("tidings: silence at gazette", "desk@b.example")
    assert "nothing new for 9 hours" in letter.as_string()
    await cleared(database, source=source)
    await Notices(database, told).work()
    assert [message["title"] for message in receiver.messages[1:]] == ["tidings: over: silence at gazette"]
    assert [letter["subject"] for letter in mailbox.messages[1:]] == ["tidings: over: silence at gazette"]


async def test_a_receiver_that_is_broken_is_asked_again(database, receiver):
    """500s delay a message, which then arrives; neither log nor table has any of the target's URL."""
    receiver.answers = [500, 503]
    notices = Notices(database, settings(receiver.target))
    await raised(database)
    with capture_logs() as logs:
        for _ in range(3):
            await notices.work()
            await change(database, "UPDATE tidings.notices SET next_attempt_at = now() WHERE state = 'waiting'")
    assert [line["event"] for line in logs if line["event"].startswith("notice.")] == [
        "notice.delayed", "notice.delayed", "notice.sent",
    ]  # fmt: skip
    assert [line["attempt"] for line in logs if line["event"] == "notice.delayed"] == [1, 2]
    assert "500" in next(line["error"] for line in logs if "error" in line)
    assert SECRET not in str(logs)
    assert len(receiver.messages) == 1


async def test_pauses_grow_and_end_after_a_day(database, receiver):
    """A target that never answers is asked less and less often, and after a day the loss is said."""
    receiver.answers = [500] * 100
    notices = Notices(database, settings(receiver.target))
    await raised(database)
    pauses = []
    for _ in range(12):
        await notices.work()
        async with database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT round(extract(epoch FROM next_attempt_at - now())) FROM tidings.notices"
            )
            pauses.append(int((await cursor.fetchone())[0]))
        await change(database, "UPDATE tidings.notices SET next_attempt_at = now()")
    assert pauses[:3] == [30, 60, 120]
    assert pauses[-1] == 7200
    await change(database, "UPDATE tidings.notices SET queued_at = queued_at - interval '1 day'")
    with capture_logs() as logs:
        await notices.work()
        await notices.work()
    assert [line["event"] for line in logs] == ["notice.failed"]
    assert await states(database) == [("raised", "given_up")]


async def test_many_alarms_make_one_message(database, receiver):
    """What is raised together is told together, and what is too long for a message is counted."""
    for number in range(60):
        await raised(database, source=f"gazette-{number}", cause="nothing new " * 10)
    await Notices(database, settings(receiver.target)).work()
    (message,) = receiver.messages
    assert message["title"] == "tidings: 60 alarms"
    assert len(message["message"]) < 4000
    shown = message["message"].count("silence at gazette-")
    assert f"and {60 - shown} more: 'tidings alarms list --all'" in message["message"]


async def test_a_target_gets_so_many_messages_an_hour(database, receiver):
    """After six in an hour the next ones gather, and come as one ten minutes later."""
    notices = Notices(database, settings(receiver.target))
    for number in range(9):
        await raised(database, source=f"gazette-{number}")
        await notices.work()
    assert len(receiver.messages) == 6
    await change(database, "UPDATE tidings.notices SET settled_at = settled_at - interval '11 minutes'")
    await notices.work()
    assert receiver.messages[-1]["title"] == "tidings: 3 alarms"


async def test_a_daemon_that_leads_tells(database, database_url, receiver):
    """It is one of the leader's duties."""
    await raised(database)
    app = queue_app(database_url, application_name="tests queue")
    configuration = Configuration(alarms=settings(receiver.target))
    async with app.open_async():
        leading = asyncio.create_task(lead(database, app, database_url, configuration))
        await until(lambda: receiver.messages)
        leading.cancel()
        await asyncio.gather(leading, return_exceptions=True)
    assert receiver.messages[0]["title"] == "tidings: silence"


async def test_a_clock_that_was_set_back_keeps_nothing(database, receiver):
    """What was to be sent at a time that is far ahead now, is sent."""
    notices = Notices(database, settings(receiver.target))
    await raised(database)
    await notices._queue(HOLD)
    await change(database, "UPDATE tidings.notices SET next_attempt_at = now() + interval '5 days'")
    await notices.work()
    assert len(receiver.messages) == 1


async def test_an_alarm_that_is_over_at_once_is_told_to_nobody(database, receiver):
    """One that was up for less than a minute is withdrawn, and so is that it is over."""
    notices = Notices(database, settings(receiver.target))
    await raised(database, minutes=0)
    await notices.work()
    assert await states(database) == [("raised", "waiting")]
    await cleared(database)
    await notices.work()
    assert await states(database) == [("raised", "withdrawn")]
    assert receiver.messages == []


async def test_an_alarm_that_nobody_could_tell_of_is_told_when_it_is_over(database, receiver):
    """No daemon led while it was up: it is told afterwards, once, with both times; what was before is not."""
    notices = Notices(database, settings(receiver.target))
    await raised(database, Kind.BLOCKED)
    await cleared(database, Kind.BLOCKED)
    await notices.work()
    await raised(database)
    await cleared(database)
    await notices.work()
    assert [message["title"] for message in receiver.messages] == ["tidings: over: silence"]
    assert "from 20" in receiver.messages[0]["message"]
    assert await states(database) == [("raised", "sent"), ("cleared", "sent")]


async def test_what_a_dead_leader_had_taken_is_sent_by_the_next(database, receiver):
    """A message that was being sent is left alone, and taken up when its sender is not heard of any more."""
    notices = Notices(database, settings(receiver.target))
    await raised(database)
    await notices._queue(HOLD)
    assert await notices._claim(notices._targets[0])
    await Notices(database, settings(receiver.target)).work()
    assert receiver.messages == []
    await change(database, "UPDATE tidings.notices SET next_attempt_at = now()")
    await Notices(database, settings(receiver.target)).work()
    assert len(receiver.messages) == 1


async def test_kinds_that_are_ignored_are_told_to_nobody(database, receiver):
    """[alarms] ignore."""
    await raised(database, Kind.QUARANTINE_GROWING)
    await Notices(database, settings(receiver.target, ignore=["quarantine_growing"])).work()
    assert await states(database) == []


async def test_a_receiver_that_hangs_keeps_nobody(database, receiver):
    """It has its time, and is asked again; the other target was told meanwhile."""
    hanging = asyncio.Event()

    async def hang(_request):
        await hanging.wait()

    with Site({"/": hang}) as site:
        silent = site.url().replace("http://", "json://") + "?rto=60"
        await raised(database)
        with capture_logs() as logs:
            await Notices(database, settings(silent, receiver.target), seconds=1).work()
        site._loop.call_soon_threadsafe(hanging.set)
    assert len(receiver.messages) == 1
    (late,) = [line for line in logs if line["event"] == "notice.delayed"]
    assert late["error"] == "no answer within 1 seconds"


async def test_what_apprise_logs_stays_with_it(receiver, monkeypatch):
    """Its own log, which has addresses at the level debug, does not become ours."""
    stream, root = io.StringIO(), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler(stream)])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    receiver.answers = [500]
    target = Target(receiver.target)
    alarm = {"alarm_id": 1, "kind": "silence", "source": None, "cause": "", "evidence": [], "since": None}
    alarm |= {"raised_at": datetime.now(UTC), "cleared_at": None}
    assert await target.send(message_of([alarm], None))
    logging.getLogger("scheduler").debug("of which there is %s", "one")
    assert stream.getvalue() == "of which there is one\n"
    assert SECRET not in target.name


async def test_a_database_that_is_away_is_told_of_at_once(database, database_url, receiver):
    """The alarm is raised in memory, told once, and written when the database is back: one row for all hosts."""
    watch = Watch(database_url)
    outages = [Outage(watch, database, settings(receiver.target)) for _ in range(2)]
    with capture_logs() as logs:
        watch.alarm = datetime.now(UTC), "the database does not do what it is asked: connection refused"
        tasks = [asyncio.create_task(outage.run()) for outage in outages]
        await until(lambda: len(receiver.messages) == 2)
        assert "connection refused" in receiver.messages[0]["message"]
        watch.alarm = None
        await until(lambda: sum(line["event"] == "alarm.cleared" for line in logs) == 2)
        for task in tasks:
            task.cancel()
    assert [line["kind"] for line in logs if line["event"] == "alarm.raised"] == ["database", "database"]
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT kind, cleared_at > raised_at, since < raised_at FROM tidings.alarms"
        )
        assert await cursor.fetchall() == [("database", True, True)]
    await change(database, "UPDATE tidings.alarms SET raised_at = raised_at - interval '5 minutes'")
    await Notices(database, settings(receiver.target)).work()
    assert [message["title"] for message in receiver.messages[2:]] == ["tidings: over: database"]


async def test_a_daemon_without_a_database_tells(receiver, monkeypatch):
    """From its very start, when there is nothing yet but the operator page."""
    monkeypatch.setattr("sql.line.OUTAGE_SECONDS", 0.0)
    configuration = Configuration(alarms=settings(receiver.target), web=WebSettings(listen="127.0.0.1:0"))
    supervisor = Supervisor(configuration, None, "postgresql://nobody@127.0.0.1:1/none")
    running = asyncio.create_task(supervisor.run())
    await until(lambda: receiver.messages)
    supervisor.stop()
    await running
    assert receiver.messages[0]["title"] == "tidings: database"
    assert socket.gethostname() in receiver.messages[0]["message"]


async def test_the_watch_raises_its_alarm_after_a_while(monkeypatch):
    """A database that is away for a moment is no alarm; for longer, it is, with the cause."""
    monkeypatch.setattr("sql.line.OUTAGE_SECONDS", 0.0)
    watch = Watch("postgresql://nobody@127.0.0.1:1/none")
    await watch._look()
    assert watch.alarm is not None
    assert "refused" in watch.alarm[1]
    monkeypatch.setattr("sql.line.OUTAGE_SECONDS", 3600.0)
    watch.alarm = None
    await watch._look()
    assert watch.error
    assert watch.alarm is None


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)
