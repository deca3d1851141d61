"""Both changes of 2026 in zones of every kind: half an hour in Lord Howe, and off in Ramadan in Morocco."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from crawler.source import Source
from scheduler.clock import Ticks
from scheduler.timetable import goes_on, next_due, parse_crontab

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "expression", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T00:00", "30 2 * * *", "29 03:00+02, 30 02:30+02"),
        ("Europe/Berlin", "2026-03-29T00:00", "@daily", "29 00:00+01, 30 00:00+02"),
        (
            "Europe/Berlin",
            "2026-03-29T00:00",
            "@hourly",
            "29 00:00+01, 29 01:00+01, 29 03:00+02, 29 04:00+02, 29 05:00+02",
        ),
        (
            "Europe/Berlin",
            "2026-03-29T01:00",
            "*/20 * * * *",
            "29 01:00+01, 29 01:20+01, 29 01:40+01, 29 03:00+02, 29 03:20+02, 29 03:40+02, 29 04:00+02",
        ),
        ("Europe/Berlin", "2026-10-25T00:00", "30 2 * * *", "25 02:30+02, 26 02:30+01"),
        ("Europe/Berlin", "2026-10-25T00:00", "@daily", "25 00:00+02, 26 00:00+01"),
        (
            "Europe/Berlin",
            "2026-10-25T00:00",
            "@hourly",
            "25 00:00+02, 25 01:00+02, 25 02:00+02, 25 02:00+01, 25 03:00+01",
        ),
        (
            "Europe/Berlin",
            "2026-10-25T01:00",
            "*/20 * * * *",
            "25 01:00+02, 25 01:20+02, 25 01:40+02, 25 02:00+02, 25 02:20+02, 25 02:40+02, 25 02:00+01",
        ),
        ("America/New_York", "2026-03-08T00:00", "30 2 * * *", "08 03:00-04, 09 02:30-04"),
        ("America/New_York", "2026-03-08T00:00", "@daily", "08 00:00-05, 09 00:00-04"),
        (
            "America/New_York",
            "2026-03-08T00:00",
            "@hourly",
            "08 00:00-05, 08 01:00-05, 08 03:00-04, 08 04:00-04, 08 05:00-04",
        ),
        (
            "America/New_York",
            "2026-03-08T01:00",
            "*/20 * * * *",
            "08 01:00-05, 08 01:20-05, 08 01:40-05, 08 03:00-04, 08 03:20-04, 08 03:40-04, 08 04:00-04",
        ),
        ("America/New_York", "2026-11-01T00:00", "30 2 * * *", "01 02:30-05, 02 02:30-05"),
        ("America/New_York", "2026-11-01T00:00", "@daily", "01 00:00-04, 02 00:00-05"),
        (
            "America/New_York",
            "2026-11-01T00:00",
            "@hourly",
            "01 00:00-04, 01 01:00-04, 01 01:00-05, 01 02:00-05, 01 03:00-05",
        ),
        (
            "America/New_York",
            "2026-11-01T01:00",
            "*/20 * * * *",
            "01 01:00-04, 01 01:20-04, 01 01:40-04, 01 01:00-05, 01 01:20-05, 01 01:40-05, 01 02:00-05",
        ),
        ("Australia/Lord_Howe", "2026-04-05T00:00", "30 2 * * *", "05 02:30+1030, 06 02:30+1030"),
        ("Australia/Lord_Howe", "2026-04-05T00:00", "@daily", "05 00:00+11, 06 00:00+1030"),
        (
            "Australia/Lord_Howe",
            "2026-04-05T00:00",
            "@hourly",
            "05 00:00+11, 05 01:00+11, 05 02:00+1030, 05 03:00+1030, 05 04:00+1030",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T01:00",
            "*/20 * * * *",
            "05 01:00+11, 05 01:20+11, 05 01:40+11, 05 01:40+1030, 05 02:00+1030, 05 02:20+1030, 05 02:40+1030",
        ),
        ("Australia/Lord_Howe", "2026-10-04T00:00", "30 2 * * *", "04 02:30+11, 05 02:30+11"),
        ("Australia/Lord_Howe", "2026-10-04T00:00", "@daily", "04 00:00+1030, 05 00:00+11"),
        (
            "Australia/Lord_Howe",
            "2026-10-04T00:00",
            "@hourly",
            "04 00:00+1030, 04 01:00+1030, 04 03:00+11, 04 04:00+11, 04 05:00+11",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04T01:00",
            "*/20 * * * *",
            "04 01:00+1030, 04 01:20+1030, 04 01:40+1030, 04 02:40+11, 04 03:00+11, 04 03:20+11, 04 03:40+11",
        ),
        ("Africa/Casablanca", "2026-02-15T00:00", "30 2 * * *", "15 02:30+01, 16 02:30+00"),
        ("Africa/Casablanca", "2026-02-15T00:00", "@daily", "15 00:00+01, 16 00:00+00"),
        (
            "Africa/Casablanca",
            "2026-02-15T00:00",
            "@hourly",
            "15 00:00+01, 15 01:00+01, 15 02:00+01, 15 02:00+00, 15 03:00+00",
        ),
        (
            "Africa/Casablanca",
            "2026-02-15T01:00",
            "*/20 * * * *",
            "15 01:00+01, 15 01:20+01, 15 01:40+01, 15 02:00+01, 15 02:20+01, 15 02:40+01, 15 02:00+00",
        ),
        ("Africa/Casablanca", "2026-03-22T00:00", "30 2 * * *", "22 03:00+01, 23 02:30+01"),
        ("Africa/Casablanca", "2026-03-22T00:00", "@daily", "22 00:00+00, 23 00:00+01"),
        (
            "Africa/Casablanca",
            "2026-03-22T00:00",
            "@hourly",
            "22 00:00+00, 22 01:00+00, 22 03:00+01, 22 04:00+01, 22 05:00+01",
        ),
        (
            "Africa/Casablanca",
            "2026-03-22T01:00",
            "*/20 * * * *",
            "22 01:00+00, 22 01:20+00, 22 01:40+00, 22 03:00+01, 22 03:20+01, 22 03:40+01, 22 04:00+01",
        ),
    ],
)
def test_a_change_of_clocks_doubles_and_loses_no_slot(zone, start, expression, expected):
    """Days, hours and minutes of an expression, around the moment at which clocks are changed."""
    zone = ZoneInfo(zone)
    moment = datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC) - timedelta(microseconds=1)
    expected = expected.split(", ")
    runs = islice(parse_crontab(expression, zone).walk(moment), len(expected))
    assert [f"{run.astimezone(zone):%d %H:%M%z}".removesuffix("00") for run in runs] == expected


def source(**keys):
    """A source with these keys."""
    return Source(name="gazette", url="https://gazette.example/", **keys)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"every": "1d"}, True),
        ({}, True),
        ({"cron": "*/20 6-22 * * *"}, True),
        ({"cron": "@hourly", "jitter": "1m"}, True),
        ({"cron": "30 2 * * *"}, False),
        ({"cron": "@daily", "jitter": "1m"}, False),
        ({"cron": "0,30 6-22 * * *"}, False),
    ],
)
def test_what_goes_on_when_time_comes_twice(keys, expected):
    """An interval, and an expression for every hour or every so many minutes; not one for hours of the day."""
    assert goes_on(source(**keys)) is expected


def test_a_learned_interval_counts_from_where_one_asks():
    """An adaptive source has no grid: its next slot is an interval away, of 15 minutes until one is learned."""
    one = Source(name="gazette", url="https://gazette.example/", every="auto")
    assert next_due(one, NOON) == NOON + timedelta(minutes=15)
    assert next_due(one, NOON, learned=timedelta(hours=2)) == NOON + timedelta(hours=2)
    later = NOON + timedelta(minutes=1)
    assert next_due(one, NOON, previous=later, learned=timedelta(hours=2)) == later + timedelta(hours=2)
    assert goes_on(one)


def test_a_restart_moves_no_source():
    """A thousand sources of one interval are spread over it, and keep their places whenever one asks anew."""
    names = [f"source-{number}" for number in range(1000)]

    def due(after):
        return [next_due(source(every="15m").model_copy(update={"name": name}), after) for name in names]

    first, interval = due(NOON), timedelta(minutes=15)
    restarted = due(NOON + timedelta(hours=7, seconds=3))
    assert [(moment - NOON) % interval for moment in restarted] == [(moment - NOON) % interval for moment in first]
    per_tenth = [sum((moment - NOON) // (interval / 10) == tenth for moment in first) for tenth in range(10)]
    assert max(per_tenth) < 1.5 * min(per_tenth)


def test_ticks_are_not_made_up_for():
    """However far a clock goes ahead, the next tick comes an interval later, and at once."""
    ticks = Ticks(1.0)
    second = timedelta(seconds=1)
    assert ticks.get_next_fire_time(NOON, NOON + second / 2) == NOON + second
    assert ticks.get_next_fire_time(NOON, NOON + timedelta(days=200)) == NOON + timedelta(days=200) + second
    assert ticks.get_next_fire_time(None, NOON) == NOON + second
