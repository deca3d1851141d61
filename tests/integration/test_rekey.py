"""URLs that were known by keys of an older version."""

import asyncio
import hashlib
import signal
import sys
from asyncio.subprocess import PIPE
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from crawler.ingestion.identity import KEY_VERSION, url_key
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.ingestion.rhythm import USUAL
from crawler.ingestion.upkeep import rekey as rekeying
from crawler.ingestion.upkeep.rekey import rekey
from crawler.outcomes import Outcome, Reason
from crawler.upgrade import check_upgraded, upgrade
from sql import schema
from sql.database import open_database
from sql.errors import SchemaError
from sql.migrate import migrate as upgrade_schema
from tests.support.invariants import UNTIL_DELETED, broken
from tests.support.loading import ask, at, open_visit, page

PLAIN = "https://www.gazette.example/news/1"
MOBILE = "https://m.gazette.example/news/1"
OLD = "http://gazette.example/news/1/"


@pytest.fixture
def older(monkeypatch):
    """Loads pages as version 1 did, for which each spelling of a URL was another."""

    async def load_older(database, *pages):
        with monkeypatch.context() as patched:
            patched.setattr("crawler.ingestion.page.url_key", lambda url: hashlib.sha256(url.encode()).digest())
            patched.setattr("crawler.ingestion.loading.batch.KEY_VERSION", 1)
            await load(database, pages)

    return load_older


async def history(database):
    return [
        (row["url"], row["revision"], row["headline"], row["is_current"])
        for row in await ask(
            database, "SELECT url, revision, headline, is_current FROM tidings.copies ORDER BY url, revision"
        )
    ]


async def test_every_url_has_a_key_of_this_version(database, database_url, older):
    """All keys are those of this version afterwards, and nothing else has changed; a second time does nothing."""
    visit = open_visit(database_url)
    urls = [f"https://www.gazette.example/news/{number}" for number in range(5)]
    await older(database, *(page(visit, url, headline=url) for url in urls))
    before = await history(database)
    assert (rekey(database_url), rekey(database_url)) == (5, 0)
    found = await ask(database, "SELECT url, url_key, key_version FROM tidings.urls")
    assert {(row["url"], bytes(row["url_key"]), row["key_version"]) for row in found} == {
        (url, url_key(url), KEY_VERSION) for url in urls
    }
    assert await history(database) == before
    assert await broken(database, UNTIL_DELETED) == {}


async def test_urls_that_are_one_have_one_history(database, database_url, older):
    """What stood at each follows in the order of time, the same text once; what was seen last is current."""
    visit = open_visit(database_url)
    await older(database, page(visit, MOBILE, headline="First", minutes=10))
    await older(database, page(visit, PLAIN, headline="First", minutes=5))
    await older(database, page(visit, PLAIN, headline="Second", minutes=20))
    await older(database, page(visit, OLD, headline="Third", minutes=30))
    await older(database, page(visit, MOBILE, headline="Second", minutes=40))
    await older(database, page(visit, MOBILE, headline="First", minutes=50))
    rekey(database_url)
    assert await history(database) == [
        (MOBILE, 1, "First", False),
        (MOBILE, 2, "Second", False),
        (MOBILE, 3, "Third", False),
        (MOBILE, 4, "Second", False),
        (MOBILE, 5, "First", True),
    ]
    assert (await ask(database, "SELECT count(*), count(DISTINCT url_id) AS urls FROM tidings.pages")) == [
        {"count": 6, "urls": 1}
    ]
    assert await broken(database, UNTIL_DELETED) == {}


async def test_the_same_text_at_both_is_one_copy(database, database_url, older):
    """Two copies at what is one URL become one, seen from the first visit to the last, with what it said last."""
    visit = open_visit(database_url)
    await older(database, page(visit, PLAIN, minutes=10, date_published=at(5), canonical_url=PLAIN))
    await older(database, page(visit, MOBILE, minutes=5, date_published=at(-60)))
    await older(database, page(visit, MOBILE, minutes=20, canonical_url="https://elsewhere.example/"))
    rekey(database_url)
    found = await ask(
        database,
        "SELECT canonical_url, canonical_key, first_seen_at, last_seen_at, published_before"
        "  FROM tidings.article_urls",
    )
    assert found == [
        {
            "canonical_url": "https://elsewhere.example/",
            "canonical_key": None,
            "first_seen_at": at(5),
            "last_seen_at": at(20),
            "published_before": at(-60),
        }
    ]
    assert await broken(database, UNTIL_DELETED) == {}


async def test_how_the_latest_visit_ended_stays(database, database_url, older):
    """Of URLs that are one, the latest visit says when to ask again; the text stays, wherever it stood."""
    visit = open_visit(database_url)
    await older(database, page(visit, MOBILE, minutes=5))
    failed = Page(visit, PLAIN, at(9), outcome=Outcome.FAILED, reason=Reason.HTTP_404)
    await older(database, failed)
    rekey(database_url)
    found = await ask(
        database, "SELECT url, outcome::text, reason::text, next_visit_at, first_seen_at FROM tidings.urls"
    )
    assert found == [
        {"url": MOBILE, "outcome": "failed", "reason": "http_404", "next_visit_at": at(14), "first_seen_at": at(5)}
    ]
    assert [row[1:] for row in await history(database)] == [(1, "Bridge reopens", True)]


async def test_a_url_that_was_keyed_before_is_met_again(database, database_url, older, monkeypatch):
    """URLs that are one merge when they lie in different batches, and when one was loaded by this version."""
    visit = open_visit(database_url)
    monkeypatch.setattr(rekeying, "_BATCH", 1)
    await older(database, page(visit, PLAIN, minutes=1), page(visit, MOBILE, minutes=2))
    await load(database, [page(visit, OLD, headline="Later", minutes=3)])
    assert rekey(database_url) == 2
    assert await history(database) == [(OLD, 1, "Bridge reopens", False), (OLD, 2, "Later", True)]
    assert await broken(database, UNTIL_DELETED) == {}


KILLED = """
import os, signal, sys
from crawler.ingestion.upkeep import rekey as rekeying
done, real = [], rekeying._rekey_batch
def batch(connection, rows):
    done.append(real(connection, rows))
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return done[-1]
rekeying._BATCH, rekeying._rekey_batch = 2, batch
rekeying.rekey(sys.argv[1])
"""


async def test_a_kill_costs_a_batch(database, database_url, older):
    """A process that is killed in its third batch leaves the first two done, and the next goes on from there."""
    visit = open_visit(database_url)
    urls = [f"https://{host}gazette.example/news/{n}" for n in range(6) for host in ("www.", "m.")]
    await older(database, *(page(visit, url, headline=url[-1]) for url in urls))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, database_url, stdout=PIPE)
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert await broken(database, UNTIL_DELETED) == {}
    with pytest.raises(SchemaError, match="tidings db migrate"):
        check_upgraded(database_url)
    assert rekey(database_url) == 8
    check_upgraded(database_url)
    assert len(await history(database)) == 6
    assert await broken(database, UNTIL_DELETED) == {}


async def test_many_may_upgrade_at_once(database, database_url, older):
    """Of several that start together one keys the URLs, the others wait, and none counts one twice."""
    visit = open_visit(database_url)
    await older(database, *(page(visit, f"https://www.gazette.example/{n}", headline=str(n)) for n in range(50)))
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(rekey, [database_url] * 4)) == [0, 0, 0, 50]
    assert upgrade(database_url) == []


OF_VERSION_8 = """
    INSERT INTO tidings.sources (name, url, origin, definition, state, host_lock, created_at, updated_at)
         VALUES ('gazette', 'https://gazette.example/', 'command', '{}', 'disabled', 'gazette.example',
                 now(), now());
    INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at)
         SELECT gen_random_uuid(), source_id, 'command', now(), now() FROM tidings.sources;
    INSERT INTO tidings.urls (url_key, url, source_id, first_seen_at, last_fetched_at, outcome, reason)
         SELECT sha256(u::bytea), u, source_id, t::timestamptz, t::timestamptz, 'new', 'new_text'
           FROM tidings.sources, (VALUES ('https://m.gazette.example/1', '2026-03-02 09:00+00'),
                                         ('https://gazette.example/1/', '2026-03-02 08:00+00'),
                                         ('https://gazette.example/2', '2026-03-02 07:00+00')) AS v(u, t);
    INSERT INTO tidings.articles (content_hash, hash_version, headline, article_body, keywords, word_count,
                                  date_published, first_seen_at)
         SELECT sha256(h::bytea), 1, h, h, '{}', 1, t::timestamptz, '2026-03-02 07:00+00'
           FROM (VALUES ('Ferry late', NULL), ('Bridge open', '2026-03-02 06:00+00')) AS v(h, t);
    INSERT INTO tidings.article_urls (url_id, revision, article_id, source_id, is_current, canonical_url,
                                      first_seen_at, last_seen_at)
         SELECT url_id, 1, article_id, source_id, true, 'https://www.gazette.example/1',
                u.first_seen_at, u.first_seen_at
           FROM tidings.urls u JOIN tidings.articles ON (headline = 'Ferry late') = (u.url LIKE '%/2');
    INSERT INTO tidings.pages (run_id, source_id, url_id, url, outcome, reason, fetched_at, article_id)
         SELECT run_id, source_id, url_id, url, 'new', 'new_text', u.first_seen_at, article_id
           FROM tidings.runs
           JOIN tidings.urls u USING (source_id)
           JOIN tidings.article_urls USING (url_id, source_id);
"""


async def test_a_database_of_an_earlier_release_is_upgraded(empty_database_url, monkeypatch):
    """What stopped at migration 8 has this version's schema and keys after one call, and has lost nothing."""
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda real=schema.migrations: real()[:8])
        upgrade_schema(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(OF_VERSION_8)
    assert upgrade(empty_database_url)[0] == "0009_identity"
    check_upgraded(empty_database_url)
    async with open_database(empty_database_url, application_name="tests") as database:
        found = await ask(
            database,
            "SELECT url, headline, is_canonical, is_first_published, first_seen_at FROM tidings.copies"
            " ORDER BY headline",
        )
        assert [tuple(row.values()) for row in found] == [
            ("https://m.gazette.example/1", "Bridge open", True, True, at(60)),
            ("https://gazette.example/2", "Ferry late", False, None, at(0)),
        ]
        assert await ask(database, "SELECT count(*) FROM tidings.pages") == [{"count": 3}]
        assert await broken(database, UNTIL_DELETED) == {}


async def test_articles_of_the_last_four_days_are_followed_after_an_upgrade(empty_database_url, monkeypatch):
    """Each is due at the next date of its rhythm, none at once; those that are older or failed are not."""
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda real=schema.migrations: real()[:8])
        upgrade_schema(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(OF_VERSION_8)
        seen = "UPDATE tidings.urls SET first_seen_at = now() - %s::interval, outcome = %s, reason = %s"
        for url, age, outcome, reason in (
            ("https://gazette.example/1/", "20 min", "new", "new_text"),
            ("https://m.gazette.example/1", "2 days", "failed", "http_5xx"),
            ("https://gazette.example/2", "5 days", "unchanged", "same_text"),
        ):
            connection.execute(f"{seen} WHERE url = %s", (age, outcome, reason, url))
    upgrade_schema(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        due = "SELECT url, next_visit_at - first_seen_at FROM tidings.urls WHERE next_visit_at IS NOT NULL"
        assert connection.execute(due).fetchall() == [("https://gazette.example/1/", USUAL[1])]
