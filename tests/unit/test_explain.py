"""How an explanation is worded, whatever the database holds."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from crawler.discovery import Link
from crawler.ingestion.page import Page
from crawler.ingestion.page import Visit as PageVisit
from crawler.ingestion.page_record import page_of, record_of
from crawler.outcomes import Outcome, Reason
from crawler.spiders.kept_links import entry_of
from scheduler.cli.explanation_shown import explanation_lines
from scheduler.explain.asking import _cleaned
from scheduler.explain.explanation import Advice, Explanation, Found, Record, State, Visit
from scheduler.explain.reasons import REASONS, words_of
from scheduler.explain.steps import steps_of
from scheduler.explain.unseen import day_of
from scheduler.explain.words import sentence, span, when

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
RUN = UUID(int=7)


def row(**fields):
    """A visit as the query gives it."""
    nothing = dict.fromkeys(("file", "final_url", "http_status", "num_bytes", "duration_ms", "trace"))
    return {"url": "https://gazette.example/1", **nothing, **fields}


def record(**fields):
    """A URL of which next to nothing is known."""
    found = Found("document", NOW, "in the feed https://gazette.example/feed")
    values = {
        "url": "https://gazette.example/1", "role": "asked", "source": "gazette", "source_state": "enabled",
        "found": found, "outcome": Outcome.FAILED, "reason": Reason.TIMEOUT, "why": "it did not come in time",
        "remedy": None, "last_visit_at": NOW, "num_failures": 1, "next_visit_at": None, "next_visit": "none: gone",
    }  # fmt: skip
    return Record(**values | fields)


def test_every_reason_has_a_sentence():
    """No reason is told by its name alone, and none that the code does not know is left here."""
    assert set(REASONS) == set(Reason)
    for reason, words in REASONS.items():
        assert words.why, reason
        assert not words.why.endswith("."), reason
        assert words.why[0].islower() or words.why.startswith("[crawl]"), reason


def test_a_reason_of_another_version_is_told_by_its_name():
    """What this version does not know is no reason to fail."""
    assert words_of("sent_to_the_moon").why == "sent to the moon"
    assert words_of("no_feed_found").why == "the home page knows of no feed"


def test_a_visit_is_told_step_by_step():
    """Request, each redirect, robots.txt, response, times, reader and rules are sentences, in that order."""
    trace = {
        "for": "retry",
        "attempt": 2,
        "http": "HTTP/1.1",
        "sent": ["If-None-Match"],
        "via": ["browser"],
        "hops": [[301, "https://gazette.example/1"], [302, "https://gazette.example/2"]],
        "robots": {"group": "*", "rule": "Disallow: /3"},
        "type": "text/html",
        "said": ["ETag"],
        "ms": {"turn": 1500, "download": 20, "read": 30, "store": 40},
        "reader": "json_ld",
        "rules": {"headline": "h1.title"},
        "pages": 3,
        "evidence": {"few_words": -4.0},
    }
    told = steps_of(row(trace=trace, final_url="https://gazette.example/3", http_status=200, num_bytes=1234))
    assert told == (
        "Made in attempt 2 of its run because an earlier visit failed, or had found no room.",
        "Asked for over HTTP/1.1, only if changed (If-None-Match), rendered by a browser.",
        "Redirected (301) from https://gazette.example/1 to https://gazette.example/2.",
        "Redirected (302) from https://gazette.example/2 to https://gazette.example/3.",
        "robots.txt: forbidden by 'Disallow: /3' in the group '*'.",
        "Answered: status 200, text/html, 1,234 bytes, with ETag.",
        "Time: waited 1.5 s for its turn, downloaded in 20 ms, read in 30 ms, stored 40 ms later.",
        "Text read from the page's JSON-LD.",
        "Rule for headline: h1.title",
        "Joined from 3 pages.",
        "Evidence for (+) and against (-) an article: few_words -4.",
    )


def test_a_visit_without_a_trace_tells_what_there_is():
    """What an earlier version recorded is told, and nothing made up."""
    told = steps_of(row(final_url="https://gazette.example/3", duration_ms=120, http_status=200))
    assert told == ("Redirected to https://gazette.example/3.", "Answered: status 200.", "Time: 120 ms in all.")
    assert steps_of(row()) == ()


def test_a_visit_out_of_a_file_is_told_as_one():
    """What an import read was asked of nobody."""
    assert steps_of(row(file="news.warc.gz"))[0] == "Read from the file news.warc.gz."


@pytest.mark.parametrize(
    ("link", "entry"),
    [
        ({}, None),
        ({"headline": "Ferry\0 sails"}, {"headline": "Ferry sails"}),
        (
            {"headline": "F" * 900, "date_published": NOW},
            {"headline": "F" * 200, "date_published": NOW.isoformat()},
        ),
        ({"found_on": "https://gazette.example/"}, {"by": "page", "from": "https://gazette.example/"}),
        ({"part_of": "https://gazette.example/2"}, {"by": "part", "from": "https://gazette.example/2"}),
        ({"is_missed": True, "found_in": 7}, {"by": "gap"}),
    ],
)
def test_what_is_kept_of_where_a_url_was_found(link, entry):
    """A few words of what was said there; how, only where no document simply listed it."""
    assert entry_of(Link("https://gazette.example/1", **link)) == entry


def test_a_trace_waits_on_disk_with_its_page():
    """A page that is stored later, by another process, is as well explained."""
    visit = PageVisit(RUN, 1, 1, "gazette", ZoneInfo("UTC"))
    waiting = Page(
        visit, "u", NOW, found_in=7, entry={"by": "gap"}, trace={"hops": [[301, "u"]], "ms": {"read": 1}}
    )
    assert page_of(record_of(waiting)) == waiting


@pytest.mark.parametrize(
    ("robots", "told"),
    [
        ({"status": 404}, "there is none (the server answered 404), so all is allowed."),
        ({"group": "ourbot"}, "allowed by the group 'ourbot'."),
        ({}, "no group in it is for us, so all is allowed."),
    ],
)
def test_what_robots_txt_allows_is_told(robots, told):
    """That there is none, that a group allows it, and that none is for us are three things."""
    assert steps_of(row(trace={"robots": robots})) == (f"robots.txt: {told}",)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://gazette.example/1", "https://gazette.example/1"),
        (" <https://gazette.example/1>\n", "https://gazette.example/1"),
        ("gazette.example/1", "https://gazette.example/1"),
        ("//gazette.example/1", "https://gazette.example/1"),
        ("gazette.example:8080/1", "https://gazette.example:8080/1"),
        ("http://[::1]/1", "http://[::1]/1"),
        ("ftp://gazette.example/1", "ftp://gazette.example/1"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://gazette.example/a\r\n-b\0", "https://gazette.example/a-b"),
        ("http://[1/", None),
        ("http://gazette.example:99999/", None),
        ("the bridge story", None),
        ("", None),
    ],
)
def test_a_url_is_taken_as_it_is_typed(typed, meant):
    """What is pasted from a mail or without a scheme is understood; what is no URL is told from what is."""
    assert _cleaned(typed) == meant


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/2026/02/28/bridge", datetime(2026, 2, 28, tzinfo=UTC)),
        ("/news-20260228.html", datetime(2026, 2, 28, tzinfo=UTC)),
        ("/2026-02-30/bridge", None),
        ("/id/202602281234", None),
        ("/bridge", None),
    ],
)
def test_the_day_in_a_url(path, day):
    """Many papers have the day in their URLs, and numbers that look like one are none."""
    assert day_of(f"https://gazette.example{path}") == day


def test_times_are_told_with_how_long_ago():
    """An operator need not reckon."""
    assert when(NOW - timedelta(minutes=5), NOW) == "2026-03-02 06:55 UTC (5 min ago)"
    assert when(NOW + timedelta(hours=3), NOW) == "2026-03-02 10:00 UTC (in 3 h)"
    assert when(None, NOW) == "never"
    assert span(timedelta(days=9)) == "9 days"
    assert sentence("not stored: robots.txt forbids it") == "Not stored: robots.txt forbids it."
    assert sentence("") == ""


def test_a_terminal_is_not_commanded():
    """What stands in headlines and details reaches the terminal without its control characters."""
    visit = Visit(
        NOW, RUN, "timetable", "https://gazette.example/1", "failed", "timeout", "it was slow", "\x1b[2Jgone", ()
    )
    told = "\n".join(
        explanation_lines(Explanation("x", State.FAILED, "a\x1b[31m", records=(record(visits=(visit,)),)))
    )
    assert "\x1b" not in told
    assert "\\x1b[2Jgone" in told


def test_lines_fit_a_terminal():
    """No line is wider than 80 columns, but for a URL that would not be one in two pieces."""
    long = "https://gazette.example/" + "a" * 100
    explanation = Explanation(
        long,
        State.FAILED,
        f"not stored: {'word ' * 60}",
        (Advice("do this " * 30), Advice("do that", f"tidings extract {long}")),
        (record(url=long),),
    )
    lines = list(explanation_lines(explanation))
    assert max(len(line) for line in lines if long not in line) <= 80
    assert any(long in line for line in lines)


def test_an_explanation_is_plain_json():
    """Times are ISO 8601, ids and states text, whatever is in a trace."""
    visit = Visit(
        NOW, RUN, "timetable", "u", "failed", "timeout", "it was slow", None, (), trace={"hops": [[301, "u"]]}
    )
    told = Explanation("u", State.FAILED, "v", records=(record(visits=(visit,)),)).as_json()
    assert json.loads(json.dumps(told)) == told
    assert told["state"] == "failed"
    assert told["records"][0]["visits"][0]["run_id"] == str(RUN)
    assert told["records"][0]["visits"][0]["at"] == "2026-03-02T07:00:00+00:00"
