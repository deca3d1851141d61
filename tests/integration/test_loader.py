"""What becomes of pages in the database."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.article import Article
from crawler.ingestion.boilerplate import Boilerplate
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason
from crawler.paragraphs import Paragraph, paragraph_key
from tests.support.loading import open_visit
from tests.support.newsdesk import FOOTER, paragraphs

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


def article(url, headline="Bridge reopens", body="The bridge over the Lend reopened on Monday.", **fields):
    return Article(url, headline, body, word_count=8, **fields)


def page(visit, url, stored=None, *, minutes=0, **fields):
    return Page(visit, url, MORNING + timedelta(minutes=minutes), stored, **fields)


def refused(visit, url, outcome=Outcome.FAILED, reason=Reason.TIMEOUT, **fields):
    return page(visit, url, outcome=outcome, reason=reason, **fields)


async def copies(database):
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT url, revision, is_current, headline, authors, first_seen_at, last_seen_at"
            "  FROM tidings.copies ORDER BY url, revision"
        )
        return await cursor.fetchall()


async def count(database, table):
    async with database.transaction() as connection:
        cursor = await connection.execute(f"SELECT count(*) FROM tidings.{table}")
        return (await cursor.fetchone())[0]


async def outcomes(database, *pages):
    return [(stored.outcome, stored.reason) for stored in await load(database, pages)]


async def test_a_first_text_is_new(database, visit):
    """A text that nobody has stored is new, and stands at its URL as revision 1."""
    url = "https://gazette.example/1"
    assert await outcomes(database, page(visit, url, article(url))) == [(Outcome.NEW, Reason.NEW_TEXT)]
    assert [(row[0], row[1], row[2]) for row in await copies(database)] == [(url, 1, True)]


async def test_the_same_text_elsewhere_is_a_duplicate(database, visit):
    """One text at two URLs is one article and two copies, also within one batch."""
    urls = ["https://gazette.example/1", "https://gazette.example/2"]
    results = await outcomes(database, *(page(visit, url, article(url)) for url in urls))
    assert results == [(Outcome.NEW, Reason.NEW_TEXT), (Outcome.DUPLICATE, Reason.KNOWN_TEXT)]
    assert await count(database, "articles") == 1
    assert [row[0] for row in await copies(database)] == urls


async def test_the_same_text_again_is_unchanged(database, visit):
    """A second look at the same text adds no copy, and moves last_seen_at."""
    url = "https://gazette.example/1"
    await load(database, [page(visit, url, article(url))])
    assert await outcomes(database, page(visit, url, article(url), minutes=5)) == [
        (Outcome.UNCHANGED, Reason.SAME_TEXT)
    ]
    rows = await copies(database)
    assert len(rows) == 1
    assert rows[0][6] - rows[0][5] == timedelta(minutes=5)


async def test_another_text_at_a_known_url_is_a_revision(database, visit):
    """A changed text becomes revision 2 and is current; revision 1 is kept."""
    url = "https://gazette.example/1"
    await load(database, [page(visit, url, article(url))])
    edited = article(url, body="The bridge over the Lend reopened on Tuesday.")
    assert await outcomes(database, page(visit, url, edited)) == [(Outcome.CHANGED, Reason.CHANGED_TEXT)]
    assert [(row[1], row[2]) for row in await copies(database)] == [(1, False), (2, True)]


async def test_a_batch_may_hold_one_url_twice(database, visit):
    """Two visits to one URL in a batch follow each other."""
    url = "https://gazette.example/1"
    first, second = page(visit, url, article(url)), page(visit, url, article(url, headline="Bridge closed again"))
    assert [outcome for outcome, _ in await outcomes(database, first, second)] == [Outcome.NEW, Outcome.CHANGED]


async def test_tracking_parameters_make_no_second_copy(database, visit):
    """The same page under a tracking parameter is the same URL."""
    plain, tracked = "https://gazette.example/1", "https://gazette.example/1?utm_source=feed#top"
    await load(database, [page(visit, plain, article(plain))])
    assert await outcomes(database, page(visit, tracked, article(tracked))) == [
        (Outcome.UNCHANGED, Reason.SAME_TEXT)
    ]


async def test_the_text_stands_where_redirects_led(database, visit):
    """A redirected page's copy has the final URL, and the URL that was listed is known as well."""
    short, final = "https://gazette.example/s/1", "https://gazette.example/1"
    await load(database, [page(visit, short, article(final), final_url=final)])
    assert [row[0] for row in await copies(database)] == [final]
    assert await count(database, "urls") == 2


TEXT = "The bridge over the Lend reopened on Monday."
OLD = "Support our journalism."
NOTE = "Read our newsletter."


def seen(visit, url, *shown, dropped=(), minutes=0):
    """A page that showed these paragraphs, without what was known to recur."""
    body = "\n".join(line for line in shown if line not in dropped)
    whole = "\n".join(shown) if dropped else None
    return page(visit, url, article(url, body=body), minutes=minutes, whole_body=whole)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((), (OLD,), id="learned"),
        pytest.param((OLD,), (), id="unlearned"),
        pytest.param((OLD,), (NOTE,), id="one learned, one unlearned"),
        pytest.param((OLD,), (OLD, NOTE), id="one more learned"),
    ],
)
async def test_what_is_known_to_recur_makes_no_other_text(database, visit, before, after):
    """A page that shows what it showed is unchanged, and its text elsewhere a duplicate, whatever was learned."""
    urls = ["https://gazette.example/1", "https://gazette.example/2"]
    await load(database, [seen(visit, urls[0], TEXT, OLD, NOTE, dropped=before)])
    results = await outcomes(
        database, *(seen(visit, url, TEXT, OLD, NOTE, dropped=after, minutes=5) for url in urls)
    )
    assert results == [(Outcome.UNCHANGED, Reason.SAME_TEXT), (Outcome.DUPLICATE, Reason.KNOWN_TEXT)]
    assert await count(database, "articles") == 1


async def test_a_known_paragraph_that_varies_makes_no_other_text(database, visit):
    """A ticker that is dropped may say something else at each visit; what it said last is known once it is not."""
    url = "https://gazette.example/1"
    tickers = ["Rain tonight", "Snow tonight", "Hail tonight"]
    first, *rest = (
        seen(visit, url, TEXT, line, dropped=(line,), minutes=number) for number, line in enumerate(tickers)
    )
    await load(database, [first])
    last = seen(visit, url, TEXT, tickers[-1], minutes=5)
    assert {outcome for outcome, _ in await outcomes(database, *rest, last)} == {Outcome.UNCHANGED}


async def test_an_edit_is_one_whatever_is_known_to_recur(database, visit):
    """A text that was edited after a paragraph beside it was learned is a revision."""
    url = "https://gazette.example/1"
    await load(database, [seen(visit, url, TEXT, OLD)])
    edited = seen(visit, url, TEXT.replace("Monday", "Tuesday"), OLD, dropped=(OLD,), minutes=5)
    assert await outcomes(database, edited) == [(Outcome.CHANGED, Reason.CHANGED_TEXT)]


async def test_a_url_keeps_its_own_article(database, visit):
    """What a URL shows is compared with its own text first, though the rest of it is another's text by now."""
    ours, theirs = "https://gazette.example/1", "https://gazette.example/2"
    await load(database, [seen(visit, ours, TEXT, OLD), seen(visit, theirs, TEXT)])
    again = seen(visit, ours, TEXT, OLD, dropped=(OLD,), minutes=5)
    assert await outcomes(database, again) == [(Outcome.UNCHANGED, Reason.SAME_TEXT)]


async def test_only_new_texts_teach(database, visit):
    """The paragraphs of an article are kept once; those of its copies, its revisions and of archives are not."""
    urls = ["https://gazette.example/1", "https://gazette.example/2", "https://gazette.example/3"]
    taught = (Paragraph(2**63 - 1, 44), Paragraph(-(2**63), 23))
    first, copy, edited = (
        replace(seen(visit, url, line, minutes=minute), paragraphs=taught)
        for url, line, minute in ((urls[0], TEXT, 0), (urls[1], TEXT, 1), (urls[0], f"{TEXT} Again.", 2))
    )
    await load(database, [first, copy, edited, seen(visit, urls[2], OLD, NOTE)])
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT paragraph_keys, paragraph_lengths FROM tidings.lessons")
        assert await cursor.fetchall() == [([2**63 - 1, -(2**63)], [44, 23])]


async def test_what_a_dead_process_has_not_learned_the_next_one_does(database, visit):
    """What recurs is learned from what is stored, by whoever looks next, and once however often one looks."""
    stored = []
    for number in range(5):
        lines = [*paragraphs(number), FOOTER]
        url = f"https://gazette.example/{number}"
        page_ = seen(visit, url, *lines)
        taught = tuple(Paragraph(paragraph_key(line), len(line)) for line in lines)
        stored += await load(database, [replace(page_, paragraphs=taught)])
    for _ in range(2):
        boilerplate = Boilerplate(database, visit)
        boilerplate.count(stored[-1])
        await boilerplate.learn(at_last=True)
        assert boilerplate.known == {paragraph_key(FOOTER)}
    assert await count(database, "boilerplate") == 1


async def test_authors_are_kept_in_order_and_once(database, visit):
    """The byline keeps its order, and a name that signs twice is one author."""
    urls = ["https://gazette.example/1", "https://gazette.example/2"]
    first = article(urls[0], authors=("Zoe Quist", "Abel Marr"))
    second = article(urls[1], headline="Ferry late", authors=("Abel Marr",))
    await load(database, [page(visit, urls[0], first), page(visit, urls[1], second)])
    assert [row[4] for row in await copies(database)] == [["Zoe Quist", "Abel Marr"], ["Abel Marr"]]
    assert await count(database, "authors") == 2


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"headline": "nul \0 byte"}, id="NUL"),
        pytest.param({"body": "lone \ud800 surrogate"}, id="surrogate"),
        pytest.param({"date_published": datetime.max.replace(tzinfo=UTC) - timedelta(days=1)}, id="far date"),
        pytest.param({"headline": ""}, id="empty headline"),
    ],
)
async def test_a_bad_row_costs_itself_alone(database, visit, bad):
    """Beside a row that does not fit, the rest of its batch is stored; the bad one ends as failed, bad_row."""
    urls = [f"https://gazette.example/{number}" for number in range(3)]
    pages = [page(visit, url, article(url, headline=f"Headline {url}")) for url in urls]
    pages[1] = page(visit, urls[1], article(urls[1], **bad))
    results = await outcomes(database, *pages)
    good = (Outcome.NEW, Reason.NEW_TEXT)
    expected_bad = good if "date_published" in bad else (Outcome.FAILED, Reason.BAD_ROW)
    assert results == [good, expected_bad, good]


async def test_a_row_that_breaks_the_server_costs_itself_alone(database, visit):
    """An error of a kind that nobody foresaw is searched for like a bad row, and its batch is not lost to it."""
    async with database.transaction() as connection:
        await connection.execute(
            "CREATE FUNCTION tidings.stumble() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'stumbled' USING ERRCODE = 'XX000'; END $$"
        )
        await connection.execute(
            "CREATE TRIGGER stumble BEFORE INSERT ON tidings.articles FOR EACH ROW"
            " WHEN (NEW.headline = 'Headline 3') EXECUTE FUNCTION tidings.stumble()"
        )
    urls = [f"https://gazette.example/{number}" for number in range(5)]
    pages = [page(visit, url, article(url, headline=f"Headline {n}")) for n, url in enumerate(urls)]
    good = (Outcome.NEW, Reason.NEW_TEXT)
    assert await outcomes(database, *pages) == [good, good, good, (Outcome.FAILED, Reason.BAD_ROW), good]


async def test_large_texts_load(database, visit):
    """A headline of 5,000 characters and a body of a megabyte are stored whole."""
    url = "https://gazette.example/1"
    large = article(url, headline="h" * 5000, body="word " * 200_000)
    assert await outcomes(database, page(visit, url, large)) == [(Outcome.NEW, Reason.NEW_TEXT)]
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT length(headline), length(article_body) FROM tidings.articles")
        assert await cursor.fetchone() == (5000, 1_000_000)


async def test_a_failed_url_is_tried_again_and_then_left(database, visit):
    """A failed URL has a time for its next attempt, ever later; after five failures it has none."""
    url = "https://gazette.example/1"
    waits = []
    for attempt in range(5):
        await load(database, [refused(visit, url, reason=Reason.HTTP_404, minutes=attempt)])
        async with database.transaction() as connection:
            cursor = await connection.execute("SELECT next_visit_at - last_fetched_at FROM tidings.urls")
            waits.append((await cursor.fetchone())[0])
    minutes = [wait and wait.total_seconds() / 60 for wait in waits]
    assert minutes == [5, 20, 80, 320, None]


async def test_a_page_is_not_given_up_for_its_host(database, visit):
    """However often the host fails, its pages are tried again, at last once a day."""
    url = "https://gazette.example/1"
    for attempt in range(9):
        await load(database, [refused(visit, url, reason=Reason.TIMEOUT, minutes=attempt)])
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT next_visit_at - last_fetched_at FROM tidings.urls")
        assert (await cursor.fetchone())[0].total_seconds() == 24 * 3600


async def test_a_pause_of_the_host_costs_no_attempt(database, visit):
    """A page that waits for its host to be asked again is not tried before, and has failed no more often."""
    url = "https://gazette.example/1"
    page_ = replace(refused(visit, url, reason=Reason.HOST_PAUSED), retry_at=MORNING + timedelta(hours=3))
    await load(database, [page_])
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT next_visit_at, num_failures FROM tidings.urls")
        assert await cursor.fetchone() == (MORNING + timedelta(hours=3), 0)


async def test_a_link_to_another_site_leaves_no_trace_on_it(database, visit):
    """What a source says of another site's URL is its own record: that URL stays unknown, or as it was."""
    url = "https://other.example/1"
    await load(database, [replace(refused(visit, url, Outcome.REJECTED, Reason.OFF_SITE), is_ours=False)])
    assert await count(database, "urls") == 0
    assert await count(database, "pages") == 1


async def test_a_rejected_url_is_not_tried_again(database, visit):
    """A rejected URL is known from then on."""
    url = "https://gazette.example/1"
    page_ = refused(visit, url, Outcome.REJECTED, Reason.NOT_ARTICLE)
    await load(database, [page_])
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT outcome::text, next_visit_at FROM tidings.urls")
        assert await cursor.fetchone() == ("rejected", None)


async def test_a_superseded_attempt_writes_nothing(database, visit):
    """When another worker has taken the run up, what the first one still hands in is left out."""
    url = "https://gazette.example/1"
    await database.fetch("start_run", {"run_id": visit.run_id, "now": MORNING, "worker": "another"})
    assert await load(database, [page(visit, url, article(url))]) == []
    assert await count(database, "articles") == 0


async def test_two_loaders_of_one_text_make_one_article(database, visit):
    """However many load the same texts at the same moment, each text is one article."""

    async def one(loader):
        for text in range(20):
            url = f"https://gazette.example/{loader}/{text}"
            await load(database, [page(visit, url, article(url, headline=f"Text {text}"))])

    await asyncio.gather(*(one(loader) for loader in range(6)))
    assert await count(database, "articles") == 20
    assert len(await copies(database)) == 120


async def test_every_visit_is_a_page_row(database, visit):
    """Each page handed in is one row of pages, whatever became of it."""
    stored = [page(visit, f"https://gazette.example/{n}", article("u", headline=f"H{n}")) for n in range(4)]
    stored.append(refused(visit, "https://gazette.example/x", detail="no answer", http_status=None))
    results = await load(database, stored)
    assert [result.page for result in results] == [replace(page_, article=None) for page_ in stored]
    assert await count(database, "pages") == 5
