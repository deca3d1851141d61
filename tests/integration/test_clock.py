"""Whatever clocks do: a slot has one run, what was missed comes to one, and nobody falls silent.

The database's clock cannot be set here. That it was is the same as if all that it had said before were so much
later, or earlier: the tests shift what is stored.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
import time_machine
from structlog.testing import capture_logs

from crawler.health import settle
from crawler.ingestion.page import Visit
from crawler.source import Source
from scheduler.clock import ClockWatch
from scheduler.dispatch import dispatch_due, dispatch_named
from scheduler.queue import queue_app
from scheduler.slots import recall_slots
from scheduler.sources import put, set_state
from scheduler.timetable import next_due
from sql.database import connect

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def app(database_url):
    """The queue."""
    app = queue_app(database_url, application_name="tests")
    async with app.open_async():
        yield app


def watch(database_url, name="gazette", **keys):
    """Add a source."""
    with connect(database_url) as connection:
        put(connection, Source(name=name, url=f"https://{name}.example/", **keys), origin="command")


async def change(database, statement, *params):
    """Run a statement."""
    async with database.transaction() as connection:
        await connection.execute(statement, params)


async def values(database, statement, *params):
    """The rows of a statement."""
    async with database.transaction() as connection:
        return await (await connection.execute(statement, params)).fetchall()


async def timetable(database, name="gazette"):
    """The source's next slot, when it is due, and the database's time."""
    (row,) = await values(database, "SELECT slot_at, due_at, now() FROM tidings.sources WHERE name = %s", name)
    return row


async def slots(database):
    """The slots that had a run by the timetable."""
    found = await values(database, "SELECT scheduled_for FROM tidings.runs WHERE trigger = 'timetable'")
    return [slot for (slot,) in found]


async def finish(database, outcome="succeeded", reason=None, **facts):
    """End all runs that are under way."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "UPDATE tidings.runs r SET finished_at = now(), outcome = %s, reason = %s FROM tidings.sources s"
            " WHERE r.finished_at IS NULL AND s.source_id = r.source_id RETURNING r.run_id, s.source_id, s.name",
            (outcome, reason),
        )
        for run_id, source_id, name in await cursor.fetchall():
            await settle(connection, Visit(run_id, 1, source_id, name), outcome, reason, **facts)


async def set_clock(database, jump):
    """The database's clock is set by ``jump``: all that it said before becomes so much earlier."""
    await change(
        database,
        "UPDATE tidings.sources SET slot_at = slot_at - %s, due_at = due_at - %s, timed_at = timed_at - %s",
        *[jump] * 3,
    )
    for part in (2000 * DAY, jump - 2000 * DAY):  # no slot is to meet another on its way
        await change(database, "UPDATE tidings.runs SET scheduled_for = scheduled_for - %s", part)
    await change(
        database,
        "UPDATE tidings.runs SET queued_at = queued_at - %s, finished_at = finished_at - %s",
        *[jump] * 2,
    )
    await change(database, "UPDATE tidings.hosts SET turn_at = turn_at - %s, paused_until = paused_until - %s",
                 *[jump] * 2)  # fmt: skip
    await change(database, "UPDATE tidings.workers SET heartbeat_at = heartbeat_at - %s", jump)


async def pass_minutes(database, app, minutes):
    """Let so many minutes pass, and visit what falls due in each; returns how many runs that were."""
    num_runs = 0
    for _ in range(minutes):
        await set_clock(database, MINUTE)
        num_runs += len(await dispatch_due(database, app))
        await finish(database)
    return num_runs


@pytest.mark.parametrize("jump", [MINUTE, HOUR, DAY, -MINUTE, -HOUR, -DAY])
async def test_the_hosts_clock_decides_nothing(database, database_url, app, jump):
    """However wrong the clock of the host that leads, it claims what is due by the database's, and no more."""
    watch(database_url, every="15m")
    watch(database_url, name="herald", every="15m")
    await change(database, "UPDATE tidings.sources SET due_at = now() + interval '1 minute' WHERE name = 'herald'")
    with time_machine.travel(datetime.now(UTC) + jump):
        assert len(await dispatch_due(database, app)) == 1
        await finish(database)
        assert await dispatch_due(database, app) == []
    slot_at, due_at, now = await timetable(database)
    assert slot_at == due_at == next_due(Source(name="gazette", url="https://gazette.example/", every="15m"), now)


async def test_two_hosts_that_disagree_claim_each_slot_once(database, database_url, app):
    """Leaders of which one is a day ahead and one a day behind, in turns: each source is claimed once."""
    for number in range(20):
        watch(database_url, name=f"paper-{number}", every="1h")
    claimed = []
    for jump in (DAY, -DAY, DAY, -DAY):
        with time_machine.travel(datetime.now(UTC) + jump):
            claimed += await dispatch_due(database, app)
            await finish(database)
    assert len(claimed) == 20
    (row,) = await values(database, "SELECT max(due_at) - now() FROM tidings.sources")
    assert row[0] <= HOUR


@pytest.mark.parametrize("jump", [HOUR, DAY])
async def test_a_clock_that_went_ahead_brings_one_run(database, database_url, app, jump):
    """Slots that a jump ahead has passed over come to one run, named after the first of them."""
    watch(database_url, every="15m")
    await dispatch_due(database, app)
    await finish(database)
    await set_clock(database, jump)
    slot_at, *_ = await timetable(database)
    assert len(await dispatch_due(database, app)) == 1
    assert await dispatch_due(database, app) == []
    await finish(database)
    assert await dispatch_due(database, app) == []
    assert max(await slots(database)) == slot_at
    slot_at, _, now = await timetable(database)
    assert now < slot_at <= now + 15 * MINUTE


@pytest.mark.parametrize("away", [MINUTE, HOUR, DAY])
@pytest.mark.parametrize("seen", [True, False])
async def test_a_clock_that_was_ahead_leaves_nobody_waiting(database, database_url, app, away, seen):
    """Once it is right again slots are where they were, whether somebody saw it jump, or it is a new leader.

    Of the slots that follow the first has had its run, for those that were missed by the clock as it was.
    """
    watch(database_url, every="1m")
    assert await pass_minutes(database, app, 4) == 4
    await set_clock(database, away)
    assert len(await dispatch_due(database, app)) == 1
    await finish(database)
    await set_clock(database, -away)
    assert await recall_slots(database, -away if seen else None) == 1
    slot_at, due_at, now = await timetable(database)
    assert slot_at == due_at <= now + 2 * MINUTE
    assert await pass_minutes(database, app, 6) in {4, 5}
    assert await pass_minutes(database, app, 6) == 6
    assert len(set(await slots(database))) == len(await slots(database))


@pytest.mark.parametrize("jump", [-MINUTE, -HOUR, -DAY])
async def test_a_clock_that_is_set_back_over_slots_that_ran_stops_nobody(database, database_url, app, jump):
    """Every time that comes again has had its run, and yet a source of an interval goes on, in its rhythm."""
    watch(database_url, every="1m")
    await pass_minutes(database, app, 65)
    await set_clock(database, jump)
    await recall_slots(database, jump)
    assert await pass_minutes(database, app, 6) in {5, 6}
    assert await pass_minutes(database, app, 6) == 6
    assert len(set(await slots(database))) == len(await slots(database))


async def test_an_hour_of_the_day_that_comes_twice_has_one_run(database, database_url, app):
    """A source of fixed hours is not visited again for a slot that has run, though the clock is set back."""
    now = datetime.now(UTC)
    slot = (now - 30 * MINUTE).replace(second=0, microsecond=0)
    watch(database_url, cron=f"{slot.minute} {slot.hour} * * *")
    await change(database, "UPDATE tidings.sources SET slot_at = %s, due_at = %s", slot, slot)
    assert len(await dispatch_due(database, app)) == 1
    await finish(database)
    # Not by shifting: the slot keeps its name. The clock stands before it once more, and comes to it again.
    await change(database, "UPDATE tidings.sources SET slot_at = %s, due_at = %s", slot, slot)
    assert await dispatch_due(database, app) == []
    slot_at, due_at, _ = await timetable(database)
    assert slot_at == due_at == slot + DAY


@pytest.mark.parametrize("seen", [True, False])
async def test_what_was_put_off_stays_put_off(database, database_url, app, seen):
    """A clock that is set right again shortens no source's put-off, and lengthens none: set by it, or before."""
    for name in ("before", "ahead", "sound"):
        watch(database_url, name=name, every="15m")
    await change(database, "UPDATE tidings.sources SET due_at = due_at + interval '1 day' WHERE name <> 'before'")
    await dispatch_due(database, app)
    await finish(database, "failed", "http_404", every=8 * HOUR)
    put_off = (await timetable(database, "before"))[1]
    await set_clock(database, DAY)
    await change(database, "UPDATE tidings.sources SET due_at = now() + interval '9 days' WHERE name <> 'ahead'")
    await dispatch_due(database, app)
    await finish(database, "failed", "http_404", every=8 * HOUR)
    await set_clock(database, -DAY)
    await change(database, "UPDATE tidings.sources SET due_at = %s WHERE name = 'before'", put_off)
    for _ in range(3):
        await recall_slots(database, -DAY if seen else None)
    _, due_at, now = await timetable(database, "ahead")
    assert 16 * HOUR - MINUTE < due_at - now <= 16 * HOUR
    assert (await timetable(database, "before"))[1] == put_off


async def test_a_run_of_a_source_that_was_put_off_serves_its_first_slot(database, database_url, app):
    """Of the slots that passed while a source was put off, the first is served, once, and the next lies ahead."""
    watch(database_url, every="15m")
    slot_at, _, now = await timetable(database)
    await change(database, "UPDATE tidings.sources SET slot_at = now() - interval '3 hours', due_at = now()")
    slot_at, *_ = await timetable(database)
    assert len(await dispatch_due(database, app)) == 1
    assert await slots(database) == [slot_at]
    await finish(database)
    assert await dispatch_due(database, app) == []
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 15 * MINUTE


async def test_a_run_in_place_of_one_cut_short_takes_no_slot(database, database_url, app):
    """After a shutdown a source is due at once; its next slot is the one that it would have been anyway."""
    watch(database_url, every="15m")
    await dispatch_due(database, app)
    next_slot, *_ = await timetable(database)
    await finish(database, "aborted", "shutdown", again=True)
    assert len(await dispatch_due(database, app)) == 1
    assert next_slot not in await slots(database)
    await finish(database)
    assert (await timetable(database))[:2] == (next_slot, next_slot)


async def test_a_good_run_by_hand_ends_a_put_off(database, database_url, app):
    """A source that was put off for its failures is back on its timetable after a run by hand that went well."""
    watch(database_url, every="15m")
    await dispatch_due(database, app)
    await finish(database, "failed", "http_404", every=8 * HOUR)
    await change(database, "UPDATE tidings.sources SET slot_at = slot_at - interval '1 hour'")
    assert len(await dispatch_named(database, app, ["gazette"])) == 1
    await finish(database)
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 15 * MINUTE


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_operators_too_go_by_the_databases_clock(database, database_url, jump):
    """Whoever adds, changes or enables a source on a host with a wrong clock sets a slot that is right."""
    with time_machine.travel(datetime.now(UTC) + jump):
        watch(database_url, every="1h")
        slot_at, due_at, now = await timetable(database)
        assert slot_at == due_at <= now
        watch(database_url, every="15m")
        slot_at, due_at, now = await timetable(database)
        assert now < slot_at == due_at <= now + 15 * MINUTE
        with connect(database_url) as connection:
            set_state(connection, "gazette", "disabled")
            set_state(connection, "gazette", "enabled")
        slot_at, due_at, now = await timetable(database)
        assert now < slot_at == due_at <= now + 15 * MINUTE


async def test_the_pace_of_a_host_survives_a_clock_that_was_ahead(database):
    """Nobody waits a day for a turn, and who asked to be left alone for an hour is left alone for an hour."""
    await database.fetch("take_turn", {"host": "gazette.example", "spacing": 1.0})
    await database.execute("pause_host", {"host": "gazette.example", "seconds": 3600.0, "reason": "http_429"})
    await set_clock(database, -DAY)
    (row,) = await database.fetch("take_turn", {"host": "other.example", "spacing": 1.0})
    await recall_slots(database, -DAY)
    (row,) = await database.fetch("take_turn", {"host": "gazette.example", "spacing": 1.0})
    assert row["wait"] <= 1.0
    assert 3590 < row["paused"] <= 3600


async def test_a_turn_is_not_waited_for_as_long_as_a_clock_was_set_back(database):
    """Even before anybody has noticed that the clock was set back, a host is asked, and then at its pace."""
    await database.fetch("take_turn", {"host": "gazette.example", "spacing": 1.0})
    await set_clock(database, -DAY)
    waits = [
        (await database.fetch("take_turn", {"host": "gazette.example", "spacing": 1.0}))[0]["wait"]
        for _ in range(3)
    ]
    assert waits == pytest.approx([0.0, 1.0, 2.0], abs=0.5)


async def test_a_worker_that_dies_is_noticed_though_its_clock_was_set_back(database):
    """Its last sign of life does not stay in the future, where it would seem to live on."""
    await database.execute("beat", {"worker": "one"})
    await set_clock(database, -DAY)
    await recall_slots(database, -DAY)
    assert (await values(database, "SELECT heartbeat_at <= now() FROM tidings.workers")) == [(True,)]


async def test_a_host_whose_clock_is_set_is_noticed(database):
    """The jump is logged with its length, and whoever ticks by that clock is told."""
    told = []
    watch = ClockWatch(database, on_host_set=lambda: told.append(True))
    with capture_logs() as log:
        await watch.look()
        await watch.look()
        assert (log, told) == ([], [])
        with time_machine.travel(datetime.now(UTC) - HOUR):
            await watch.look()
    (event,) = log
    assert (event["event"], event["clock"], round(event["seconds"])) == ("clock.jumped", "host", -3600)
    assert told == [True]


async def test_slots_that_a_clock_left_ahead_are_recalled_at_an_election(database, database_url, app):
    """A leader that knows nothing of what was before it puts them right at its first look."""
    watch(database_url, every="5m")
    await dispatch_due(database, app)
    await finish(database)
    await set_clock(database, -DAY)
    with capture_logs() as log:
        await ClockWatch(database, on_host_set=lambda: None).look()
    assert next(line for line in log if line["event"] == "slots.recalled")["num_sources"] == 1
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 10 * MINUTE


async def test_slots_that_a_late_transaction_sets_by_the_old_clock_are_recalled(
    database, database_url, app, monkeypatch
):
    """It began before the clock was set back, and ended after slots were brought back: its own are, too."""
    monkeypatch.setattr("scheduler.clock._AGAIN_SECONDS", 0.0)
    watch(database_url, every="5m")
    await dispatch_due(database, app)
    await finish(database)
    clocks = ClockWatch(database, on_host_set=lambda: None)
    await clocks.look()
    clocks._jumped_at = monotonic()  # a jump was seen, and all slots that were there then brought back
    await set_clock(database, -DAY)
    await clocks.look()
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 10 * MINUTE


async def test_a_run_that_ends_between_a_jump_and_the_recall_hides_no_slot(database, database_url, app):
    """The clock is set back under a run, which ends before anybody has looked: the slot is recalled still."""
    watch(database_url, every="15m")
    await dispatch_due(database, app)
    await set_clock(database, -DAY)
    await finish(database)
    await recall_slots(database, -DAY)
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 16 * MINUTE


async def test_a_run_that_ends_during_the_recall_hides_no_slot(database, database_url, app):
    """What frees the source waits for its row, and then goes by the slot that was recalled meanwhile."""
    watch(database_url, every="15m")
    await dispatch_due(database, app)
    await set_clock(database, -DAY)
    async with database.transaction() as recalling:
        await recalling.execute(
            "UPDATE tidings.sources SET slot_at = now() + interval '15 min', due_at = now() + interval '15 min',"
            " timed_at = now()"
        )
        finishing = asyncio.create_task(finish(database))
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        while not await values(database, waiting):
            assert not finishing.done()
            await asyncio.sleep(0.01)
    await finishing
    slot_at, due_at, now = await timetable(database)
    assert now < slot_at == due_at <= now + 15 * MINUTE


async def test_slots_set_by_a_clock_that_is_right_are_left_alone(database, database_url, app):
    """An election without any jump before it changes nothing."""
    watch(database_url, every="5m")
    await dispatch_due(database, app)
    await finish(database)
    before = await values(database, "SELECT slot_at, due_at, timed_at FROM tidings.sources")
    assert await recall_slots(database) == 0
    assert await values(database, "SELECT slot_at, due_at, timed_at FROM tidings.sources") == before
