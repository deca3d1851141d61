"""``tidings runs``: many by what is asked for, and one with all that it did."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from crawler.source import Source
from scheduler.sources import put
from sql.database import connect
from tests.support.cli import out, told

NOW = datetime.now(UTC)
LONG = "a-paper-with-a-name-of-sixty-four-letters-which-is-all-it-may-be"
RUN = """
    INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at,
                              outcome, reason, worker, attempt, num_links, num_known, num_fetched, num_new,
                              num_failed)
    SELECT %(run_id)s, source_id, %(trigger)s, %(at)s, %(at)s, %(at)s + interval '1 second',
           %(at)s + interval '13.5 seconds', %(outcome)s, %(reason)s, %(worker)s, 2, 25, 20, 5, 3, 2
      FROM tidings.sources WHERE name = %(source)s"""
LOST = """
    INSERT INTO tidings.lost_attempts (run_id, attempt, worker, lost_at, with_host)
    VALUES (%(run_id)s, 1, 'host-b:9:cc', %(at)s, true)"""
POLL = """
    WITH d AS (INSERT INTO tidings.documents (source_id, url, kind, is_root)
               SELECT source_id, url || 'feed', 'feed', true FROM tidings.sources WHERE name = 'gazette'
               RETURNING document_id)
    INSERT INTO tidings.polls (run_id, document_id, polled_at, outcome, num_links, num_unknown, duration_ms)
    SELECT %(run_id)s, document_id, %(at)s + interval '1.5 seconds', 'read', 25, 5, 140 FROM d"""
PAGE = """
    INSERT INTO tidings.pages (run_id, source_id, url, outcome, reason, detail, http_status, fetched_at,
                               duration_ms)
    SELECT %(run_id)s, source_id, %(url)s, 'rejected', 'off_site', %(detail)s, 200,
           %(at)s + interval '3 seconds', 99
      FROM tidings.sources WHERE name = 'gazette'"""


def run_id(number):
    return UUID(int=number << 96)


@pytest.fixture
def say(database_url, within):
    """Runs a command on four runs, one an hour."""
    kinds = [
        ("gazette", "succeeded", None, "timetable", "host-a:7:aa"),
        ("gazette", "failed", "http_403", "timetable", "host-b:8:bb"),
        (LONG, "partial", "robots_unreachable", "command", None),
        ("herald", "aborted", "shutdown", "timetable", "host-a:7:aa"),
    ]  # fmt: skip
    with connect(database_url) as connection:
        for source in {kind[0] for kind in kinds}:
            put(connection, Source(name=source, url=f"https://{source[:9]}.example/"), origin="command")
        for number, (source, outcome, reason, trigger, worker) in enumerate(kinds):
            params = {"run_id": run_id(number + 10), "at": NOW - timedelta(hours=number + 1), "source": source}
            params |= {"outcome": outcome, "reason": reason, "trigger": trigger, "worker": worker}
            connection.execute(RUN, params)
        first = {"run_id": run_id(10), "at": NOW - timedelta(hours=1)}
        for statement in (LOST, POLL):
            connection.execute(statement, first)
        for number in range(12):
            url = {"url": f"https://elsewhere.example/{number}\x1b[2J", "detail": "of another site"}
            connection.execute(PAGE, first | url)
    return lambda *arguments, **settings: within("runs", *arguments, TIDINGS_DATABASE_URL=database_url, **settings)


def listed(done):
    return [UUID(row["run_id"]).int >> 96 for row in json.loads(out(done))]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), [10, 11, 12, 13]),
        (("--source", "gazette"), [10, 11]),
        (("--outcome", "partial"), [12]),
        (("--failed",), [11, 13]),
        (("--reason", "http_403"), [11]),
        (("--trigger", "command"), [12]),
        (("--worker", "host-a"), [10, 13]),
        (("--since", "2h"), [10]),
        (("--since", "200m", "--until", "90m"), [11, 12]),
        (("--failed", "--source", "herald", "--limit", "1"), [13]),
    ],
)
def test_runs_are_filtered(say, filters, expected):
    """Each filter lets its runs through, newest first."""
    assert listed(say("list", "--json", *filters)) == expected


def test_a_table_fits_the_screen(say):
    """80 characters, whatever a source is called: names give way, and columns of nothing."""
    rows = out(say("list", COLUMNS="80")).splitlines()
    assert max(map(len, rows)) <= 80
    assert rows[0].split() == ["run", "source", "UTC", "took", "outcome", "new", "fail"]
    assert "12s" in rows[1]
    assert "partial: robots_unreachable" in rows[3]
    assert "…" in rows[3]
    assert out(say("list", "--reason", "tls")) == "no run fits\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--reason", "http_43"), "--reason: there is no 'http_43'; did you mean 'http_403'?"),
        (("list", "--since", "soon"), "--since: 'soon' is no time"),
        (("list", "--failed", "--outcome", "partial"), "give one of them"),
        (("show", "0"), "several runs begin with '0': give more of it"),
        (("show", "zz"), "no run begins with 'zz'"),
        (("show", "0" * 33), "no run begins with '0000"),
    ],
)
def test_what_finds_no_run_is_one_line(say, arguments, message):
    """Exit code 2, and how to mend it."""
    assert message in told(say(*arguments), 2)


def test_one_run_is_told_in_words(say):
    """What it came to, who had it, what it asked for, its pages by outcome, and after how many seconds."""
    text = out(say("show", str(run_id(10))[:8]))
    assert text.startswith(f"run {run_id(10)} of gazette: succeeded\n")
    assert "attempt 1 was lost at" in text
    assert "host-b:9:cc was gone, with all of tidings on its host" in text
    assert "taken up 1.0s later" in text
    assert "25 links found, 20 known, 5 fetched: 3 new, 2 failed" in text
    assert "+0.5s  feed read, 25 links, 5 unknown 140 ms  https://gazette.example/feed" in text
    assert "  rejected, off_site: 12\n" in text
    assert "and 2 more: --reason off_site, or --all" in text
    assert "\x1b" not in text
    assert out(say("show", str(run_id(10)), "--all")).count("https://elsewhere") == 12


def test_pages_of_a_run_are_filtered(say):
    """By outcome and reason, in words and as JSON."""
    assert "no page visited" in out(say("show", str(run_id(10)), "--outcome", "new"))
    found = json.loads(out(say("show", str(run_id(10)), "--reason", "off_site", "--json")))
    assert (len(found["pages"]), len(found["polls"]), found["lost_attempts"][0]["attempt"]) == (12, 1, 1)


def test_a_run_that_failed_says_what_mends_it(say):
    """The reason alone does not help whoever reads it for the first time."""
    assert "mend: the site refuses us" in out(say("show", str(run_id(11))))
