"""Where bars stand, and how the operator page writes numbers and times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.outcomes import Reason
from scheduler.web.charts import spark_path, timeline, visits_of, week_of_hours
from scheduler.web.site import duration, folded, is_web, shortened, web_link

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)  # a Wednesday
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def page(second, *, outcome="new", reason=Reason.NEW_TEXT, took=1000):
    """A visit that was over so many seconds after NOW."""
    at = NOW + timedelta(seconds=second)
    return {"fetched_at": at, "duration_ms": took, "outcome": outcome, "reason": reason}


def test_few_articles_are_counted_by_six_hours_and_many_by_the_hour():
    """Every article is in one bar, whichever size these have; the last one is the hour that is under way."""
    few = week_of_hours({NOW.replace(minute=0): 3, MONDAY: 1}, None, ZoneInfo("UTC"), NOW)
    many = week_of_hours(
        {NOW.replace(minute=0) - timedelta(hours=n): 1 for n in range(168)}, None, ZoneInfo("UTC"), NOW
    )
    assert (len(few.bars), len(many.bars)) == (28, 168)
    assert "3 new" in few.bars[-1].words
    assert "4 in all, 3 at most" in few.words
    assert few.usual == []
    assert all(0 <= bar.x <= bar.x + bar.width <= 100 for bar in [*few.bars, *many.bars])


def test_the_usual_is_that_of_the_hour_on_the_source_s_own_clocks():
    """What is usual from Monday 0:00 on in Kolkata stands at Sunday 18:00 UTC and the hours after it."""
    usual = [6.0, *([0.0] * 167)]
    chart = week_of_hours({}, usual, ZoneInfo("Asia/Kolkata"), NOW)
    (at,) = [n for n, line in enumerate(chart.usual) if line.y < chart.height]
    first = NOW.replace(minute=0) - timedelta(hours=167)
    assert (
        first + timedelta(hours=6 * at)
        <= datetime(2026, 3, 1, 19, tzinfo=UTC)
        < first + timedelta(hours=6 * at + 6)
    )


def test_visits_at_the_same_time_have_lanes_of_their_own():
    """Those that do not overlap share one; what took no time is still seen."""
    chart = timeline(visits_of([], [page(1), page(1.5), page(4), page(4, took=None)]), NOW, None)
    heights = [bar.y for bar in chart.bars]
    assert len(set(heights)) == 2
    assert all(bar.width > 0 and bar.x + bar.width <= 100.001 for bar in chart.bars)


def test_links_that_were_never_asked_for_stand_apart():
    """With what the run polled above, and the pages between."""
    poll = {"polled_at": NOW, "duration_ms": 5, "outcome": "read", "kind": "feed"}
    known = page(1, outcome="rejected", reason=Reason.ROBOTS_DISALLOWED, took=None)
    chart = timeline(visits_of([poll], [page(2), known]), NOW, NOW + timedelta(seconds=3))
    assert [words for _, words in chart.rows] == ["documents: 1", "pages: 1", "not asked for: 1"]


def test_thousands_of_visits_are_stacked_by_time():
    """A drawing of a bounded size in which each of them counts."""
    pages = [page(n / 10, outcome="failed" if n % 4 == 0 else "new") for n in range(4000)]
    chart = timeline(visits_of([], pages), NOW, None)
    assert len(chart.bars) <= 240
    assert sum(int(bar.words.split()[0]) for bar in chart.bars) == 4000
    assert "pages: 3000 new, 1000 failed" in chart.words


def test_a_run_that_did_nothing_has_no_timeline():
    """There is nothing to draw."""
    assert timeline([], NOW, None) is None


def test_a_sparkline_has_a_bar_for_each_hour_with_something_new():
    """The highest is as high as all; one of many is still seen."""
    assert spark_path([0, 0]) == ""
    assert spark_path([0, 100, 1]) == "M4 24v-22h3v22zM8 24v-2h3v2z"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "—"), (0, "0 ms"), (999, "999 ms"), (1500, "1.5 s"), (timedelta(minutes=61), "1 h 1 min"),
        (timedelta(hours=2), "2 h"), (timedelta(hours=50), "2 d 2 h"), (timedelta(days=9), "9 d"),
    ],
)  # fmt: skip
def test_durations_are_written_in_two_units(value, words):
    """Milliseconds as a number, or a timedelta."""
    assert duration(value) == words


def test_only_http_and_https_are_links():
    """In any case of letters; anything else leads nowhere."""
    assert [is_web(url) for url in ("https://a", "HTTP://a", "javascript:x", " https://a", "data:,x", "//a")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
    assert web_link("javascript:alert(1)") == "about:blank"


def test_long_texts_are_cut_and_what_did_not_change_is_folded():
    """The beginning and the end of it stay."""
    assert shortened("abcdef", 4) == "abc…"
    assert folded("a" * 300) == "a" * 300
    assert folded("begin" + "x" * 1000 + "end").startswith("beginx")
    assert len(folded("x" * 10_000)) < 400
