"""Texts that were hashed by an older version of the canonical form: known at every moment, hashed anew, joined."""

import asyncio
import hashlib
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from random import Random

import pytest
import structlog

from crawler.article import Article
from crawler.ingestion import page
from crawler.ingestion.identity import HASH_VERSION, content_hash
from crawler.ingestion.identity.texts_1 import canonical_text_1
from crawler.ingestion.loading import copies, load, texts
from crawler.ingestion.page import Page
from crawler.ingestion.upkeep import rehash
from crawler.ingestion.upkeep.rehash import Rehash
from crawler.ingestion.upkeep.twins import join_articles
from crawler.outcomes import Outcome
from crawler.paragraphs import Paragraph
from sql.database import execute
from tests.support.invariants import UNTIL_DELETED, broken
from tests.support.loading import open_visit

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
SITE = "https://gazette.example"

# The same text to version 2, and three of them to version 1.
SPELLINGS = ("It\u00b4s open \u2014 at last.", "It's open -- at last.", "It\u02bcs open \u2e3a at last.")


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


@asynccontextmanager
async def version_1(database):
    """The loader as it was when version 1 was today's, and what the migration to version 2 leaves."""

    def hash_1(headline, article_body):
        canonical = f"{canonical_text_1(headline)}\n{canonical_text_1(article_body)}"
        return hashlib.sha256(canonical.encode()).digest()

    async def judge_none(_connection, _rows):
        """Edits were not judged then."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "content_hash", hash_1)
        patch.setattr(texts, "judge_revisions", judge_none)
        for module in (page, texts, copies):
            patch.setattr(module, "HASH_VERSION", 1)
        yield
    async with database.transaction() as connection:
        await connection.execute("UPDATE tidings.oldest_hash SET hash_version = 1")


def a_page(visit, path, body, *, minutes=0, headline="Bridge", authors=(), **fields):
    article = Article(f"{SITE}{path}", headline, body, word_count=4, authors=authors)
    return Page(visit, f"{SITE}{path}", MORNING + timedelta(minutes=minutes), article, **fields)


async def outcomes(database, *pages):
    return [stored.outcome for stored in await load(database, pages)]


async def rows(database, statement):
    async with database.transaction() as connection:
        cursor = await connection.execute(statement)
        return await cursor.fetchall()


async def number(database, table):
    return (await rows(database, f"SELECT count(*) FROM tidings.{table}"))[0][0]


async def history(database, path):
    """The texts that a URL has shown, each with its number and whether it is the current one."""
    found = await rows(
        database,
        "SELECT revision, is_current, article_body, first_seen_at, last_seen_at"
        f"  FROM tidings.copies WHERE url = '{SITE}{path}' ORDER BY revision",
    )
    return [
        (revision, is_current, body, (first - MORNING).seconds // 60, (last - MORNING).seconds // 60)
        for revision, is_current, body, first, last in found
    ]


async def assert_sound(database, *, is_done=True):
    """What holds of the database at any moment; and when all texts are hashed anew, that they are."""
    assert await broken(database, UNTIL_DELETED) == {}
    if is_done:
        stored = await rows(
            database, "SELECT content_hash, hash_version, headline, article_body FROM tidings.articles"
        )
        assert [(content_hash(*row[2:]), HASH_VERSION) for row in stored] == [row[:2] for row in stored]


async def rehash_all(database):
    duty = Rehash(database, batch=3)
    while await duty.work():
        pass


# Texts of which about half have another hash in version 2.
BODIES = [f"Paragraph {i} says nothing{' -- much' if i % 2 else ''}." for i in range(12)]


async def test_every_text_is_known_at_every_moment(database, visit):
    """Pages that are seen again before, during and after make no second article, and no revision."""
    stored = [a_page(visit, f"/{i}", body) for i, body in enumerate(BODIES)]
    async with version_1(database):
        await load(database, stored)

    turns = 0
    while True:
        turns += 1
        again = [replace(seen, fetched_at=MORNING + timedelta(minutes=turns)) for seen in stored]
        elsewhere = [a_page(visit, f"/{turns}-{i}", body, minutes=turns) for i, body in enumerate(BODIES)]
        assert set(await outcomes(database, *again)) == {Outcome.UNCHANGED}
        assert set(await outcomes(database, *elsewhere)) == {Outcome.DUPLICATE}
        await assert_sound(database, is_done=False)
        if not await Rehash(database, batch=5).work():
            break
    assert turns == 4
    assert await number(database, "articles") == len(BODIES)
    await assert_sound(database)


async def test_a_page_is_known_by_all_that_it_showed_in_version_1(database, visit):
    """What boilerplate was dropped from is known by its older whole hash, until it is seen again."""
    whole = "It's open -- at last.\nRead more -- here."
    async with version_1(database):
        await load(database, [a_page(visit, "/1", "It's open -- at last.", whole_body=whole)])
    await rehash_all(database)
    kept = [a_page(visit, "/1", whole, minutes=1), a_page(visit, "/2", whole, minutes=1)]
    assert await outcomes(database, *kept) == [Outcome.UNCHANGED, Outcome.DUPLICATE]
    hashes = await rows(database, "SELECT DISTINCT whole_hash, whole_hash_version FROM tidings.article_urls")
    assert hashes == [(content_hash("Bridge", whole), HASH_VERSION)]
    assert await database.fetch("find_oldest_hash_version") == [{"hash_version": 1}]
    await rehash_all(database)
    assert await database.fetch("find_oldest_hash_version") == [{"hash_version": HASH_VERSION}]


async def test_older_hashes_are_not_computed_when_nothing_is_old(database, visit, monkeypatch):
    """Once all is hashed anew, no page costs more than its hash of today."""
    async with version_1(database):
        await load(database, [a_page(visit, "/1", SPELLINGS[0])])
    await rehash_all(database)
    monkeypatch.delattr(texts, "content_hashes")
    assert await outcomes(database, a_page(visit, "/1", SPELLINGS[1], minutes=1)) == [Outcome.UNCHANGED]


async def test_articles_that_are_one_text_now_are_joined(database, visit):
    """The older one stays, with the copies, visits, lessons and authors of both; nothing is left of the other."""
    async with version_1(database):
        for minutes, body in enumerate(SPELLINGS):
            paragraphs = (Paragraph(minutes, 20),)
            authors = ("Asha Rao", "Mira Sol") if minutes == 1 else ("Jens Holm", "Asha Rao")
            late = a_page(visit, f"/{minutes}", body, minutes=minutes, authors=authors, paragraphs=paragraphs)
            await load(database, [late])
    assert await number(database, "articles") == len(SPELLINGS)
    await rehash_all(database)
    await assert_sound(database)
    found = await rows(
        database,
        "SELECT article_body, first_seen_at,"
        "       (SELECT count(*) FROM tidings.pages p WHERE p.article_id = a.article_id),"
        "       (SELECT count(*) FROM tidings.lessons l WHERE l.article_id = a.article_id)"
        "  FROM tidings.articles a",
    )
    assert found == [(SPELLINGS[0], MORNING, 3, 1)]
    places = await rows(database, "SELECT url, authors, is_first_seen FROM tidings.copies ORDER BY url")
    byline = ["Jens Holm", "Asha Rao", "Mira Sol"]
    assert places == [(f"{SITE}/{i}", byline, i == 0) for i in range(3)]


@pytest.mark.parametrize("shown", ["ab", "abc", "aab", "abX", "Xab", "aXb", "aXbc", "abXcaX", "XaYbcXY"])
async def test_revisions_that_are_one_text_now_become_one(database, visit, shown):
    """Of texts that a URL has shown, those in a row that are one are one revision; the others are counted down."""
    said = dict(zip("abc", SPELLINGS, strict=True)) | {"X": "Another text.", "Y": "A third text."}
    async with version_1(database):
        for minutes, text in enumerate(shown):
            await load(database, [a_page(visit, "/1", said[text], minutes=minutes)])
    await rehash_all(database)
    await assert_sound(database)

    first_spelling = said[next(text for text in shown if text in "abc")]
    expected = []
    for _, group in groupby(enumerate(shown), key=lambda item: item[1] in "abc" or item[1]):
        minutes, seen = zip(*group, strict=True)
        body = first_spelling if seen[0] in "abc" else said[seen[0]]
        expected.append((body, minutes[0], minutes[-1]))
    assert await history(database, "/1") == [
        (revision, revision == len(expected), *rest) for revision, rest in enumerate(expected, start=1)
    ]
    last = a_page(visit, "/1", said[shown[-1]], minutes=len(shown))
    assert await outcomes(database, last) == [Outcome.UNCHANGED]


async def test_a_joined_revision_keeps_what_became_of_the_text_before(database, visit):
    """Of revisions that become one the first says which kind of edit it was, and the last what its page said."""
    async with version_1(database):
        for minutes, body in enumerate(["Another text.", *SPELLINGS]):
            await load(database, [a_page(visit, "/1", body, minutes=minutes)])
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE tidings.article_urls SET edit_kind = (CASE revision WHEN 2 THEN 'update' ELSE 'typo' END)"
            "::tidings.edit_kind, canonical_url = 'https://gazette.example/' || revision WHERE revision > 1"
        )
    await rehash_all(database)
    kept = await rows(database, "SELECT revision, edit_kind, canonical_url FROM tidings.article_urls ORDER BY 1")
    assert kept == [(1, None, None), (2, "update", f"{SITE}/4")]


# Of the older (k) and the newer (d) of two articles that are joined, and of two others: story and role; and after.
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"d": "d first", "x": "d copy"}, {"k": "k first", "x": "k copy"}, id="of the newer alone"),
        pytest.param({"k": "k first", "x": "k copy"}, {"k": "k first", "x": "k copy"}, id="of the older alone"),
        pytest.param({"k": "k first", "d": "k copy"}, {"k": "k first"}, id="one story"),
        pytest.param(
            {"k": "d copy", "d": "d first", "x": "d copy"}, {"k": "k first", "x": "k copy"}, id="renamed"
        ),
        pytest.param(
            {"k": "x copy", "x": "x first", "d": "y rewrite", "y": "y first"},
            {"k": "x copy", "x": "x first", "y": "x rewrite"},
            id="two stories",
        ),
        pytest.param(
            {"k": "k first", "x": "k copy", "d": "y copy", "y": "y first"},
            {"k": "k first", "x": "k copy", "y": "k copy"},
            id="two stories, the older one the other",
        ),
        pytest.param(
            {"k": "y rewrite", "y": "y first", "d": "d first", "x": "d copy"},
            {"k": "k first", "x": "k copy", "y": "k rewrite"},
            id="two stories, of the newer",
        ),
    ],
)
async def test_stories_are_joined_with_their_articles(database, visit, before, after):
    """An article that stays is in the stories of both, which are one; each has its first article."""
    bodies = dict(zip("kdxy", [*SPELLINGS[:2], "Another text.", "A third text."], strict=True))
    async with version_1(database):
        for minutes, (name, body) in enumerate(bodies.items()):
            await load(database, [a_page(visit, f"/{name}", body, minutes=minutes)])
    found = await rows(database, "SELECT right(url, 1), article_id FROM tidings.copies")
    ids = dict(found)
    async with database.transaction() as connection:
        for name, place in before.items():
            story, role = place.split()
            await connection.execute(
                "UPDATE tidings.articles SET story_id = %s, story_role = %s WHERE article_id = %s",
                (ids[story], role, ids[name]),
            )
        await connection.execute("INSERT INTO tidings.sketches VALUES (%s, now(), '{1,2}')", (ids["d"],))
    await rehash_all(database)
    await assert_sound(database)
    names = {article_id: name for name, article_id in ids.items()}
    stories = await rows(
        database, "SELECT article_id, story_id, story_role FROM tidings.articles WHERE story_id IS NOT NULL"
    )
    assert {names[one]: f"{names[story]} {role}" for one, story, role in stories} == after
    assert await rows(database, "SELECT article_id FROM tidings.sketches") == [(ids["k"],)]


async def test_a_hash_may_have_to_be_given_up_first(database, visit):
    """Where a text of version 1 has the hash that another is to have, and is another text, both are kept."""
    async with version_1(database):
        await load(database, [a_page(visit, "/1", "don\u00b4t - ask"), a_page(visit, "/2", "don \u0301t -- ask")])
    await rehash_all(database)
    await assert_sound(database)
    assert await number(database, "articles") == 2


async def test_a_text_that_is_in_use_is_left_for_later(database, visit):
    """A worker that holds an article is not waited for, and need not wait long; the next turn does the rest."""
    async with version_1(database):
        await load(database, [a_page(visit, f"/{i}", body) for i, body in enumerate(SPELLINGS)])
    async with database.transaction() as worker:
        await worker.execute("SELECT FROM tidings.articles ORDER BY article_id LIMIT 1 FOR KEY SHARE")
        assert await Rehash(database).work() == 3
        await assert_sound(database, is_done=False)
    assert await number(database, "articles WHERE hash_version = 1") > 0
    await rehash_all(database)
    await assert_sound(database)
    assert await number(database, "articles") == 1


async def test_a_text_that_is_joined_while_it_is_loaded(database, visit):
    """A worker that has recognised a text waits while it is joined with another, and looks again."""
    async with version_1(database):
        await load(database, [a_page(visit, f"/{i}", body, minutes=i) for i, body in enumerate(SPELLINGS[:2])])
    one, other = (row[0] for row in await rows(database, "SELECT article_id FROM tidings.articles"))
    async with database.transaction() as connection:
        params = {"content_hash": content_hash("Bridge", SPELLINGS[0]), "hash_version": HASH_VERSION}
        kept = await join_articles(connection, one, other)
        await execute(connection, "set_hash", params | {"article_id": kept})
        worker = asyncio.create_task(outcomes(database, a_page(visit, "/3", SPELLINGS[1], minutes=3)))
        while not await rows(database, "SELECT pid FROM pg_locks WHERE NOT granted"):
            assert not worker.done()
            await asyncio.sleep(0.01)
    assert await worker == [Outcome.DUPLICATE]
    assert await rows(database, "SELECT DISTINCT article_id FROM tidings.article_urls") == [(kept,)]
    await assert_sound(database)


async def test_the_end_is_logged_once(database, visit):
    """When all is done, the log has it once; where nothing was to do, it has nothing."""
    async with version_1(database):
        await load(database, [a_page(visit, f"/{i}", body) for i, body in enumerate(BODIES)])
    with structlog.testing.capture_logs() as lines:
        duty = Rehash(database)
        assert [await duty.work() for _ in range(3)] == [len(BODIES), 0, 0]
    expected = {"hash_version": HASH_VERSION, "num_texts": len(BODIES)}
    assert lines == [{"event": "rehash.finished", "log_level": "info", **expected}]


async def test_what_was_in_use_has_its_turn_at_the_end(database, visit, monkeypatch):
    """The duty goes on behind a text that it has passed over, comes back to it, and says how far it has come."""
    monkeypatch.setattr(rehash, "_SECONDS_BETWEEN_LINES", 0)
    async with version_1(database):
        await load(database, [a_page(visit, f"/{i}", f"Paragraph {i} -- as ever.") for i in range(12)])
    duty = Rehash(database, batch=5)
    with structlog.testing.capture_logs() as lines:
        async with database.transaction() as worker:
            await worker.execute("SELECT FROM tidings.articles ORDER BY article_id DESC LIMIT 1 FOR KEY SHARE")
            assert [await duty.work() for _ in range(3)] == [5, 5, 2]
            assert await number(database, "articles WHERE hash_version = 1") == 1
        assert [await duty.work() for _ in range(2)] == [1, 0]
    await assert_sound(database)
    told = [(line["event"].removeprefix("rehash."), line["num_texts"], line.get("num_left")) for line in lines]
    assert told == [
        ("progressed", 5, 8),
        ("progressed", 10, 3),
        ("progressed", 12, 1),
        ("progressed", 13, 0),
        ("finished", 13, None),
    ]


_CHILD = """
import asyncio, sys
from crawler.ingestion.upkeep.rehash import Rehash
from sql.database import open_database

async def main():
    async with open_database(sys.argv[1], application_name="tests") as database:
        duty = Rehash(database, batch=int(sys.argv[2]))
        while await duty.work():
            print("turn", flush=True)

asyncio.run(main())
"""


async def start_child(database_url, limit):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CHILD, database_url, str(limit), stdout=asyncio.subprocess.PIPE
    )


async def store_old(database, visit, count):
    """So many texts, each in all of its spellings: an article each."""
    pages = [
        a_page(visit, f"/{i}-{j}", f"This is number {i}. {spelling}", minutes=i)
        for i in range(count)
        for j, spelling in enumerate(SPELLINGS)
    ]
    async with version_1(database):
        assert set(await outcomes(database, *pages)) == {Outcome.NEW}
    return pages


async def test_a_killed_process_is_followed_by_the_next(database, database_url, visit):
    """A process that is killed in the middle leaves a sound database, and what it has not done to the next."""
    pages = await store_old(database, visit, 20)
    turns = 0
    while True:
        child = await start_child(database_url, 25)
        line = await child.stdout.readline()
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.wait()
        await assert_sound(database, is_done=False)
        if not line:
            break
        turns += 1
    assert turns >= 1
    await assert_sound(database)
    again = [replace(seen, fetched_at=MORNING + timedelta(hours=1)) for seen in pages]
    assert set(await outcomes(database, *again)) == {Outcome.UNCHANGED}
    assert await number(database, "articles") == 20


async def test_two_processes_and_workers_at_once(database, database_url, visit):
    """Two processes hash anew while two workers load: no second copy, no revision, nothing lost."""
    pages = await store_old(database, visit, 25)
    children = [await start_child(database_url, 7) for _ in range(2)]
    seen = [set(), set()]

    async def work(worker):
        random = Random(worker)
        minutes = 60
        while any(child.returncode is None for child in children):
            minutes += 1
            batch = [
                replace(known, fetched_at=MORNING + timedelta(minutes=minutes))
                for known in random.sample(pages, 20)
            ]
            seen[0].update(await outcomes(database, *batch))
            elsewhere = [
                a_page(visit, f"/{worker}-{minutes}-{i}", known.article.article_body, minutes=minutes)
                for i, known in enumerate(random.sample(pages, 5))
            ]
            seen[1].update(await outcomes(database, *elsewhere))

    await asyncio.gather(work(0), work(1), *(child.communicate() for child in children))
    assert seen == [{Outcome.UNCHANGED}, {Outcome.DUPLICATE}]
    await rehash_all(database)
    await assert_sound(database)
    assert await number(database, "articles") == 25
    assert await number(database, "article_urls WHERE revision > 1") == 0
