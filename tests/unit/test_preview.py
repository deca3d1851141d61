"""What the timetable will come to, computed from sources and their habits alone."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.source import Source
from scheduler.preview import Habits, Watched, coming_runs, forecast, zone_effects

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def watched(
    name="gazette", *, url=None, slot_at=None, due_at=None, habits=None, delay=1.0, latencies=None, **keys
):
    """A source with these keys, and what is known of it."""
    source = Source(name=name, url=url or f"https://{name}.example/", **keys)
    return Watched(source, slot_at, due_at, None, habits or Habits(), delay, latencies or {})


def habits(*, pages=0.0, polls=None, seconds=10.0):
    """Those of a source that had runs."""
    return Habits(10, seconds, polls or {}, {}, pages)


def times(one, start, until):
    """When the runs are, and what is said of them."""
    return [(datetime.fromtimestamp(run.at, UTC), run.note) for run in coming_runs(one, start, until)]


@pytest.mark.parametrize(
    "keys",
    [
        {"every": "15m"},
        {"every": "10m", "jitter": "2m"},
        {"cron": "*/20 6-22 * * *", "timezone": "Europe/Berlin"},
        {"cron": "30 2 * * *", "timezone": "America/New_York", "jitter": "5m"},
    ],
)
def test_the_runs_are_those_of_the_timetable(keys):
    """Each run of a week is at the time that the dispatcher would compute, one after the other."""
    from scheduler.timetable import trigger_for

    one = watched(**keys)
    expected = []
    for due in trigger_for(one.source).walk(NOON):
        if due > NOON + 7 * DAY:
            break
        expected.append(due)
    found = [at for at, _ in times(one, NOON, NOON + 7 * DAY)]
    assert len(found) == len(expected) > 6
    assert all(abs(one - other) < timedelta(milliseconds=1) for one, other in zip(found, expected, strict=True))


def test_the_first_run_is_when_the_database_has_it_due():
    """A source that was put off comes first when it is due again, and goes on with its timetable from there."""
    one = watched(every="1h", slot_at=NOON + HOUR / 2, due_at=NOON + 5 * HOUR)
    found = times(one, NOON, NOON + 8 * HOUR)
    assert found[0] == (NOON + 5 * HOUR, "put off until then")
    assert len(found) == 4
    assert times(watched(every="1h", due_at=NOON + 9 * HOUR), NOON, NOON + 8 * HOUR) == []
    assert times(watched(every="1h", due_at=NOON - HOUR), NOON, NOON + HOUR / 2)[0] == (NOON, "")


SPRING, AUTUMN = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "day", "kind", "notes"),
    [
        ("30 2 * * *", SPRING, "moved", {"01:00": "moved from 02:30, which is skipped"}),
        ("20 * * * *", SPRING, "skipped", {}),
        ("30 2 * * *", AUTUMN, "once", {"00:30": "02:30 comes twice: at the first"}),
        ("@hourly", AUTUMN, "twice", {"00:00": "02:00 for the first time", "01:00": "02:00 for the second time"}),
    ],
)
def test_changes_of_clocks_are_marked(cron, day, kind, notes):
    """A slot that is moved, skipped or doubled says so, at its run and in the list of changes."""
    one = watched(cron=cron, timezone="Europe/Berlin")
    start = day - HOUR
    (effect,) = zone_effects(one.source, start, start + DAY)
    assert effect.kind == kind
    assert {f"{at:%H:%M}": note for at, note in times(one, start, start + DAY) if note} == notes


def test_requests_are_held_against_the_hosts_limit():
    """Polls and pages of all sources of a host are added up, and an hour has room for 3600 / spacing of them."""
    made = [
        watched(name, url="https://gazette.example/", every="5m", delay=10.0,
                habits=habits(pages=20.0, polls={"gazette.example": 2.0}))
        for name in ("gazette", "gazette-sport")
    ]  # fmt: skip
    (worst, *_) = forecast(made, NOON, NOON + DAY).over
    assert worst.host == "gazette.example"
    assert worst.requests == pytest.approx(2 * 12 * 22)
    assert worst.limit == pytest.approx(360)
    assert worst.busy == pytest.approx(2 * 12 * 22 / 360)
    assert set(worst.sources) == {"gazette", "gazette-sport"}


def test_a_slow_host_has_less_room():
    """A host that is slow to answer is asked at twice its latency, and that is what its limit comes from."""
    one = watched(every="1h", habits=habits(pages=5.0), latencies={"gazette.example": 10.0})
    assert {round(found.limit) for found in forecast([one], NOON, NOON + DAY).host_hours} == {180}


def test_without_a_delay_there_is_no_limit():
    """A host whose requests are not spaced is never over its limit."""
    one = watched(every="1m", delay=0.0, habits=habits(pages=500.0))
    assert forecast([one], NOON, NOON + HOUR).over == []


def test_pages_follow_the_hour_of_the_week():
    """A run visits as many pages as the runs of that hour of the week did: 1 June 2026 is a Monday."""
    one = watched(every="1h", habits=Habits(10, 5.0, {}, {12: 40.0}, 3.0))
    made = forecast([one], NOON, NOON + DAY)
    assert {found.at.hour: found.requests for found in made.host_hours}[12] == 40.0
    assert {found.at.hour: found.requests for found in made.host_hours}[13] == 3.0


def test_runs_of_one_site_wait_for_each_other():
    """What falls due while another source of its site is at it is listed, with how long it waits."""
    made = [
        watched(name, url="https://gazette.example/", cron="0 * * * *", habits=habits(seconds=120.0))
        for name in ("gazette", "gazette-sport")
    ]
    (overlap,) = forecast(made, NOON, NOON + 5 * HOUR).overlaps
    assert (overlap.host_lock, overlap.num_runs, overlap.longest) == ("gazette.example", 5, 120.0)
    apart = [watched(name, cron="0 * * * *", habits=habits(seconds=120.0)) for name in ("gazette", "herald")]
    assert forecast(apart, NOON, NOON + 5 * HOUR).overlaps == []


def test_a_source_without_a_past_is_estimated():
    """By its documents, and by what a middling paper publishes in the time between two runs."""
    one = watched(every="1h", feeds=["https://feeds.example/gazette"])
    assert not one.has_past
    made = forecast([one], NOON, NOON + DAY)
    by_host = {found.host: found.requests for found in made.host_hours if found.at == NOON + HOUR}
    assert by_host == {"feeds.example": 1.0, "gazette.example": pytest.approx(12.5)}


def test_an_adaptive_source_is_shown_by_what_it_has_learned():
    """Its runs follow its last interval, from where it is due."""
    source = Source(name="gazette", url="https://gazette.example/", every="auto")
    one = Watched(source, None, NOON + HOUR, timedelta(hours=2))
    assert [at for at, _ in times(one, NOON, NOON + 6 * HOUR)] == [NOON + HOUR, NOON + 3 * HOUR, NOON + 5 * HOUR]


def test_a_new_source_with_a_target_is_asked_as_often_as_its_first_run_will_have_it():
    """A timetable that is tried before it is in force must not ask for less than it does once it is."""
    one = watched(freshness="4m", due_at=NOON)
    first, second, *_ = (at for at, _ in times(one, NOON, NOON + HOUR))
    assert second - first == one.interval < timedelta(minutes=2)
