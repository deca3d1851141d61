"""What alarms are decided by, on simulated weeks of publishers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.alarms.baseline import learn
from crawler.alarms.fields import learn_fields
from crawler.alarms.hours import HOUR, Hour, hour_of_week
from crawler.alarms.refusals import measure_refusals
from tests.support.newsweeks import Fault, Publisher, Weeks
from tests.support.weekwatch import look_every_hour

BEGIN = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)

WIRE = Publisher("wire", 200, 90, 70)
DAILY = Publisher("daily", 25, 10, 6, timezone="America/New_York")
SUNDAYLESS = Publisher("sundayless", 60, 20, 0, (7, 19), timezone="Australia/Sydney")
WEEKLY = Publisher("three a week", 0.6, 0, 0, (8, 18), timezone="Asia/Kolkata")
HOURLY = Publisher("asked every three hours", 120, 60, 50, poll=timedelta(hours=3), agency_by_night=True)


def watched(publisher, weeks, fault=None, begin=BEGIN):
    """What is raised in so many weeks; learned is once a week, so that the test is quick."""
    return look_every_hour(publisher, 7, begin, begin + weeks * WEEK, fault, learn_every=WEEK)


def first(result, kind, after):
    """The first alarm of a kind that was raised after some moment."""
    return next(raised for raised in result.raised if raised[0] == kind and raised[1] > after)


def at(publisher, weeks, hour):
    """A Wednesday after so many weeks, at an hour of its day."""
    day = (BEGIN + weeks * WEEK + 2 * DAY).date()
    return datetime(day.year, day.month, day.day, hour, tzinfo=publisher.zone).astimezone(UTC)


def test_a_frozen_feed_of_a_wire_is_noticed_by_the_afternoon():
    """Of 200 articles a day none has come since noon: the alarm is raised within three hours."""
    fault = Fault("freeze", at(WIRE, 4, 12))
    result = watched(WIRE, 5, fault)
    assert first(result, "silence", fault.at)[1] <= fault.at + timedelta(hours=3)
    assert [kind for kind, *_ in result.raised] == ["silence"]


def test_a_frozen_feed_of_a_slow_source_is_noticed_in_weeks():
    """Of three articles a week none has come: the alarm is raised within five weeks, and not within a week."""
    fault = Fault("freeze", at(WEEKLY, 8, 12))
    raised = first(watched(WEEKLY, 14, fault), "silence", fault.at)
    assert fault.at + WEEK < raised[1] <= fault.at + 5 * WEEK


@pytest.mark.parametrize("publisher", [WIRE, DAILY, SUNDAYLESS, WEEKLY, HOURLY], ids=lambda one: one.name)
def test_quiet_times_are_no_silence(publisher):
    """Nights, Sundays, holidays, Christmas week, a clock change and a new source's first weeks raise nothing."""
    begin = datetime(2026, 10, 19, tzinfo=UTC)  # its clock changes in the weeks after
    holidays = frozenset({date(2026, 11, 3), date(2026, 12, 8), date(2026, 12, 17)})
    quiet = replace(publisher, holidays=holidays, quiet=(date(2026, 12, 24), date(2027, 1, 1)))
    assert watched(quiet, 11, begin=begin).raised == []


@pytest.mark.parametrize(
    ("kind", "names", "most"),
    [("fields", "author date", 40), ("article", "article", 60), ("body", "body", 250)],
)
def test_a_new_layout_is_noticed(kind, names, most):
    """Date and author vanish, pages hold no article, bodies halve: named within so many pages, and since when."""
    fault = Fault(kind, at(DAILY, 7, 10))
    result = watched(DAILY, 9, fault)
    _, _, since, fields = first(result, "drift", fault.at)
    assert fields == names
    assert result.num_since <= most
    assert abs(since - fault.at) <= timedelta(hours=12)
    assert len(result.raised) == 1


def test_a_week_is_learned_in_the_sources_time():
    """What a source publishes at nine on Mondays is usual of the tenth hour of the week, whatever UTC says."""
    zone = ZoneInfo("America/New_York")
    mondays = [datetime(2026, 9, 14, 9, tzinfo=zone) + week * WEEK for week in range(10)]
    hours = [Hour(monday.astimezone(UTC), num_new=12) for monday in mondays]  # over a clock change
    found = learn([Hour(BEGIN), *hours], zone, hours[-1].start + 2 * DAY)
    assert found.num_weeks == 8
    assert [hour for hour, usual in enumerate(found.usual) if usual] == [9]
    assert found.usual[9] == 12


def test_a_sources_first_day_is_not_usual():
    """What its feed had before we came is not what it publishes in a day."""
    hours = [Hour(BEGIN, num_new=500), *(Hour(BEGIN + n * DAY, num_new=5) for n in range(1, 30))]
    found = learn(hours, ZoneInfo("UTC"), BEGIN + 30 * DAY)
    assert sum(found.usual) == pytest.approx(35, rel=0.01)


def test_what_is_usual_outlives_silence():
    """A source that has been silent for months is measured by what it published before."""
    weeks = [*Weeks(DAILY, BEGIN).until(BEGIN + 8 * WEEK)]
    now = BEGIN + 20 * WEEK
    assert learn(weeks, DAILY.zone, now).usual == pytest.approx(
        learn(weeks, DAILY.zone, BEGIN + 8 * WEEK + DAY).usual
    )


def test_the_first_days_make_no_layout():
    """What was learned of fields in less than a week is not held against a source."""
    assert learn_fields([*Weeks(WIRE, BEGIN).until(BEGIN + 6 * DAY)]) == {}
    assert {"date", "body"} <= learn_fields([*Weeks(WIRE, BEGIN).until(BEGIN + 8 * DAY)]).keys()


def test_an_hour_of_the_week_is_the_clocks():
    """The hour that a clock change repeats has one number; zones of half an hour are cut down to whole ones."""
    berlin = ZoneInfo("Europe/Berlin")
    first_two, second_two = datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert hour_of_week(first_two, berlin) == hour_of_week(second_two, berlin) == 6 * 24 + 2
    assert hour_of_week(datetime(2026, 10, 26, 0, tzinfo=UTC), ZoneInfo("Asia/Kolkata")) == 5


@pytest.mark.parametrize(
    ("asked", "refused", "reasons", "is_alarm", "is_over"),
    [
        (20, 15, [""], True, False),
        (20, 4, [""], False, True),
        (3, 3, ["", "http_403"], False, False),
        (0, 0, ["http_403"] * 3, True, False),
        (0, 0, ["http_403", "http_403", "timeout"], False, False),
        (20, 9, [""], False, False),
        (0, 0, ["host_paused", "host_paused", "http_429"], True, False),
        (0, 0, ["host_paused", "host_paused", "http_503"], False, False),
        (0, 0, ["host_paused"] * 5, False, False),
    ],
)
def test_refusals_are_told_from_mishaps(asked, refused, reasons, is_alarm, is_over):
    """Most visits of late, or three runs in a row; between raised and over there is room."""
    now = BEGIN + DAY
    found = measure_refusals([Hour(now - HOUR, num_asked=asked, num_refused=refused)], reasons, now)
    assert (found.is_alarm(0.0), found.is_over) == (is_alarm, is_over)


def test_a_site_for_subscribers_is_not_blocked():
    """Where most visits have always met a login, that is as usual."""
    now = BEGIN + DAY
    found = measure_refusals([Hour(now - HOUR, num_asked=20, num_refused=15)], [""], now)
    assert not found.is_alarm(usual=0.7)
