"""How often a source without a fixed interval is asked: by what was known, and by the hours of the week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.intervals.cadence import FLAT, LONGEST, SHORTEST, Rhythm, adapt, is_material, rhythm_of, spread_out

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = MONDAY + timedelta(weeks=4)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


def working_week(zone=UTC, *, weeks=4):
    """Ten articles an hour from 8 to 18, Monday to Friday."""
    monday = MONDAY.replace(tzinfo=None)
    return [
        (monday + timedelta(weeks=week, days=day, hours=hour, minutes=6 * n)).replace(tzinfo=zone)
        for week in range(weeks)
        for day in range(5)
        for hour in range(8, 18)
        for n in range(10)
    ]


@pytest.mark.parametrize(
    ("shares", "factor"),
    [
        pytest.param([0.9] * 5, 1.25, id="mostly known: later"),
        pytest.param([0.68] * 5, 1.25, id="just over 67 %: later"),
        pytest.param([0.67] * 5, 1.0, id="67 %: as it is"),
        pytest.param([0.5] * 5, 1.0, id="half: as it is"),
        pytest.param([0.33] * 5, 1.0, id="33 %: as it is"),
        pytest.param([0.32] * 5, 0.75, id="just under 33 %: sooner"),
        pytest.param([0.0] * 5, 0.75, id="all new: sooner"),
        pytest.param([1.0] * 5, 1.25, id="not changed: all known"),
        pytest.param([1.0, 0.0, 1.0, 1.0, 1.0], 1.25, id="one odd poll among known ones decides nothing"),
        pytest.param([1.0, 0.0, 0.0, 0.0, 0.0], 0.75, id="one odd poll among new ones decides nothing"),
        pytest.param([0.0, 0.0, 0.0] + [1.0] * 9, 0.75, id="what is long ago does not count"),
        pytest.param([1.0, 1.0], 1.0, id="too few polls"),
        pytest.param([], 1.0, id="no poll"),
    ],
)
def test_the_share_of_known_links_decides(shares, factor):
    """Over 67 % known: later. Under 33 %: sooner. Between, or by a single poll: as it was."""
    assert adapt(HOUR, shares) == HOUR * factor


def test_an_interval_stays_between_ten_minutes_and_a_day():
    """However long it goes on in one direction, and wherever it began."""
    longer = shorter = HOUR
    for _ in range(100):
        longer, shorter = adapt(longer, [1.0] * 5), adapt(shorter, [0.0] * 5)
    assert (longer, shorter) == (LONGEST, SHORTEST) == (timedelta(hours=24), timedelta(minutes=10))
    assert adapt(timedelta(days=3), []) == LONGEST


def test_after_a_gap_an_interval_does_not_grow():
    """Articles were missed a few polls ago: that all is known now is no reason to take more time."""
    assert adapt(HOUR, [1.0, 1.0, 1.0, 1.0, 0.0], has_gap=True) == HOUR
    assert adapt(HOUR, [0.0] * 5, has_gap=True) < HOUR


@pytest.mark.parametrize(
    ("spacing", "longest"),
    [
        (MINUTE, SHORTEST),
        (10 * MINUTE, 40 * MINUTE),
        (5 * HOUR, 20 * HOUR),
        (timedelta(days=3), LONGEST),
        (None, LONGEST),
    ],
)
def test_an_interval_grows_to_four_articles(spacing, longest):
    """A feed of a hundred entries has mostly known ones for hours: the first new one should not wait so long."""
    interval = SHORTEST
    for _ in range(50):
        interval = adapt(interval, [0.95] * 5, Rhythm(spacing=spacing))
    assert interval == longest


def test_few_articles_make_no_rhythm():
    """Of nine articles nothing is said; of 49, how often they come, but not in which hours."""
    some = rhythm_of(working_week()[:49], UTC, MONDAY + 49 * HOUR)
    assert (some.intensities, some.spacing) == (FLAT.intensities, (49 - 8) / 49 * HOUR)
    assert rhythm_of(working_week()[:9], UTC, LATER) is FLAT
    assert FLAT.after(MONDAY + 10 * MINUTE, 3 * HOUR) == MONDAY + 10 * MINUTE + 3 * HOUR


@pytest.mark.parametrize(
    ("begins", "least", "most"),
    [
        pytest.param(timedelta(days=1, hours=10), 0.1, 0.5, id="Tuesday morning: sooner"),
        pytest.param(timedelta(days=1, hours=21), 3, 6, id="Tuesday night: later"),
        pytest.param(timedelta(days=5, hours=12), 3, 6, id="Saturday noon: later"),
    ],
)
def test_a_week_has_its_hours(begins, least, most):
    """An hour's interval is shorter when articles come, and longer when none usually do."""
    rhythm, begin = rhythm_of(working_week(), UTC, LATER), MONDAY + timedelta(weeks=4) + begins
    assert least <= (rhythm.after(begin, HOUR) - begin) / HOUR <= most


def test_a_day_that_was_not_seen_yet_is_not_a_quiet_one():
    """Of two days the hours of the day are told apart, and Thursday is taken to be like them."""
    two_days = [moment for moment in working_week(weeks=1) if moment < MONDAY + timedelta(days=2)]
    rhythm = rhythm_of(two_days, UTC, MONDAY + timedelta(days=2))
    assert rhythm.at(MONDAY + timedelta(days=3, hours=10)) == rhythm.at(MONDAY + timedelta(hours=10)) > 2
    assert rhythm_of(two_days[:80], UTC, MONDAY + 17 * HOUR).intensities == FLAT.intensities


def test_a_rhythm_spends_no_more_visits_than_an_even_one():
    """Over a week as many visits of an hour's interval are made, within some per cent."""
    rhythm, moment, num_visits = rhythm_of(working_week(), UTC, LATER), MONDAY, 0
    while moment < MONDAY + timedelta(weeks=1):
        moment = rhythm.after(moment, HOUR)
        num_visits += 1
    assert num_visits == pytest.approx(168, rel=0.05)


def test_a_rhythm_goes_by_the_publishers_clock():
    """Eight in the morning in Berlin is another time in UTC, in summer and in winter."""
    rhythm = rhythm_of(working_week(BERLIN), BERLIN, LATER)
    for day in (datetime(2026, 1, 13, tzinfo=BERLIN), datetime(2026, 7, 14, tzinfo=BERLIN)):
        busy, quiet = day.replace(hour=10), day.replace(hour=5)
        assert rhythm.at(busy.astimezone(UTC)) > 1 > rhythm.at(quiet.astimezone(UTC))


def test_a_night_never_lasts_longer_than_a_day():
    """However quiet the hours are, the longest interval stays the longest."""
    begin = MONDAY + timedelta(days=5)
    assert rhythm_of(working_week(), UTC, LATER).after(begin, 20 * HOUR) == begin + LONGEST


@pytest.mark.parametrize("interval", [SHORTEST, HOUR, 12 * HOUR, LONGEST])
def test_sources_that_were_asked_at_once_drift_apart(interval):
    """Each by its own draw, the same on every host, of up to a tenth; never under or over what is allowed."""
    slots = [spread_out(MONDAY + interval, interval, f"paper-{n}") for n in range(500)]
    assert slots == [spread_out(MONDAY + interval, interval, f"paper-{n}") for n in range(500)]
    taken = [(slot - MONDAY) / interval for slot in slots]
    assert max(taken) - min(taken) == pytest.approx(0.1, abs=0.01)
    assert all(SHORTEST <= slot - MONDAY <= LONGEST for slot in slots)
    tenths = [sum(n <= 100 * abs(share - 1) < n + 1 for share in taken) for n in range(10)]
    assert all(25 <= number <= 80 for number in tenths)


def test_only_material_changes_are_told():
    """A step of a quarter is told about every third time: when it has come to twice, or to half, as much."""
    interval, told = 10 * MINUTE, 0
    for _ in range(22):
        after = adapt(interval, [1.0] * 5)
        told += is_material(interval, after)
        interval = after
    assert interval > 20 * HOUR
    assert told == 7
    assert is_material(None, HOUR)
