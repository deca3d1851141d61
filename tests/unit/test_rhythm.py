"""When an article is visited again, and how it is asked for then."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from crawler.discovery import Link
from crawler.ingestion.rhythm import OFTEN, USUAL, is_over, next_visit, rhythm_for, weight_of_visits
from crawler.source import Source
from crawler.spiders.revisits import Revisits, Wanted, revisit_of, time_for_revisits

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def dates(rhythm, *, late=timedelta(0)):
    """The ages at which an article is visited, if each visit comes so late."""
    age, ages = timedelta(0), []
    while (following := next_visit(rhythm, NOON, NOON + age)) is not None:
        age = following - NOON + late
        ages.append(following - NOON)
    return ages


def test_an_article_is_visited_five_times():
    """After 15 minutes, an hour, six hours, a day and four days, and then no more."""
    assert dates(USUAL) == [15 * MINUTE, HOUR, 6 * HOUR, DAY, 4 * DAY]


def test_a_source_that_edits_is_visited_in_between():
    """At the geometric mean of every two of these dates."""
    between = [age for age in dates(OFTEN) if age not in USUAL]
    assert [round(age / MINUTE) for age in between] == [30, 147, 12 * 60, 48 * 60]
    assert set(USUAL) < set(OFTEN)


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (MINUTE, [15 * MINUTE, HOUR, 6 * HOUR, DAY, 4 * DAY]),
        (HOUR, [15 * MINUTE, 6 * HOUR, DAY, 4 * DAY]),
        (DAY, [15 * MINUTE, 4 * DAY]),
        (9 * DAY, [15 * MINUTE]),
    ],
)
def test_what_was_missed_is_not_made_up_for(late, expected):
    """A visit that comes late stands for all that were due meanwhile: a source polled once a day revisits so."""
    assert dates(USUAL, late=late) == expected


def test_a_source_without_rhythm_is_not_followed():
    """No date, and so no visit."""
    assert next_visit((), NOON, NOON) is None
    assert is_over((), NOON, NOON)


@pytest.mark.parametrize(("age", "over"), [(4 * DAY - MINUTE, False), (4 * DAY, True), (900 * DAY, True)])
def test_the_rhythm_ends(age, over):
    """With its last date."""
    assert is_over(USUAL, NOON, NOON + age) is over


def test_one_visit_in_ten_makes_a_source_that_edits():
    """A source that has always edited a tenth of its articles is known for it after some dozens of visits."""

    def after(num_visits, share, rate=0.0):
        for _ in range(num_visits):
            rate += weight_of_visits(1) * (share - rate)
        return rate

    assert rhythm_for(0.0) is rhythm_for(after(1000, 0.09)) is USUAL
    assert rhythm_for(after(1000, 0.11)) is OFTEN
    assert rhythm_for(after(20, 0.2)) is USUAL
    assert rhythm_for(after(40, 0.2)) is OFTEN
    assert rhythm_for(after(60, 0.0, rate=0.3)) is USUAL


def test_visits_weigh_the_same_together_as_one_by_one():
    """It does not matter in how many runs they were made."""
    one = weight_of_visits(1)
    assert weight_of_visits(0) == 0
    assert weight_of_visits(3) == pytest.approx(1 - (1 - one) ** 3)


@pytest.mark.parametrize(
    ("slot", "minutes"),
    [
        (NOON + 15 * MINUTE, 7.5),
        (NOON + DAY, 12 * 60),
        (NOON + 10 * timedelta(seconds=1), 1),
        (NOON - DAY, 1),
        (None, 1),
    ],
)
def test_revisits_have_half_of_the_time(slot, minutes):
    """Until the source's next slot; but a minute in any case."""
    assert time_for_revisits(NOON, slot) == NOON + minutes * MINUTE


def test_when_time_is_up_the_rest_is_left():
    """Nobody has a turn any more; how many are left is known, of a host that fails, and in the end of all."""
    now = datetime.now(UTC)
    soon, past = Revisits(now + HOUR), Revisits(now - MINUTE)
    for url in ("https://a.example/1", "https://b.example/1", "https://a.example/2"):
        for revisits in (soon, past):
            revisits.add(Wanted(Link(url), {}, "revisit"))
    assert (soon.has_turn, past.has_turn) == (True, False)
    assert soon.pop().link.url == "https://a.example/1"
    assert soon.leave("a.example") == 1
    assert (soon.pop().link.url, soon.has_turn) == ("https://b.example/1", False)
    assert (past.leave(), past.leave()) == (3, 0)


def conditions(*, source=None, rhythm=USUAL, changed_at=NOON - DAY, age=HOUR, is_due=True, **row):
    """The headers of a visit to an article that was seen first at noon, and last at five past."""
    defaults = {"name": "gazette", "url": "https://gazette.example/"}
    assignment = SimpleNamespace(
        source=Source(**defaults | (source or {})), visit=SimpleNamespace(rhythm=rhythm), changed_at=changed_at
    )
    stored = {
        "url": "https://gazette.example/1",
        "link": None,
        "first_seen_at": NOON,
        "last_fetched_at": NOON + 5 * MINUTE,
        "etag": '"1"',
        "last_modified": None,
        "num_not_modified": 0,
        "num_pages": 1,
    }
    return dict(revisit_of(stored | row, assignment, NOON + age, is_due=is_due).conditions)


def test_a_visit_says_what_the_server_said():
    """Its ETag and its date, as they came."""
    said = conditions(etag='W/"1"', last_modified="Mon, 02 Mar 2026 12:00:00 GMT")
    assert said == {"If-None-Match": b'W/"1"', "If-Modified-Since": b"Mon, 02 Mar 2026 12:00:00 GMT"}
    assert conditions(etag=None) == {}


@pytest.mark.parametrize(
    "reasons",
    [
        pytest.param({"num_not_modified": 2}, id="every third visit"),
        pytest.param({"age": 4 * DAY}, id="the last visit"),
        pytest.param({"num_pages": 2}, id="of two pages"),
        pytest.param({"source": {"javascript": True}}, id="rendered"),
        pytest.param({"changed_at": NOON + 6 * MINUTE}, id="the source was changed"),
        pytest.param(
            {"source": {"rules": [{"valid_until": "2026-03-02", "remove": [".ad"]}]}, "age": DAY},
            id="other rules hold",
        ),
    ],
)
def test_a_304_would_tell_nothing(reasons):
    """The page is asked for in full where its server's word is not to be relied on, or not about our text."""
    assert conditions() == {"If-None-Match": b'"1"'}
    assert conditions(**reasons) == {}


def test_whoever_asks_for_all_articles_asks_conditionally():
    """Also for those whose rhythm is over."""
    assert conditions(age=900 * DAY, is_due=False) == {"If-None-Match": b'"1"'}
