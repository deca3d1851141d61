"""Pages that cost their reader time and again, and what an operator may do about them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from crawler.article import Article
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason
from tests.support.cli import out, tidings, told
from tests.support.loading import open_visit

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
URL = "https://gazette.example/1"
CRASH = {"outcome": Outcome.FAILED, "reason": Reason.EXTRACTION_CRASHED, "detail": "ended by SIGSEGV"}
HANG = {"outcome": Outcome.FAILED, "reason": Reason.EXTRACTION_TIMEOUT, "detail": "no result within 10 seconds"}
AWAY = {"outcome": Outcome.FAILED, "reason": Reason.HTTP_503}


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


@pytest.fixture
def visited(database, visit):
    """Visits the page, an hour apart, with these ends; says after how many attempts it was quarantined."""

    async def visited(*ends, url=URL, final_url=None):
        counts = []
        for end in ends:
            visited.at += timedelta(hours=1)
            fields = end if isinstance(end, dict) else {"article": end}
            (stored,) = await load(database, [Page(visit, url, visited.at, final_url=final_url, **fields)])
            counts.append(stored.num_crashes)
        return counts

    visited.at = MORNING
    return visited


async def state(database):
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT url, num_crashes, next_visit_at IS NULL FROM tidings.urls ORDER BY url"
        )
        return await cursor.fetchall()


def command(database_url, *arguments):
    return tidings("quarantine", *arguments, TIDINGS_DATABASE_URL=database_url)


def listed(database_url):
    return [row["url"] for row in json.loads(out(command(database_url, "list", "--json")))]


async def test_the_third_crash_in_a_row_puts_a_page_into_quarantine(database, visited, database_url):
    """However each of them came about; before that it is tried again, and from then on not."""
    assert await visited(CRASH, HANG) == [None, None]
    assert await state(database) == [(URL, 2, False)]
    assert await visited(CRASH) == [3]
    assert await state(database) == [(URL, 3, True)]
    assert listed(database_url) == [URL]


async def test_a_page_that_was_read_in_between_begins_anew(visited):
    """What counts is a row of attempts; those that never came to reading neither break nor lengthen it."""
    text = Article(URL, "Bridge reopens", "The bridge over the Lend reopened on Monday.", word_count=8)
    assert await visited(CRASH, CRASH, text, CRASH, CRASH) == [None] * 5
    assert await visited(AWAY, CRASH) == [None, 3]


async def test_a_page_that_can_be_read_after_all_leaves_quarantine(visited, database_url):
    """Out of an archive it may come another way."""
    await visited(CRASH, CRASH, CRASH)
    await visited(Article(URL, "Bridge reopens", "The bridge over the Lend reopened on Monday.", word_count=8))
    assert listed(database_url) == []


async def test_where_a_redirect_led_is_not_visited_either(database, visited, database_url):
    """The URL that was asked for is in quarantine, and the one that answered is left alone with it."""
    await visited(CRASH, CRASH, CRASH, final_url="https://gazette.example/2")
    assert await state(database) == [(URL, 3, True), ("https://gazette.example/2", 3, True)]
    assert listed(database_url) == [URL]


async def test_retry_sets_a_page_free(database, visited, database_url):
    """In any spelling of its URL; it then has three attempts as any other."""
    await visited(CRASH, CRASH, CRASH)
    assert (
        out(command(database_url, "retry", "HTTP://GAZETTE.example:80/1?utm_source=x"))
        == "1 to be visited again\n"
    )
    assert await state(database) == [(URL, 0, False)]
    assert listed(database_url) == []
    assert await visited(CRASH, CRASH, CRASH) == [None, None, 3]
    assert out(command(database_url, "retry", "--all")) == "1 to be visited again\n"


async def test_drop_leaves_a_page_alone_for_ever(database, visited, database_url):
    """It is on no list, and not visited; its URL stays recorded."""
    await visited(CRASH, CRASH, CRASH)
    assert out(command(database_url, "drop", URL)) == "1 dropped\n"
    assert listed(database_url) == []
    assert await state(database) == [(URL, 3, True)]


async def test_show_lists_every_attempt(visited, database_url):
    """With the reason and the words of each, the latest first."""
    await visited(HANG, CRASH, CRASH)
    shown = json.loads(out(command(database_url, "show", "--json", URL)))
    assert (shown["source"], shown["reason"], shown["attempts"]) == ("gazette", "extraction_crashed", 3)
    reasons = [visit["reason"] for visit in shown["visits"]]
    assert reasons == ["extraction_crashed", "extraction_crashed", "extraction_timeout"]
    assert "ended by SIGSEGV" in out(command(database_url, "show", URL))


def test_what_is_not_in_quarantine_cannot_be_set_free(database_url):
    """One line says so, and nothing is changed; nor is anything without a name or --all."""
    assert told(command(database_url, "retry", URL), 2).endswith(f"{URL} is not in quarantine")
    told(command(database_url, "retry"), 2)
    assert "nothing is in quarantine" in out(command(database_url, "list"))
