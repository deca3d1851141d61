"""What becomes of a URL whose text changes, in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.article import Article
from crawler.ingestion.edits import EditKind
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from tests.support import prose
from tests.support.loading import open_visit

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
URL = "https://gazette.example/1"

A = prose.text(prose.ENGLISH, 4)
B = A.replace("eleven weeks", "twelve weeks")
C = f"{A}\nThe mayor was on the first boat."


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


@pytest.fixture
def show(database, visit):
    """Stores what a URL shows at a minute of the morning, and says what became of the page."""

    async def one(minute, body, *, url=URL, headline="Evening ferry sails again", modified=None, **fields):
        date = MORNING + timedelta(minutes=modified) if modified is not None else None
        article = Article(url, headline, body, date_modified=date, word_count=8)
        page = Page(visit, url, MORNING + timedelta(minutes=minute), article, **fields)
        return (await load(database, [page]))[0].outcome.value

    return one


async def rows(database, query):
    async with database.transaction() as connection:
        return await (await connection.execute(query)).fetchall()


async def history(database, url=URL):
    """What stood at a URL in the order of time: text, revision, is current, kind, minutes first and last seen."""
    found = await rows(
        database,
        "SELECT article_body, revision, is_current, edit_kind::text, first_seen_at, last_seen_at"
        f"  FROM tidings.copies WHERE url = '{url}' ORDER BY first_seen_at, revision",
    )
    names = {A: "A", B: "B", C: "C"}
    minutes = [[(moment - MORNING).total_seconds() / 60 for moment in row[4:]] for row in found]
    return [(names.get(row[0], row[0]), *row[1:4], *times) for row, times in zip(found, minutes, strict=True)]


async def test_kinds_are_those_of_the_database(database):
    """The kinds of the code are the values of the enum type."""
    found = await rows(database, "SELECT unnest(enum_range(NULL::tidings.edit_kind))::text")
    assert {row[0] for row in found} == set(EditKind)


async def test_a_text_that_comes_back_is_a_revision_of_the_same_article(database, show):
    """A, B, A is three revisions of two articles, each an edit of the one before."""
    assert [await show(0, A), await show(5, B), await show(10, A)] == ["new", "changed", "changed"]
    assert await history(database) == [
        ("A", 1, False, None, 0, 0),
        ("B", 2, False, "update", 5, 5),
        ("A", 3, True, "update", 10, 10),
    ]
    assert await show(15, A) == "unchanged"
    assert len(await rows(database, "SELECT FROM tidings.articles")) == 2


async def test_what_no_reader_calls_the_text_is_no_revision(database, show):
    """A date and a counter that change leave the page unchanged: no article, no revision, the text as it was."""
    assert await show(0, f"{A}\n3 comments") == "new"
    assert await show(5, f"Updated 14:05\n{A}\n12 comments") == "unchanged"
    assert await show(10, f"{A}\n12 comments") == "unchanged"
    assert [row[1:] for row in await history(database)] == [(1, True, None, 0, 10)]
    assert len(await rows(database, "SELECT FROM tidings.articles")) == 1
    assert await show(15, f"{B}\n12 comments") == "changed"
    assert [row[3] for row in await history(database)] == [None, "update"]


async def test_the_same_noise_makes_another_text_at_another_url(database, show):
    """Only at one URL is a text with another counter the same: elsewhere it is an article of its own."""
    other = "https://gazette.example/2"
    assert [await show(0, f"{A}\n3 comments"), await show(5, f"{A}\n4 comments")] == ["new", "unchanged"]
    assert await show(6, f"{A}\n4 comments", url=other) == "new"
    assert await show(10, f"{A}\n4 comments") == "unchanged"
    assert len(await rows(database, "SELECT FROM tidings.articles")) == 2


EDITS = {
    "typo": (A.replace("eleven", "elevne"), 0),
    "headline": (A, 0),
    "correction": (f"{B}\nCorrection: it was twelve weeks.", 0),
    "stealth": (B, 0),
    "update": (C, 5),
}


async def test_the_kind_of_an_edit_is_stored(database, show):
    """What kind of edit made a revision stands beside it."""
    for kind, (body, modified) in EDITS.items():
        url = f"https://gazette.example/{kind}"
        headlines = ("Evening ferry sails again", "Islanders have their ferry back")
        await show(0, A, url=url, modified=0)
        headline = headlines[kind == "headline"]
        assert await show(5, body, url=url, modified=modified, headline=headline) == "changed"
        assert [row[3] for row in await history(database, url)] == [None, kind]


async def test_a_date_counts_as_it_was_seen_last(database, show):
    """A page that moved its date while its text stayed, and then its text behind that date, edits by stealth."""
    await show(0, A, modified=0)
    assert await show(5, A, modified=4) == "unchanged"
    await show(10, B, modified=4)
    assert [row[3] for row in await history(database)] == [None, "stealth"]


async def test_a_page_dated_by_its_visits_is_never_stealthy(database, show):
    """Where every visit finds another date, the date says nothing."""
    for minute, body in enumerate((A, B, C)):
        await show(minute, body, modified=minute)
    assert [row[3] for row in await history(database)] == [None, "update", "update"]


async def test_an_archive_fills_in_what_stood_between(database, show):
    """A visit of earlier is an edit of what stood before it, and what stood after it an edit of that."""
    corrected = f"{C}\nCorrection: it was twelve weeks."
    await show(0, A)
    await show(20, corrected)
    assert [row[1:4] for row in await history(database)] == [(1, False, None), (2, True, "correction")]
    await show(10, corrected.replace("mayor", "mayro"))
    assert [row[1:4] for row in await history(database)] == [
        (1, False, None),
        (3, False, "correction"),
        (2, True, "typo"),
    ]


async def test_an_archive_may_know_the_earliest_text(database, show):
    """A text of before the first visit has no kind, and the first visit's text becomes an edit of it."""
    await show(20, B)
    await show(0, A)
    assert await history(database) == [("A", 2, False, None, 0, 0), ("B", 1, True, "update", 20, 20)]


async def test_an_archive_may_confirm_what_stood_before_or_after(database, show):
    """A visit between two others that shows the text of one of them moves when that was seen, noise or not."""
    for number, noise in enumerate(("", "\n3 comments")):
        urls = [f"https://gazette.example/{number}/{side}" for side in ("before", "after")]
        for url in urls:
            await show(0, A, url=url)
            await show(20, B, url=url)
        assert await show(10, A + noise, url=urls[0]) == "unchanged"
        assert await show(10, B + noise, url=urls[1]) == "unchanged"
        assert [row[4:] for row in await history(database, urls[0])] == [(0, 10), (20, 20)]
        assert [row[4:] for row in await history(database, urls[1])] == [(0, 0), (10, 20)]


async def test_what_an_archive_knew_in_between_may_come_back(database, show):
    """A text that stood there for a while, as an archive tells, is the next revision when it is seen again."""
    await show(0, A)
    await show(10, A)
    await show(5, B)
    assert await show(20, B) == "changed"
    assert [row[0] for row in await history(database) if row[2]] == ["B"]
    assert len(await history(database)) == 3


async def test_an_edit_at_one_url_leaves_the_copy_at_another(database, show):
    """Of two URLs of one article one is edited: the other still shows the article, and has no second revision."""
    other = "https://gazette.example/2"
    await show(0, A)
    assert await show(0, A, url=other) == "duplicate"
    assert await show(5, B) == "changed"
    assert await show(5, A, url=other) == "unchanged"
    assert [row[:4] for row in await history(database)] == [("A", 1, False, None), ("B", 2, True, "update")]
    assert [row[:4] for row in await history(database, other)] == [("A", 1, True, None)]
    assert await show(10, B, url=other) == "changed"
    assert len(await rows(database, "SELECT FROM tidings.articles")) == 2


async def test_two_edits_of_one_url_in_a_batch_follow_each_other(database, visit):
    """Within one transaction each text is compared with the one before it."""
    pages = [
        Page(visit, URL, MORNING + timedelta(minutes=minute), Article(URL, "Evening ferry", body, word_count=8))
        for minute, body in enumerate((A, f"{A}\n3 comments", B, f"{B}\nCorrection: it was twelve weeks."))
    ]
    outcomes = [stored.outcome.value for stored in await load(database, pages)]
    assert outcomes == ["new", "unchanged", "changed", "changed"]
    assert [row[3] for row in await history(database)] == [None, "update", "correction"]
