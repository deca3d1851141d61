"""How fresh articles are, how often to ask for that, and what is in the way, in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.intervals.freshness import FEWEST_ARTICLES, Arrival, Costs, State, judge, measure, percentile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
TARGET = 20 * MINUTE


def arrivals(num=100, *, waits=10, listed_late=0, handling=10 * SECOND):
    """Articles that waited evenly for their poll, up to so many minutes."""
    made = []
    for n in range(num):
        published = NOON + n * MINUTE + SECOND
        listed = published + listed_late * MINUTE
        polled = listed + (n % 20 + 1) / 20 * waits * MINUTE
        made.append(Arrival(published, max(listed - MINUTE, polled - waits * MINUTE), polled, polled + handling))
    return made


def measured(costs=None, **kinds):
    return measure(arrivals(**kinds), costs or Costs(), UTC)


def test_percentiles_are_values_that_were_measured():
    """The nearest rank: of 100 values the 95th."""
    values = [n * SECOND for n in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95)) == (50 * SECOND, 95 * SECOND)
    assert percentile([7 * SECOND], 0.95) == 7 * SECOND


def test_latency_counts_from_publication_to_row():
    """Half and 95 of 100 of the articles that waited evenly for up to ten minutes."""
    fresh = measured(waits=10)
    assert fresh.p50 == 5 * MINUTE + 10 * SECOND
    assert fresh.p95 == 9.5 * MINUTE + 10 * SECOND


def test_a_date_without_a_time_says_nothing():
    """Midnight by the newsroom's clock is a day, not a time; midnight by another clock is a time."""
    berlin = ZoneInfo("Europe/Berlin")
    day = datetime(2026, 3, 2, tzinfo=berlin).astimezone(UTC)
    dated = [Arrival(day, day, day + MINUTE, day + MINUTE)] * 50
    assert measure(dated, Costs(), berlin).num_articles == 0
    assert measure(dated, Costs(), UTC).num_articles == 50


def test_a_clock_that_is_ahead_makes_no_negative_latency():
    """An article from the future is as fresh as can be."""
    (early,) = arrivals(1, waits=0, handling=-60 * SECOND)
    assert early.latency == timedelta(0)


@pytest.mark.parametrize(
    ("kinds", "costs", "least", "most"),
    [
        pytest.param({}, Costs(), 18, 20, id="nothing in the way: nearly the whole target"),
        pytest.param({"listed_late": 11, "waits": 5}, Costs(), 8, 11, id="the publisher takes half of it"),
        pytest.param({"handling": 8 * MINUTE}, Costs(), 10.5, 12, id="so do the pages"),
        pytest.param({}, Costs(wait=10 * MINUTE), 8.5, 10, id="so does the queue"),
        pytest.param({}, Costs(poll_time=12.5 * MINUTE), 25, 25, id="but politeness comes first"),
        pytest.param({}, Costs(poll_time=5 * MINUTE, num_sharing=4), 40, 40, id="towards a host that is shared"),
        pytest.param({"listed_late": 60, "waits": 5}, Costs(), 9, 11, id="in vain: as if half were left"),
        pytest.param({"num": 5}, Costs(), 9, 11, id="not known: as if half were left"),
    ],
)
def test_the_interval_leaves_room_for_what_takes_time(kinds, costs, least, most):
    """What is left of a target of 20 minutes is the longest that an article may wait for its poll."""
    interval = measured(costs, **kinds).interval_for(TARGET)
    assert least * MINUTE <= interval <= most * MINUTE


def test_a_target_is_met_by_the_interval_chosen_for_it():
    """Articles that wait evenly for the longest time between two polls are stored within the target, 95 of 100."""
    fresh = measured(waits=10)
    longest = fresh.interval_for(TARGET) * 1.1
    assert measured(waits=longest / MINUTE).p95 <= TARGET


def test_no_source_is_asked_more_than_once_a_minute():
    """Whatever the target."""
    assert measured(waits=1).interval_for(2 * MINUTE) >= MINUTE
    assert measured(listed_late=5).interval_for(2 * MINUTE) >= MINUTE


@pytest.mark.parametrize(
    ("kinds", "costs", "state", "words"),
    [
        ({"listed_late": 35}, Costs(), State(), "the publisher lists articles 34 min after their date"),
        (
            {"waits": 40},
            Costs(num_requests=12, poll_time=10 * MINUTE, num_sharing=2),
            State(),
            "one takes 12 requests, or 600 s, and 2 sources share the host",
        ),
        ({"waits": 40}, Costs(put_off=30 * MINUTE), State(), "put off by 30 min, for pauses (Retry-After)"),
        ({"waits": 40}, Costs(wait=25 * MINUTE), State(), "runs wait 25 min for a worker"),
        ({"handling": 30 * MINUTE}, Costs(), State(), "30 min pass from the poll to the row"),
        ({"waits": 40}, Costs(), State(failure="robots_disallowed"), "robots.txt keeps us from its feeds"),
        ({"waits": 40}, Costs(), State(failure="http_404"), "could not be had at the last visit (http_404)"),
        ({"waits": 40}, Costs(), State(pause="Retry-After"), "left alone for a while (Retry-After)"),
        ({"waits": 40}, Costs(), State(is_enabled=False), "switched off"),
    ],
)
def test_what_is_in_the_way_is_said_in_words(kinds, costs, state, words):
    """Each cause by itself."""
    is_met, causes = judge(TARGET, measured(costs, **kinds), 15 * MINUTE, state)
    assert is_met is False
    assert any(words in cause for cause in causes), causes


def test_what_is_met_needs_no_cause():
    """And of too few articles it is said how many there are."""
    assert judge(TARGET, measured(waits=10), 15 * MINUTE, State()) == (True, [])
    is_met, (cause,) = judge(TARGET, measured(num=7), 15 * MINUTE, State())
    assert is_met is None
    assert cause == f"too few articles with a time of day to tell: 7 of {FEWEST_ARTICLES}"
