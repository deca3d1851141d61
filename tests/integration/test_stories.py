"""Which articles tell one story, in the database."""

import asyncio
import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.article import Article
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.ingestion.stories import candidates, linking
from crawler.ingestion.stories.linking import link, link_some, reseat
from crawler.ingestion.writer import BatchWriter
from crawler.outcomes import Reason
from tests.support.loading import open_visit
from tests.support.near_copies import scattered, two_words, wrapped
from tests.support.wire import Tongue

MORNING = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
ENGLISH = Tongue("en")
ROOT = Path(__file__).parents[2]
STORIES = "SELECT story_id, num_articles, num_sources, headline FROM tidings.stories ORDER BY story_id"


@pytest.fixture
def papers(database_url):
    """Three sources, each with a run that is under way."""
    return [open_visit(database_url, name) for name in ("gazette", "courier", "mail")]


def page(paper, path, body, *, minutes=0):
    url = f"https://{paper.source}.example/{path}"
    article = Article(url, f"What {path} says", body, word_count=len(body.split()))
    return Page(paper, url, MORNING + timedelta(minutes=minutes), article)


async def store(database, *pages):
    """Load pages without linking them; returns the bodies of the new articles by their ids."""
    return {
        stored.article_id: page_.article.article_body
        for page_, stored in zip(pages, await load(database, pages), strict=True)
    }


async def add(database, *pages):
    """Load pages, link them, and return their articles' ids."""
    bodies = await store(database, *pages)
    await link(database, bodies)
    return list(bodies)


async def rows(database, statement):
    async with database.transaction() as connection:
        cursor = await connection.execute(statement)
        return await cursor.fetchall() if cursor.description else []


async def places(database, ids):
    """The story and the role of each of these articles."""
    found = await rows(database, "SELECT article_id, story_id, story_role FROM tidings.articles")
    return [(story, role) for article_id in ids for key, story, role in found if key == article_id]


async def told(database, ids):
    """The stories of these articles, numbered as they come."""
    stories = [story for story, _ in await places(database, ids)]
    return [sorted(set(stories), key=stories.index).index(story) for story in stories]


def draft(seed, count=150, tongue=ENGLISH):
    """The words of an article that no other seed has."""
    return tongue.words(random.Random(f"draft {seed}"), count)


def printed(words, tongue=ENGLISH):
    return tongue.text(words)


def edited(edit, words, seed=0, tongue=ENGLISH):
    return tongue.text(edit(tongue, random.Random(f"edit {seed}"), words))


async def test_three_papers_print_one_dispatch(database, papers):
    """A dispatch, a copy of it and a rewrite are one story; what else they print is not."""
    words = draft(1)
    gazette, courier, mail = papers
    bodies = [printed(words), edited(wrapped, words), edited(scattered, words), printed(draft(2))]
    ids = [
        *await add(database, page(gazette, "a", bodies[0])),
        *await add(database, page(courier, "b", bodies[1], minutes=5)),
        *await add(database, page(mail, "c", bodies[2], minutes=9), page(mail, "d", bodies[3], minutes=9)),
    ]
    assert await places(database, ids) == [
        (ids[0], "first"),
        (ids[0], "copy"),
        (ids[0], "rewrite"),
        (ids[3], "first"),
    ]
    assert await rows(database, STORIES) == [(ids[0], 3, 3, "What a says"), (ids[3], 1, 1, "What d says")]


async def test_an_edit_belongs_to_the_story(database, papers):
    """The next text of a URL, and a live blog that has grown to three times its length, are of the same story."""
    words = draft(1)
    first, *later = [printed(words), edited(two_words, words), printed([*draft(2, 350), *words])]
    ids = await add(database, page(papers[0], "a", first))
    for minutes, body in enumerate(later, start=1):
        ids += await add(database, page(papers[0], "a", body, minutes=minutes))
    assert await told(database, ids) == [0, 0, 0]
    assert await rows(database, STORIES) == [(ids[0], 3, 1, "What a says")]
    assert await rows(database, "SELECT num_current FROM tidings.stories") == [(1,)]


async def test_another_text_at_the_url_is_another_story(database, papers):
    """A URL that is used again, for something else, tells another story."""
    ids = await add(database, page(papers[0], "today", printed(draft(1))))
    ids += await add(database, page(papers[0], "today", printed(draft(2)), minutes=60))
    assert await places(database, ids) == [(ids[0], "first"), (ids[1], "first")]


async def test_a_late_article_joins_two_stories(database, papers):
    """What is like the texts of two stories makes one of them: the smaller id stays, and nobody is lost."""
    words = draft(1, 300)
    one, other = (scattered(ENGLISH, random.Random(seed), words) for seed in (1, 2))
    ids = await add(database, page(papers[0], "a", printed(one)))
    ids += await add(database, page(papers[1], "b", printed(other), minutes=1))
    assert await places(database, ids) == [(ids[0], "first"), (ids[1], "first")]
    ids += await add(database, page(papers[1], "c", edited(two_words, other), minutes=2))
    ids += await add(database, page(papers[2], "d", printed(words), minutes=3))
    assert await places(database, ids) == [
        (ids[0], "first"), (ids[0], "rewrite"), (ids[0], "copy"), (ids[0], "rewrite")
    ]  # fmt: skip
    assert await rows(database, STORIES) == [(ids[0], 4, 3, "What a says")]


async def test_an_older_article_takes_over(database, papers):
    """Of an archive's articles the oldest is the first, whenever it comes; the story keeps its id."""
    words = draft(1)
    ids = await add(database, page(papers[0], "a", printed(words)))
    ids += await add(database, page(papers[1], "b", edited(two_words, words), minutes=-600))
    ids += await add(database, page(papers[2], "c", edited(scattered, words), minutes=-300))
    assert await places(database, ids) == [(ids[0], "copy"), (ids[0], "first"), (ids[0], "rewrite")]
    seen = await rows(database, "SELECT first_seen_at, headline FROM tidings.stories")
    assert seen == [(MORNING - timedelta(minutes=600), "What b says")]


async def test_who_proves_to_be_older_takes_over(database, papers):
    """An article that an archive has shown earlier than the first of its story changes places with it."""
    words = draft(1)
    ids = await add(database, page(papers[0], "a", printed(words)))
    ids += await add(database, page(papers[1], "b", edited(two_words, words), minutes=5))
    ids += await add(database, page(papers[2], "c", edited(scattered, words), minutes=9))
    await reseat(database, ids)
    assert await places(database, ids) == [(ids[0], "first"), (ids[0], "copy"), (ids[0], "rewrite")]
    earlier = f"first_seen_at = first_seen_at - interval '1 day' WHERE article_id = {ids[1]}"
    await rows(database, f"UPDATE tidings.articles SET {earlier}")
    await reseat(database, ids)
    assert await places(database, ids) == [(ids[0], "copy"), (ids[0], "first"), (ids[0], "rewrite")]


async def test_an_old_sketch_is_not_looked_at(database, papers):
    """After thirty days a text is history: what is like it tells a new story."""
    words = draft(1)
    ids = await add(database, page(papers[0], "a", printed(words)))
    await rows(database, "UPDATE tidings.sketches SET seen_at = now() - interval '31 days'")
    ids += await add(database, page(papers[1], "b", edited(two_words, words)))
    assert await places(database, ids) == [(ids[0], "first"), (ids[1], "first")]


@pytest.mark.parametrize("language", ["de", "hi", "ja", "th", "zh"])
async def test_languages(database, papers, language):
    """Near-copies are found in languages of other scripts, written with spaces or without; a quotation is none."""
    tongue = Tongue(language)
    words, statement = draft(1, tongue=tongue), draft(2, tongue=tongue)[:80]
    quotes = [printed([*statement, *draft(number, 80, tongue)], tongue) for number in (3, 4)]
    copies = [edited(edit, words, tongue=tongue) for edit in (two_words, scattered, wrapped)]
    bodies = [printed(words, tongue), *copies, *quotes]
    ids = await add(database, *(page(papers[0], str(n), body, minutes=n) for n, body in enumerate(bodies)))
    assert await told(database, ids) == [0, 0, 0, 0, 1, 2]


async def test_a_crash_before_linking_costs_nothing(database, papers):
    """What was stored and not linked is linked by maintenance, with what was linked meanwhile, once."""
    words = draft(1)
    ids = [*await store(database, page(papers[0], "a", printed(words)))]
    ids += await store(database, page(papers[0], "x", printed(draft(2))))
    ids += await add(database, page(papers[1], "b", edited(two_words, words), minutes=1))
    assert await places(database, ids) == [(None, None), (None, None), (ids[2], "first")]
    assert [await link_some(database, limit=1) for _ in range(3)] == [1, 1, 0]
    assert await places(database, ids) == [(ids[0], "first"), (ids[1], "first"), (ids[0], "copy")]


async def test_a_crash_after_sketching_costs_nothing(database, papers, monkeypatch):
    """An article whose process died between sketch and story is linked by whoever finds it, with all its like."""
    words = draft(1, 300)
    one, other = (scattered(ENGLISH, random.Random(seed), words) for seed in (1, 2))
    ids = await add(database, page(papers[0], "a", printed(one)))
    left = await store(database, page(papers[1], "b", printed(words), minutes=1))
    with monkeypatch.context() as patched:
        patched.setattr(linking, "_settle", killed)
        with pytest.raises(KilledError):
            await link(database, left)
    ids += [*left, *await add(database, page(papers[2], "c", printed(other), minutes=2))]
    assert await places(database, ids) == [(ids[0], "first"), (ids[0], "rewrite"), (ids[0], "rewrite")]


class KilledError(Exception):
    """Stands for the end of a process."""


async def killed(*_):
    raise KilledError


async def test_a_text_on_which_linking_breaks_is_in_nobodys_way(database, papers, monkeypatch):
    """It is a story of its own; what was stored with it finds its story."""
    words = draft("in the way")
    ids = list(await store(database, *(page(paper, "way", printed(words[n:])) for n, paper in enumerate(papers))))
    real = linking.shingled

    async def broken(bodies):
        if ids[1] in bodies:
            raise ZeroDivisionError
        return await real(bodies)

    monkeypatch.setattr(linking, "shingled", broken)
    assert await link_some(database) == len(ids)
    assert await told(database, ids) == [0, 1, 0]
    assert await link_some(database) == 0


async def test_linking_again_changes_nothing(database, papers):
    """Linking is idempotent: no second sketch, no other story."""
    words = draft(1)
    bodies = await store(database, page(papers[0], "a", printed(words)))
    bodies |= await store(database, page(papers[1], "b", edited(two_words, words), minutes=1))
    for _ in range(3):
        await link(database, bodies)
    ids = list(bodies)
    assert await places(database, ids) == [(ids[0], "first"), (ids[0], "copy")]
    assert await rows(database, "SELECT count(*) FROM tidings.sketches") == [(2,)]


async def test_hot_keys_are_skipped(database, papers, monkeypatch):
    """A key in too many sketches is no longer looked up; texts that have others are found by those."""
    monkeypatch.setattr(candidates, "_MOST_SKETCHES", 5)
    appeal = draft("appeal", 100)
    ids = []
    for number in range(9):
        body = printed([*draft(number, 130), *appeal])
        ids += await add(database, page(papers[0], str(number), body, minutes=number))
    hot = {key for (key,) in await rows(database, "SELECT key FROM tidings.hot_keys")}
    assert hot
    words = [*draft("late", 130), *appeal]
    for paper, body in ((papers[1], printed(words)), (papers[2], edited(two_words, words))):
        ids += await add(database, page(paper, "late", body))
    kept = await rows(database, "SELECT keys FROM tidings.sketches ORDER BY article_id DESC LIMIT 2")
    assert [len(keys) for (keys,) in kept] == [12, 12]
    assert not hot & {key for (keys,) in kept for key in keys}
    assert await told(database, ids) == [*range(10), 9]


async def test_hot_keys_are_forgotten(database):
    """After a week a hot key may be looked up again."""
    await rows(
        database, "INSERT INTO tidings.hot_keys VALUES (1, now() - interval '8 days'), (2, now()) RETURNING 1"
    )
    await link_some(database)
    assert await rows(database, "SELECT key FROM tidings.hot_keys") == [(2,)]


async def test_texts_without_words_are_stories_of_their_own(database, papers):
    """A body of a word, or of none, is linked with nothing."""
    bodies = ["Yes.", "Yes!", "***", "!!!", "Yes, we are."]
    ids = await add(database, *(page(papers[0], str(n), body) for n, body in enumerate(bodies)))
    assert await places(database, ids) == [(article_id, "first") for article_id in ids]


async def test_processes_that_store_near_copies_at_once(database, database_url, papers):
    """Three processes store a version of the same text each, time and again: each time all three are one story."""
    rounds = 25
    command = [sys.executable, "-m", "tests.support.linking", database_url]
    writers = [
        await asyncio.create_subprocess_exec(*command, paper.source, str(rounds), cwd=ROOT) for paper in papers
    ]
    assert [await writer.wait() for writer in writers] == [0, 0, 0]
    groups = await rows(
        database,
        "SELECT array_agg(DISTINCT a.story_id) = ARRAY[min(a.article_id)],"
        "       count(*), count(*) FILTER (WHERE a.story_role = 'first')"
        "  FROM tidings.articles a JOIN tidings.article_urls USING (article_id) JOIN tidings.urls u USING (url_id)"
        " GROUP BY split_part(u.url, '/', 4)",
    )
    assert groups == [(True, 3, 1)] * rounds


async def test_a_batch_is_linked_by_its_writer(database, papers):
    """The writer links what it stores before it says so; what cannot be linked is stored all the same."""
    writer = BatchWriter(database)
    running = asyncio.create_task(writer.run())
    words = draft(1)
    futures = [
        await writer.put(page(papers[n], "a", body, minutes=n))
        for n, body in enumerate((printed(words), edited(two_words, words)))
    ]
    ids = [stored.article_id for stored in await asyncio.gather(*futures)]
    assert await told(database, ids) == [0, 0]
    await rows(database, "ALTER TABLE tidings.sketches RENAME TO elsewhere")
    stored = await (await writer.put(page(papers[2], "b", printed(draft(2)))))
    assert stored.reason is Reason.NEW_TEXT
    assert await places(database, [stored.article_id]) == [(None, None)]
    running.cancel()
