"""What the loader keeps of a visit for the next one: when that is, what to say of the page, whether it is gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crawler.article import Article
from crawler.ingestion.identity import url_key
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.ingestion.rhythm import USUAL
from crawler.outcomes import Outcome, Reason
from crawler.validators import Validators
from tests.support.loading import open_visit

NOW = datetime.now(UTC)
URL = "https://gazette.example/1"
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
# No two visits of a run are of the same moment.
LATER = (NOW + n * SECOND for n in count(1))


@pytest.fixture
def visit(database_url):
    """A run that is under way, of a source whose articles are followed."""
    return replace(open_visit(database_url, now=NOW), rhythm=USUAL)


def page(
    visit,
    url=URL,
    body="The bridge over the Lend reopened on Monday.",
    *,
    at=NOW,
    origins=None,
    canonical=None,
    **fields,
):
    said = {"origins": origins or {}, "canonical_url": canonical}
    stored = Article(url, "Bridge reopens", body, word_count=8, **said)
    return Page(visit, url, at, stored, **fields)


def ended(visit, reason, outcome=Outcome.FAILED, *, url=URL, at=None, **fields):
    return Page(visit, url, at or next(LATER), outcome=outcome, reason=reason, **fields)


async def state(database, url=URL):
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT etag, next_visit_at, gone_at, outcome FROM tidings.urls WHERE url_key = %s", [url_key(url)]
        )
        return await cursor.fetchone()


async def test_what_is_not_stored_moves_no_validator(database, visit):
    """A run that another worker has taken up can neither store its page nor what the server said of it."""
    await load(database, [page(visit, validators=Validators('"1"'))])
    late = replace(visit, attempt=visit.attempt - 1)
    assert await load(database, [page(late, body="Closed again.", validators=Validators('"2"'))]) == []
    assert (await state(database))[0] == '"1"'
    await load(database, [page(visit, body="Closed again.", validators=Validators('"2"'))])
    assert (await state(database))[0] == '"2"'


async def test_a_visit_that_ends_otherwise_drops_the_validators(database, visit):
    """They are said of the page that was stored last; what comes after it may be another."""
    await load(database, [page(visit, validators=Validators('"1"'))])
    await load(database, [ended(visit, Reason.NOT_MODIFIED, Outcome.UNCHANGED)])
    assert (await state(database))[0] == '"1"'
    await load(database, [ended(visit, Reason.TIMEOUT)])
    assert (await state(database))[0] is None


async def test_a_304_where_no_article_stands_is_a_failure(database, visit):
    """It was deleted while its server was asked."""
    stored = await load(database, [ended(visit, Reason.NOT_MODIFIED, Outcome.UNCHANGED)])
    assert [(row.outcome, row.reason) for row in stored] == [(Outcome.FAILED, Reason.HTTP_4XX)]
    assert (await state(database))[3] == "failed"


@pytest.mark.parametrize(
    ("age", "following"),
    [
        (timedelta(0), QUARTER),
        (timedelta(days=3), QUARTER),
        (timedelta(days=5), None),
        (timedelta(days=3000), None),
    ],
)
async def test_old_pages_of_an_archive_are_not_followed(database, visit, age, following):
    """Those of the last four days are, and visited once for all the dates that they have missed."""
    await load(database, [page(visit, at=NOW - age)])
    assert (await state(database))[1] == (following and NOW - age + following)


async def test_a_text_that_only_the_feed_has_is_not_followed(database, visit):
    """The page shows another one, which is no edit of it."""
    await load(database, [page(visit, origins={"article_body": "feed"})])
    assert (await state(database))[1] is None


async def test_a_twin_is_not_followed(database, visit):
    """A page that names another URL of the site as its own, at which an article stands, unless that is gone."""
    twin, main = "https://gazette.example/print/1", URL
    await load(database, [page(visit, main, canonical=main), page(visit, twin, canonical=main)])
    await load(database, [page(visit, twin, canonical=main, at=next(LATER))])
    assert (await state(database, main))[1] == NOW + QUARTER
    assert (await state(database, twin))[1] is None
    await load(database, [ended(visit, Reason.HTTP_404, url=main)])
    await load(database, [page(visit, twin, canonical=main, at=next(LATER))])
    assert (await state(database, twin))[1] == NOW + QUARTER


async def test_a_visit_that_failed_for_good_is_made_again_in_the_rhythm(database, visit):
    """Its article may be asked for at a better time; but not one that is gone."""
    await load(database, [page(visit)])
    later = NOW + timedelta(hours=7)
    for number in range(4):
        await load(database, [ended(visit, Reason.HTTP_403, at=later + number * SECOND)])
        assert (await state(database))[1] < later + timedelta(hours=6)
    await load(database, [ended(visit, Reason.HTTP_403, at=later + 4 * SECOND)])
    assert (await state(database))[1] == NOW + timedelta(days=1)
    await load(database, [ended(visit, Reason.HTTP_404, at=later + 5 * SECOND)])
    assert (await state(database))[1] is None


async def test_what_is_gone_was_there(database, visit):
    """A 404 says so of a URL at which an article stands; the first counts, until the article is there again."""
    at = [NOW + timedelta(minutes=n) for n in range(6)]
    gone = ended(visit, Reason.HTTP_404, at=at[0])
    assert [row.is_gone for row in await load(database, [gone])] == [None]
    await load(database, [page(visit, at=at[1])])
    for number in (2, 3):
        (stored,) = await load(database, [ended(visit, Reason.HTTP_404, at=at[number])])
        assert stored.is_gone is True
        assert (await state(database))[2] == at[2]
    (timed_out,) = await load(database, [ended(visit, Reason.TIMEOUT, at=at[4])])
    assert timed_out.is_gone is True
    (back,) = await load(database, [page(visit, at=at[5])])
    assert (back.is_gone, back.outcome) == (False, Outcome.UNCHANGED)
    assert (await state(database))[2] is None


@pytest.mark.parametrize(
    ("reason", "final_url", "is_gone"),
    [
        (Reason.SOFT_404, None, True),
        (Reason.HTTP_410, None, True),
        (Reason.NOT_ARTICLE, "https://gazette.example/news", True),
        (Reason.NOT_ARTICLE, None, None),
        (Reason.PAYWALL, None, None),
    ],
)
async def test_what_stands_in_its_place_tells(database, visit, reason, final_url, is_gone):
    """It is gone, too, where its URL leads to a page without one; not where it has become hard to read."""
    await load(database, [page(visit)])
    (stored,) = await load(database, [ended(visit, reason, Outcome.REJECTED, final_url=final_url)])
    assert stored.is_gone is is_gone
    _, next_visit_at, gone_at, _ = await state(database)
    assert (gone_at is not None) is bool(is_gone)
    assert next_visit_at is None
