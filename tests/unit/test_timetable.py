from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.source import Source
from scheduler.timetable import CrontabError, next_due, parse_crontab, trigger_for

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def between(wanted, after, until):
    """Every due time after one instant and before another."""
    return takewhile(lambda due: due < until, trigger_for(wanted).walk(after))


def source(name="india-blooms", **keys):
    return Source(name=name, url="https://news.example/", **keys)


def local_times(expression, zone, day, count):
    """The first runs from midnight of ``day``, as day, local time and offset."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    runs = parse_crontab(expression, ZoneInfo(zone)).walk(midnight.astimezone(UTC) - MICROSECOND)
    return [f"{run.astimezone(ZoneInfo(zone)):%d %H:%M %z}" for run in islice(runs, count)]


@pytest.mark.parametrize(
    ("zone", "day", "expression", "expected"),
    [
        # 02:00 becomes 03:00
        ("Europe/Berlin", "2025-03-30", "30 2 * * *", ["30 03:00 +0200", "31 02:30 +0200"]),
        ("Europe/Berlin", "2025-03-30", "0,30 2 * * *", ["30 03:00 +0200", "31 02:00 +0200"]),
        ("Europe/Berlin", "2025-03-30", "0 2,3 * * *", ["30 03:00 +0200", "31 02:00 +0200"]),
        ("Europe/Berlin", "2025-03-30", "0 */2 * * *", ["30 00:00 +0100", "30 03:00 +0200", "30 04:00 +0200"]),
        ("America/New_York", "2025-03-09", "15 2 * * *", ["09 03:00 -0400", "10 02:15 -0400"]),
        ("Africa/Casablanca", "2025-04-06", "59 2 * * *", ["06 03:00 +0100", "07 02:59 +0100"]),
        # 02:00 becomes 02:30
        ("Australia/Lord_Howe", "2025-10-05", "15 2 * * *", ["05 02:30 +1100", "06 02:15 +1100"]),
        ("Australia/Lord_Howe", "2025-10-05", "45 2 * * *", ["05 02:45 +1100", "06 02:45 +1100"]),
        # midnight becomes 01:00, and in Samoa a whole day was left out
        ("Africa/Cairo", "2025-04-24", "@daily", ["24 00:00 +0200", "25 01:00 +0300", "26 00:00 +0300"]),
        ("Pacific/Apia", "2011-12-29", "0 12 * * *", ["29 12:00 -1000", "31 00:00 +1400", "31 12:00 +1400"]),
    ],
)
def test_a_skipped_local_time_fires_once_after_the_gap(zone, day, expression, expected):
    """Runs that fall into a spring gap come to one run, at the first moment that exists again."""
    assert local_times(expression, zone, day, len(expected)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "expression", "expected"),
    [
        ("Europe/Berlin", "2025-10-26", "30 2 * * *", ["26 02:30 +0200", "27 02:30 +0100"]),
        ("Europe/Berlin", "2025-10-26", "0,30 2 * * *", ["26 02:00 +0200", "26 02:30 +0200", "27 02:00 +0100"]),
        ("Europe/Berlin", "2025-10-26", "0 2,3 * * *", ["26 02:00 +0200", "26 03:00 +0100", "27 02:00 +0100"]),
        ("Europe/Berlin", "2025-10-26", "0 */2 * * *", ["26 00:00 +0200", "26 02:00 +0200", "26 04:00 +0100"]),
        ("America/New_York", "2025-11-02", "59 1 * * *", ["02 01:59 -0400", "03 01:59 -0500"]),
        ("Africa/Casablanca", "2025-02-23", "30 2 * * *", ["23 02:30 +0100", "24 02:30 +0000"]),
        ("Australia/Lord_Howe", "2025-04-06", "45 1 * * *", ["06 01:45 +1100", "07 01:45 +1030"]),
        ("Australia/Lord_Howe", "2025-04-06", "15 1 * * *", ["06 01:15 +1100", "07 01:15 +1030"]),
    ],
)
def test_a_repeated_local_time_fires_once(zone, day, expression, expected):
    """A run at a fixed time that the clock shows twice in autumn happens the first time only."""
    assert local_times(expression, zone, day, len(expected)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "expression", "minutes"),
    [
        ("Europe/Berlin", "2025-10-26", "*/10 * * * *", 10),
        ("Europe/Berlin", "2025-10-26", "*/10 0-5 * * *", 10),
        ("Europe/Berlin", "2025-10-26", "20 * * * *", 60),
        ("Europe/Berlin", "2025-03-30", "*/10 * * * *", 10),
        ("Europe/Berlin", "2025-03-30", "20 * * * *", 60),
        ("America/New_York", "2025-11-02", "7-59/20 * * * *", 20),
        ("America/New_York", "2025-03-09", "@hourly", 60),
        ("Africa/Casablanca", "2025-02-23", "*/15 * * * *", 15),
        ("Africa/Casablanca", "2025-04-06", "*/15 * * * *", 15),
        ("Australia/Lord_Howe", "2025-04-06", "*/15 * * * *", 15),
        ("Australia/Lord_Howe", "2025-10-05", "*/15 * * * *", 15),
    ],
)
def test_an_expression_for_all_the_time_keeps_its_pace(zone, day, expression, minutes):
    """Runs that mean "every so many minutes" follow elapsed time through both changes of the clock."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    runs = list(islice(parse_crontab(expression, ZoneInfo(zone)).walk(midnight), 5 * 60 // minutes))
    assert {later - sooner for sooner, later in pairwise(runs)} == {timedelta(minutes=minutes)}


def test_a_zone_without_changes_keeps_its_hour():
    """In Asia/Kolkata half past six is 01:00 UTC on every day of the year."""
    runs = list(between(source(cron="30 6 * * *", timezone="Asia/Kolkata"), NOON, NOON + timedelta(days=365)))
    assert len(runs) == 365
    assert {(run.tzinfo, run.hour, run.minute) for run in runs} == {(UTC, 1, 0)}


@settings(max_examples=60, deadline=None, database=None)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
    expression=st.sampled_from(
        ["*/10 * * * *", "17,50 * * * *", "*/20 1-2 * * *", "5,30 1-3 * * *", "0 */2 * * *"]
    ),
    jitter=st.sampled_from([None, "30s", "2h"]),
    day=st.sampled_from(["2025-02-23", "2025-03-09", "2025-03-30", "2025-04-05", "2025-10-04", "2025-10-26"]),
    minutes=st.floats(0, 30 * 60),
)
def test_the_next_time_does_not_depend_on_where_one_asks(zone, expression, jitter, day, minutes):
    """Asked at any instant around a change of the clock, the answer is the next time of the one sequence."""
    trigger = trigger_for(source(cron=expression, timezone=zone, jitter=jitter))
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    moment = start + timedelta(minutes=minutes)
    sequence = list(islice(trigger.walk(start - timedelta(days=1)), 500))
    assert sequence == sorted(set(sequence))
    assert trigger.after(moment) == next(due for due in sequence if due > moment)


def test_every_is_a_grid_with_a_phase_of_the_name():
    """An interval's due times lie one interval apart, at an offset that only the source's name decides."""
    # SHA-256 of the name, its first 8 bytes as a number, modulo 900,000,000 microseconds
    phase = timedelta(microseconds=550_835_588)
    runs = list(islice(trigger_for(source(every="15m")).walk(NOON), 10))
    assert {later - sooner for sooner, later in pairwise(runs)} == {timedelta(minutes=15)}
    assert {(run - EPOCH) % timedelta(minutes=15) for run in runs} == {phase}
    assert next_due(source("another", every="15m"), NOON) != runs[0]


def test_sources_of_one_interval_spread_over_it():
    """A thousand sources of 15 minutes fall due in every minute, none with more than twice its share."""
    due = [next_due(source(f"source-{number}", every="15m"), NOON) for number in range(1000)]
    per_minute = Counter((moment - NOON) // timedelta(minutes=1) for moment in due)
    assert set(per_minute) == set(range(15))
    assert max(per_minute.values()) < 2 * 1000 / 15


@pytest.mark.parametrize("every", ["1s", "1500ms", "7s", "15m", "1d", "30d"])
def test_intervals_of_any_length_have_one_run_each(every):
    """From a second to a month, exactly one due time falls into each interval, strictly after the one asked."""
    one = source(every=every)
    first = next_due(one, NOON)
    assert NOON < first <= NOON + one.every
    assert next_due(one, first) == first + one.every
    assert next_due(one, first - MICROSECOND) == first


def test_a_source_without_a_timetable_is_due_every_quarter_of_an_hour():
    """Neither cron nor every means every 15 minutes."""
    assert next_due(source(), NOON) == next_due(source(every="15m"), NOON)


def test_missed_runs_come_to_one():
    """After a long silence there is one next time, after now, and not one for each that was missed."""
    one = source(cron="*/5 * * * *")
    assert next_due(one, NOON, previous=NOON - timedelta(days=3)) == NOON + timedelta(minutes=5)


def test_a_slow_clock_does_not_repeat_a_slot():
    """A host whose clock is behind the due time it just served gets the one after."""
    one = source(cron="*/5 * * * *")
    assert next_due(one, NOON - timedelta(seconds=1), previous=NOON) == NOON + timedelta(minutes=5)


@pytest.mark.parametrize("keys", [{"cron": "*/10 * * * *"}, {"every": "10m"}])
def test_jitter_puts_each_slot_off_by_its_own_amount(keys):
    """Jitter moves every slot by some time from 0 up to the jitter, and the amounts differ."""
    slots = islice(trigger_for(source(**keys)).walk(NOON - timedelta(minutes=5)), 200)
    jittered = islice(trigger_for(source(jitter="3m", **keys)).walk(NOON - timedelta(minutes=5)), 200)
    delays = [due - slot for slot, due in zip(slots, jittered, strict=True)]
    assert all(timedelta(0) <= delay < timedelta(minutes=3) for delay in delays)
    assert max(delays) - min(delays) > timedelta(minutes=2)


@pytest.mark.parametrize("keys", [{"cron": "0,1,30 * * * *"}, {"every": "10m"}, {"every": "1s"}])
def test_jitter_never_lets_slots_change_places(keys):
    """However long the jitter, each slot's time comes before the next slot begins."""
    trigger = trigger_for(source(jitter="2h", **keys))
    slots = list(islice(trigger_for(source(**keys)).walk(NOON), 50))
    for slot, following in pairwise(slots):
        due = trigger.after(slot - MICROSECOND)
        assert slot <= due < slot + (following - slot) / 2
        assert trigger.after(due) >= following


def test_a_slot_begun_is_not_lost_to_its_jitter():
    """Asked between a slot and its jittered time, the answer is still that time: a restart skips no run."""
    one = source(cron="0 6 * * *", jitter="6h")
    slot = datetime(2026, 1, 2, 6, tzinfo=UTC)
    due = next_due(one, NOON)
    assert slot < due < slot + timedelta(hours=6)
    assert next_due(one, slot) == next_due(one, due - MICROSECOND) == due


def test_a_wrong_expression_is_refused():
    """A source whose cron cannot be read raises the error that says how to mend it."""
    with pytest.raises(CrontabError, match="hour '25' is not permitted; use 0-23"):
        next_due(source(cron="0 25 * * *"), NOON)


@pytest.mark.parametrize("keys", [{"cron": "0 12 * * mon"}, {"every": "1h"}, {"every": "1h", "jitter": "5m"}])
def test_apscheduler_runs_the_triggers(keys):
    """APScheduler takes the triggers as its own, and asks them for the time not before now."""
    trigger = trigger_for(source(**keys))
    due = trigger.after(NOON)
    assert isinstance(trigger, BaseTrigger)
    assert trigger.get_next_fire_time(None, due) == due
    assert trigger.get_next_fire_time(due, due) == trigger.after(due)


async def test_apscheduler_schedules_a_job_by_them():
    """A job added with one of the triggers is set for the time that next_due gives."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.start(paused=True)
    before = datetime.now(UTC)
    job = scheduler.add_job(print, trigger_for(source(cron="0 12 1 1 *")))
    scheduler.shutdown(wait=False)
    assert job.next_run_time == next_due(source(cron="0 12 1 1 *"), before)
