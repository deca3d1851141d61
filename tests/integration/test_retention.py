"""What is too old is deleted for good: nothing of it comes back, and nothing else changes."""

import asyncio
import importlib
from datetime import UTC, datetime, timedelta

import pytest

from crawler.article import Article
from crawler.configuration import RetentionSettings
from crawler.ingestion.loading import batch, load
from crawler.ingestion.page import Page
from crawler.ingestion.upkeep import expiry
from crawler.ingestion.upkeep.retention import Retention
from crawler.outcomes import Outcome, Reason
from scheduler.maintenance import Maintenance
from sql.errors import ConflictError
from tests.support.ageing import age
from tests.support.invariants import ALWAYS, broken
from tests.support.loading import open_visit

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
NEW = (Outcome.NEW, Reason.NEW_TEXT)
EXPIRED = (Outcome.REJECTED, Reason.EXPIRED)
ONE, TWO, THREE = (f"https://gazette.example/{number}" for number in (1, 2, 3))


async def ask(database, statement, **params):
    async with database.transaction() as connection:
        cursor = await connection.execute(statement, params)
        return await cursor.fetchall() if cursor.description else None


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url, now=NOW)


def text(number, **fields):
    body = fields.pop("body", f"The ferry number {number} sails again on Monday.")
    return Article("u", f"Number {number}", body, word_count=8, **fields)


def page(visit, url, article=None, *, after=timedelta(0), **fields):
    return Page(visit, url, NOW + after, article, **fields)


async def outcomes(database, *pages):
    return [(stored.outcome, stored.reason) for stored in await load(database, pages)]


async def forget(database, now=NOW, **keep):
    """Delete all articles that were seen last over a year ago; returns what went."""
    retention = Retention(database, RetentionSettings(**{"articles": "365d", **keep}))
    while await retention.expire_articles(now):
        pass
    return dict(retention.deleted)


async def forget_beside_loading(database):
    """The same, as often as loading is in the way."""
    while True:
        try:
            return await forget(database)
        except ConflictError:
            continue


async def headlines(database):
    return [row[0] for row in await ask(database, "SELECT headline FROM tidings.articles ORDER BY headline")]


async def test_what_was_seen_last_too_long_ago_is_deleted(database, visit):
    """An article goes with its copies, byline and authors; its URLs stay, as expired; nothing else changes."""
    old = text(1, authors=("Zoe Quist", "Abel Marr"))
    await load(database, [page(visit, ONE, old), page(visit, TWO, old)])
    await age(database, 2 * YEAR)
    await load(database, [page(visit, THREE, text(3, authors=("Abel Marr",)))])
    assert await forget(database) == {"num_articles": 1, "num_urls": 2, "num_authors": 1}
    assert await headlines(database) == ["Number 3"]
    urls = "SELECT url, reason::text FROM tidings.urls ORDER BY url"
    assert await ask(database, urls) == [(ONE, "expired"), (TWO, "expired"), (THREE, "new_text")]
    assert await ask(database, "SELECT name FROM tidings.authors") == [("Abel Marr",)]
    assert await broken(database, ALWAYS) == {}
    assert await forget(database) == {}


async def test_what_is_kept_for_ever_or_seen_still_stays(database, visit):
    """Without a limit nothing goes, nor does an old article that one of its URLs showed of late."""
    await load(database, [page(visit, ONE, text(1)), page(visit, TWO, text(1))])
    await age(database, 2 * YEAR)
    assert await forget(database, articles="forever") == {}
    await load(database, [page(visit, TWO, text(1))])
    assert await forget(database) == {}
    assert await forget(database, NOW + YEAR + timedelta(hours=1)) == {"num_articles": 1, "num_urls": 2}


@pytest.mark.parametrize("batched", [False, True], ids=["alone", "among others"])
async def test_nothing_of_it_comes_back(database, visit, batched):
    """Neither its URL, with the same text or an edited one, nor its text at another URL; and the log says why."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await forget(database)
    back = [
        page(visit, ONE, text(1)),
        page(visit, TWO, text(1)),
        page(visit, ONE, text(1, body="The ferry sank."), after=timedelta(minutes=1)),
        page(visit, f"{THREE}/short", text(1, body="It did."), final_url=ONE, after=timedelta(minutes=2)),
    ]
    others = [page(visit, THREE, text(3))] if batched else []
    stored = await load(database, [*back, *others])
    assert [(one.outcome, one.reason) for one in stored] == [EXPIRED] * 4 + [NEW] * len(others)
    assert "article at this URL was deleted" in stored[0].page.detail
    assert "text was deleted on 2026-11-20" in stored[1].page.detail
    details = await ask(database, "SELECT detail FROM tidings.pages WHERE reason = 'expired' ORDER BY page_id")
    assert [row[0] for row in details] == [one.page.detail for one in stored[:4]]
    assert await headlines(database) == ["Number 3"] * len(others)
    assert await broken(database, ALWAYS) == {}


async def test_an_expired_url_is_known_and_never_asked_for(database, visit):
    """Whatever lists it, and with --revisit too: it is passed over, now and later."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await ask(database, "UPDATE tidings.urls SET next_visit_at = %(now)s", now=NOW)
    await forget(database)
    keys = await ask(database, "SELECT encode(url_key, 'hex') FROM tidings.urls")
    later = {"now": NOW + 9 * YEAR, "source_id": visit.source_id, "limit": 10}
    known = await database.fetch("find_known_urls", later | {"url_keys": [key for (key,) in keys]})
    assert [(row["reason"], row["has_article"]) for row in known] == [("expired", False)]
    assert await database.fetch("list_waiting_urls", later) == []
    assert await database.fetch("list_all_revisits", later) == []


async def test_a_visit_that_was_under_way_does_not_bring_its_url_back(database, visit):
    """A run that held the URL ends as it ends; the URL stays expired, and is not tried again."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await forget(database)
    failed = page(visit, ONE, outcome=Outcome.FAILED, reason=Reason.TIMEOUT)
    assert await outcomes(database, failed) == [(Outcome.FAILED, Reason.TIMEOUT)]
    assert await broken(database, ALWAYS) == {}
    assert await ask(database, "SELECT reason::text, next_visit_at FROM tidings.urls") == [("expired", None)]


async def test_a_url_that_has_expired_may_lead_elsewhere(database, visit):
    """What stands where a redirect leads now is judged by itself."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await forget(database)
    assert await outcomes(database, page(visit, ONE, text(2), final_url=TWO)) == [NEW]
    assert await broken(database, ALWAYS) == {}


async def test_the_text_is_known_whatever_recurs_beside_it(database, visit):
    """A text that was stored without its footer is known again with it, and without."""
    footer = "Read our newsletter."
    whole = f"{text(1).article_body}\n{footer}"
    await load(database, [page(visit, ONE, text(1), whole_body=whole)])
    await age(database, 2 * YEAR)
    await forget(database)
    back = [page(visit, TWO, text(1, body=whole)), page(visit, THREE, text(1), whole_body=whole)]
    assert await outcomes(database, *back) == [EXPIRED, EXPIRED]


async def test_an_earlier_text_goes_and_the_url_lives_on(database, visit):
    """A revision that stands nowhere any more is deleted; the URL's own text of today is not."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await load(database, [page(visit, ONE, text(1, body="The ferry sank."))])
    assert await forget(database) == {"num_articles": 1}
    rows = await ask(
        database, "SELECT revision, is_current, reason::text FROM tidings.copies JOIN tidings.urls USING (url)"
    )
    assert rows == [(2, True, "changed_text")]
    assert await broken(database, ALWAYS) == {}


async def test_with_its_text_a_url_loses_what_it_showed_before(database, visit):
    """What an expired URL showed earlier stays where it stands elsewhere, and goes where it does not."""
    shared, ours, last = text(1), text(2), text(3)
    for article in (shared, ours, last):
        await load(database, [page(visit, ONE, article)])
    await ask(database, "UPDATE tidings.articles SET first_seen_url_id = (SELECT url_id FROM tidings.urls)")
    await age(database, 2 * YEAR)
    await load(database, [page(visit, TWO, shared)])
    assert (await forget(database))["num_articles"] == 2
    assert await headlines(database) == ["Number 1"]
    assert await ask(database, "SELECT url, is_first_seen FROM tidings.copies") == [(TWO, True)]
    assert await broken(database, ALWAYS) == {}


async def test_a_url_takes_texts_of_the_same_age_along(database, visit):
    """What the URL of an expired text showed before goes with it, although its own turn would come later."""
    await load(database, [page(visit, ONE, text(1))])
    await load(database, [page(visit, ONE, text(2))])
    await age(database, 2 * YEAR)
    ((second,),) = await ask(database, "SELECT article_id FROM tidings.articles WHERE headline = 'Number 2'")
    assert (await expiry.expire(database, [second], NOW - YEAR, NOW))["num_articles"] == 2
    assert await broken(database, ALWAYS) == {}


async def test_a_story_whose_first_is_deleted_has_another(database, visit):
    """The oldest that is left is the first, under the story's old number; the other stories stay as they are."""
    for number in range(1, 5):
        await load(database, [page(visit, f"{ONE}{number}", text(number))])
    ((first,),) = await ask(database, "SELECT min(article_id) FROM tidings.articles")
    tell = "UPDATE tidings.articles SET story_id = %(story)s, story_role = %(role)s WHERE headline = %(headline)s"
    for number, role in enumerate(("first", "rewrite", "rewrite"), start=1):
        await ask(database, tell, story=first, role=role, headline=f"Number {number}")
    headed = "article_id IN (SELECT article_id FROM tidings.articles WHERE headline IN ('Number {}', 'Number {}'))"
    for by, numbers in ((2 * YEAR, (1, 4)), (timedelta(days=1), (3, 3))):
        await age(database, by, tables=("article_urls", "articles"), where=headed.format(*numbers))
    await forget(database)
    stories = "SELECT headline, story_role::text FROM tidings.articles WHERE story_id = %(id)s ORDER BY headline"
    assert await ask(database, stories, id=first) == [("Number 2", "rewrite"), ("Number 3", "first")]
    assert await broken(database, ALWAYS) == {}


async def test_a_text_of_an_older_form_waits_until_it_is_hashed_anew(database, visit):
    """A tombstone has the hash by which the text would be known today."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    await ask(database, "UPDATE tidings.articles SET hash_version = 0")
    assert await forget(database) == {}


async def test_many_go_in_batches(database, visit, monkeypatch):
    """However many there are, each batch is small; those that are still seen are passed over, not gone round."""
    monkeypatch.setattr("crawler.ingestion.upkeep.retention._ARTICLES_AT_ONCE", 7)
    await load(database, [page(visit, f"{ONE}{number}", text(number)) for number in range(50)])
    await age(database, 2 * YEAR)
    await load(database, [page(visit, f"{ONE}{number}", text(number)) for number in range(0, 50, 5)])
    assert await forget(database) == {"num_articles": 40, "num_urls": 40}
    assert len(await headlines(database)) == 10
    assert await broken(database, ALWAYS) == {}


@pytest.mark.parametrize("name", ["insert_tombstones", "expire_urls", "delete_authors"])
async def test_a_batch_that_breaks_off_changes_nothing(database, visit, monkeypatch, name):
    """A process that dies in the middle of a batch leaves all of it as it was; the next one does it."""

    async def execute(connection, asked, params):
        if asked == name:
            raise ConnectionResetError
        return await real(connection, asked, params)

    real = expiry.execute
    await load(database, [page(visit, ONE, text(1, authors=("Zoe Quist",)))])
    await age(database, 2 * YEAR)
    with monkeypatch.context() as dying:
        dying.setattr(expiry, "execute", execute)
        with pytest.raises(ConnectionResetError):
            await forget(database)
    assert await broken(database, ALWAYS) == {}
    assert await headlines(database) == ["Number 1"]
    assert await forget(database) == {"num_articles": 1, "num_urls": 1, "num_authors": 1}
    assert await broken(database, ALWAYS) == {}


def once_before(monkeypatch, place, name, deed):
    """Have ``deed`` done, and committed, right before loading comes to a statement, the first time."""
    module, _, attribute = place.rpartition(".")
    real = getattr(importlib.import_module(module), attribute)
    done = []

    async def first_the_deed(connection, asked, params=None):
        if asked == name and not done:
            done.append(await deed())
        return await real(connection, asked, params)

    monkeypatch.setattr(place, first_the_deed)
    return done


@pytest.mark.parametrize("name", ["insert_articles", "find_articles"])
async def test_a_text_that_is_deleted_while_it_is_loaded_stays_away(database, visit, monkeypatch, name):
    """Recognised a moment ago, deleted since: it is not stored anew under another number."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 2 * YEAR)
    done = once_before(monkeypatch, "crawler.ingestion.loading.texts.fetch", name, lambda: forget(database))
    assert await outcomes(database, page(visit, TWO, text(1)), page(visit, THREE, text(3))) == [EXPIRED, NEW]
    assert done == [{"num_articles": 1, "num_urls": 1}]
    assert await broken(database, ALWAYS) == {}


async def one_waits(database):
    """Return when somebody waits for a lock on this database."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not (await ask(database, waiting))[0][0]:
        await asyncio.sleep(0.01)


async def test_an_earlier_first_copy_that_comes_meanwhile_is_kept(database, visit, monkeypatch):
    """A URL that expires showed a text before, of which an archive shows an older copy at this moment."""
    for article in (text(1), text(2)):
        await load(database, [page(visit, ONE, article)])
    await age(database, 2 * YEAR)
    await load(database, [page(visit, TWO, text(1))])
    stored, may_end = asyncio.Event(), asyncio.Event()

    async def execute(connection, asked, params):
        if asked == "insert_pages":
            stored.set()
            await may_end.wait()
        return await real(connection, asked, params)

    real = batch.execute
    monkeypatch.setattr(batch, "execute", execute)
    loading = asyncio.create_task(load(database, [page(visit, THREE, text(1), after=-3 * YEAR)]))
    await stored.wait()
    deleting = asyncio.create_task(forget(database))
    await one_waits(database)
    may_end.set()
    await loading
    assert (await deleting)["num_articles"] == 1
    assert await ask(database, "SELECT url FROM tidings.copies WHERE is_first_seen") == [(THREE,)]


async def test_a_story_is_changed_while_its_first_is_deleted(database, visit):
    """Who deletes the first of a story locks its articles in the order that all keep to: nobody is a victim."""
    for number in (1, 2):
        await load(database, [page(visit, f"{ONE}{number}", text(number))])
    (one,), (two,) = await ask(database, "SELECT article_id FROM tidings.articles ORDER BY article_id")
    tell = "UPDATE tidings.articles SET story_id = %(story)s, story_role = %(role)s WHERE article_id = %(id)s"
    for article_id, role in ((one, "copy"), (two, "first")):
        await ask(database, tell, story=one, role=role, id=article_id)
    await age(database, 2 * YEAR, tables=("article_urls", "articles"), where=f"article_id = {two}")
    async with database.transaction() as connection:
        lock = "SELECT FROM tidings.articles WHERE article_id = %s FOR NO KEY UPDATE"
        await connection.execute(lock, [one])
        deleting = asyncio.create_task(forget(database))
        await one_waits(database)
        await connection.execute(lock, [two])
    assert await deleting == {"num_articles": 1, "num_urls": 1}
    assert await broken(database, ALWAYS) == {}


async def test_an_author_who_is_deleted_while_they_sign_is_kept(database, visit, monkeypatch):
    """The last article of an author goes at the moment their next one comes: it has its byline."""
    await load(database, [page(visit, ONE, text(1, authors=("Zoe Quist",)))])
    await age(database, 2 * YEAR)
    done = once_before(
        monkeypatch, "crawler.ingestion.loading.texts.fetch", "lock_signers", lambda: forget(database)
    )
    assert await outcomes(database, page(visit, TWO, text(2, authors=("Zoe Quist",)))) == [NEW]
    assert done == [{"num_articles": 1, "num_urls": 1, "num_authors": 1}]
    assert await ask(database, "SELECT authors FROM tidings.copies") == [(["Zoe Quist"],)]


async def test_deleting_and_loading_at_once(database, visit):
    """Old texts are loaded again at the moment they are deleted: each either lives on or stays away."""
    number = 0
    for _ in range(12):
        numbers = range(number, number + 20)
        number += 20
        places = [page(visit, f"{ONE}{n}", text(n, authors=(f"Author {n % 3}",))) for n in numbers]
        await load(database, places)
        await age(database, 2 * YEAR, tables=("articles", "article_urls"))
        again = [page(visit, f"{ONE}{n}", text(n, authors=(f"Author {n % 3}",))) for n in numbers[::4]]
        elsewhere = [page(visit, f"{TWO}{n}", text(n)) for n in numbers[::3]]
        fresh = [page(visit, f"{THREE}{n}", text(-n - 1, authors=(f"Author {n % 3}",))) for n in numbers[:6]]
        _, *stored = await asyncio.gather(
            forget_beside_loading(database), *(load(database, batch) for batch in (again, elsewhere, fresh))
        )
        assert Reason.BAD_ROW not in {one.reason for batch in stored for one in batch}
        assert {one.outcome for one in stored[2]} == {Outcome.NEW}
        assert await broken(database, ALWAYS) == {}
    signed = "SELECT count(*) FROM tidings.articles a WHERE headline LIKE 'Number -%%' AND NOT EXISTS (SELECT FROM"
    assert await ask(database, f"{signed} tidings.article_authors b WHERE b.article_id = a.article_id)") == [(0,)]


async def test_runs_go_with_their_visits(database, visit):
    """What a run asked for and visited is deleted with it, and the articles stay; one under way is left alone."""
    await load(database, [page(visit, ONE, text(1))])
    document = (
        "INSERT INTO tidings.documents (source_id, url, kind, is_root) VALUES (%(id)s, 'https://f', 'feed', true)"
    )
    await ask(database, document, id=visit.source_id)
    polls = (
        "INSERT INTO tidings.polls (run_id, document_id, polled_at, outcome) SELECT %(id)s, document_id, %(now)s,"
    )
    await ask(database, f"{polls} 'read' FROM tidings.documents", id=visit.run_id, now=NOW)
    await age(database, 2 * YEAR)
    retention = Retention(database, RetentionSettings())
    assert await retention.delete_runs(NOW) is False
    await ask(database, "UPDATE tidings.runs SET outcome = 'succeeded', finished_at = started_at")
    assert [await retention.delete_runs(NOW) for _ in range(2)] == [True, False]
    assert retention.deleted == {"num_pages": 1, "num_polls": 1, "num_runs": 1}
    assert await headlines(database) == ["Number 1"]


async def test_alarms_and_hours_go_with_the_visits_of_their_time(database, visit):
    """What is over for longer than visits are kept is deleted; an alarm that is up stays, however old."""
    async with database.transaction() as connection:
        for ago, is_over in ((500, True), (500, False), (5, True)):
            await connection.execute(
                "INSERT INTO tidings.alarms (kind, source_id, raised_at, cleared_at, cause)"
                " VALUES ('gap', %s, now() - make_interval(days => %s),"
                " CASE WHEN %s THEN now() - make_interval(days => %s) END, 'lost')",
                (visit.source_id, ago, is_over, ago),
            )
            await connection.execute(
                "INSERT INTO tidings.hourly_pages (source_id, hour, outcome, reason, num_pages) VALUES"
                " (%s, date_trunc('hour', now() - make_interval(days => %s), 'UTC'), 'new', 'new_text', 1)"
                " ON CONFLICT DO NOTHING",
                (visit.source_id, ago),
            )
    retention = Retention(database, RetentionSettings())
    assert await retention.delete_records(datetime.now(UTC)) is False
    assert retention.deleted == {"num_alarms": 1, "num_hours": 1}


async def test_a_run_of_many_visits_goes_in_batches(database, visit, monkeypatch):
    """A run is deleted when the last of its visits is."""
    monkeypatch.setattr("crawler.ingestion.upkeep.retention._ROWS_AT_ONCE", 4)
    await load(database, [page(visit, f"{ONE}{number}", text(number)) for number in range(9)])
    await ask(database, "UPDATE tidings.runs SET outcome = 'succeeded', finished_at = %(now)s", now=NOW)
    retention = Retention(database, RetentionSettings(pages="30d"))
    assert [await retention.delete_runs(NOW + YEAR) for _ in range(4)] == [True, True, True, False]
    assert retention.deleted == {"num_pages": 9, "num_runs": 1}


async def test_maintenance_tells_what_it_deleted(database, database_url, visit, capsys):
    """One slice of maintenance deletes what is due and says so once."""
    await load(database, [page(visit, ONE, text(1))])
    await age(database, 99 * YEAR)
    maintenance = Maintenance(database, database_url, RetentionSettings(articles="365d"))
    await maintenance.work()
    assert "retention.applied" in (told := capsys.readouterr().out)
    assert "num_articles=1" in told
    await maintenance.work()
    assert "retention.applied" not in capsys.readouterr().out
