"""Search over articles: what is found, in which order, and how it is shown."""

import json
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from crawler.ingestion.arrivals import number_all
from crawler.ingestion.loading import load
from crawler.ingestion.upkeep.twins import join_articles
from crawler.search import indexing, questions
from crawler.search.indexing import index_for, index_some
from crawler.search.questions import Question, QuestionError, ask
from scheduler.maintenance import Maintenance
from scheduler.web.pages import search
from scheduler.web.site import SITE, Site
from sql.database import open_database
from tests.support.cli import out, tidings, told
from tests.support.loading import MORNING, at, open_visit, page
from tests.support.loading import ask as rows_of

TEXTS = {
    "bridges": ("Two bridges reopened", "Workers were running over the Lend again.", "en"),
    "ferry": ("Ferry returns", "It runs below the bridge, and no other bridge is near.", "en"),
    "brücken": ("Brücken gesperrt", "Die Häuser am Fluss bleiben trocken.", "de"),
    "tokyo": ("東京都知事が会見", "大阪府との協力について東京で話した。", "ja"),
    "thai": ("กรุงเทพมหานคร", "น้ำท่วมหนักในกรุงเทพมหานครวันนี้", "th"),
    "seoul": ("서울에서 회의", "대통령은 부산에 갔다.", "ko"),
    "script": (
        "<script>alert(1)</script> & more",
        "A bold claim\ue000 that 5 < 6 & 7 > 3 surprised everybody <script>x</script>.",
        None,
    ),
}


async def store(database, visit, texts, minutes=0):
    """Load texts by name, each at a URL of its name, and index them."""
    pages = [
        page(visit, f"https://{visit.source}.example/{name}", headline=headline, body=body, in_language=language,
             minutes=minutes + number)
        for number, (name, (headline, body, language)) in enumerate(texts.items())
    ]  # fmt: skip
    stored = await load(database, pages)
    assert await number_all(database)
    await index_for(database, 60)
    return stored


@pytest.fixture
async def stored(database, database_url):
    """All the texts, at the gazette."""
    return await store(database, open_visit(database_url), TEXTS)


async def found(database, text, **narrowed):
    """The names of what answers a question, the best first."""
    answer = await ask(database.fetch, Question(text, **narrowed))
    return [hit["url"].rpartition("/")[2] for hit in answer.hits]


async def test_words_are_found_in_the_forms_of_their_language(database, stored):
    """English and German by their stems, whatever language is asked in; a headline counts more than a body."""
    assert await found(database, "Bridge") == ["bridges", "ferry"]
    assert set(await found(database, "run")) == {"bridges", "ferry"}
    assert await found(database, "haus") == ["brücken"]
    assert await found(database, "HÄUSERN Flusse", language="de") == ["brücken"]
    assert await found(database, '"workers were running"') == ["bridges"]
    assert await found(database, '"running workers"') == []
    assert await found(database, "bridge -ferry") == ["bridges"]
    assert set(await found(database, "lend or trocken")) == {"bridges", "brücken"}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("東京", "tokyo"), ("大阪府", "tokyo"), ("東京 大阪", "tokyo"), ("กรุงเทพ", "thai"), ("서울", "seoul"),
        ("부산", "seoul"),
    ],
)  # fmt: skip
async def test_scripts_without_spaces_are_searched(database, stored, question, name):
    """A word is found within a sentence, and shown there."""
    (hit,) = (await ask(database.fetch, Question(question))).hits
    assert hit["url"].endswith(f"/{name}")
    shown = [piece.text for piece in hit["snippet"] if piece.is_match]
    assert all(word in question for word in shown)
    assert await found(database, "京東") == []


async def test_a_search_is_narrowed(database, database_url, stored):
    """By source, language, and when an article was seen first; a copy counts for the source that has it."""
    herald = open_visit(database_url, "herald")
    await store(
        database, herald, {"copy": TEXTS["ferry"], "fresh": ("Bridge sold", "To a buyer.", "en")}, minutes=60
    )
    assert await found(database, "bridge", sources=("herald",)) == ["fresh", "copy"]
    assert set(await found(database, "bridge", sources=("gazette", "herald"))) == {"bridges", "ferry", "fresh"}
    assert set(await found(database, "bridge", since=at(30))) == {"fresh"}
    assert set(await found(database, "bridge", until=at(30))) == {"bridges", "ferry"}
    assert await found(database, "bridge", language="de") == []
    with pytest.raises(QuestionError, match="no source 'nobody'"):
        await found(database, "bridge", sources=("nobody",))


async def test_of_two_as_good_the_newer_comes_first(database, database_url):
    """The same words count less with the months."""
    visit = open_visit(database_url)
    text = ("Bridge {}", "It is closed.", "en")
    for number, month in enumerate((3, 1, 2)):
        one = {f"{month}": (text[0].format(number), *text[1:])}
        await store(database, visit, one, minutes=month * 60 * 24 * 30)
    assert await found(database, "bridge") == ["3", "2", "1"]


@pytest.mark.parametrize("text", ["-bridge", "!!!", "x" * 501, "\0"])
async def test_what_cannot_be_found_is_said(database, stored, text):
    """No word at all, or only what is not wanted: no search through everything."""
    with pytest.raises(QuestionError):
        await found(database, text)


async def test_any_question_has_an_answer(database, stored):
    """Whatever is typed, it is a question or refused as one."""
    for text in ('"', '""', "a:*", "'; DROP", "\\", "((|&!", "bridge \ud800", "-", "or or", "%s %(x)s", "<b>"):
        try:
            await found(database, text)
        except QuestionError as error:
            assert str(error)  # noqa: PT017 (either will do)


async def test_of_common_words_the_newest_are_ranked(database, database_url, monkeypatch):
    """However many match, so many are looked at; further pages show the rest of them."""
    monkeypatch.setattr(questions, "MOST_RANKED", 5)
    texts = {f"{number}": (f"Bridge {number}", "It is closed.", "en") for number in range(12)}
    await store(database, open_visit(database_url), texts)
    first = await ask(database.fetch, Question("bridge", until=at(60)), limit=3)
    second = await ask(database.fetch, Question("bridge", until=at(60)), limit=3, offset=3)
    assert (first.num_matches, first.is_all) == (5, False)
    names = [hit["headline"] for answer in (first, second) for hit in answer.hits]
    assert sorted(names) == sorted(f"Bridge {number}" for number in (7, 8, 9, 10, 11))
    rest = await ask(database.fetch, Question("bridge", until=at(3)))
    assert (rest.num_matches, rest.is_all) == (3, True)


async def test_what_was_before_the_index_is_indexed_after_what_is_new(database, database_url):
    """New articles are found at once while the old ones are still to come, the newest of those first."""
    visit = open_visit(database_url)
    await load(database, [page(visit, f"https://gazette.example/{n}", body=f"Text {n}.") for n in range(4)])
    assert await number_all(database)
    async with database.transaction() as connection:
        seq = "(SELECT max(seq) FROM tidings.arrivals)"
        await connection.execute(f"UPDATE tidings.search_progress SET seq = {seq}")
    await load(database, [page(visit, "https://gazette.example/new", body="Fresh news.")])
    assert await number_all(database)
    counts = []
    while await index_some(database, limit=2):
        counts.append([row["headline"] for row in await rows_of(database, _INDEXED)])
        if len(counts) == 1:
            assert await found(database, "fresh") == ["new"]
    assert [len(count) for count in counts] == [1, 3, 5]


_INDEXED = "SELECT headline FROM tidings.articles JOIN tidings.article_words USING (article_id)"


async def test_an_article_that_postgres_refuses_costs_itself_alone(database, database_url, monkeypatch):
    """It is said, and the others are found."""
    visit = open_visit(database_url)
    huge = " ".join(f"word{number}" for number in range(150_000))
    monkeypatch.setattr(indexing, "MOST_CHARACTERS", 10_000_000)
    texts = {
        "one": ("Bridge one", "Text.", "en"),
        "huge": ("Bridge huge", huge, "en"),
        "two": ("Bridge two", "Text", "en"),
    }
    with capture_logs() as logs:
        await store(database, visit, texts)
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["indexing.failed"]
    assert set(await found(database, "bridge")) == {"one", "two"}


async def test_maintenance_indexes_too(database, database_url):
    """Where no daemon leads, as after `tidings once`, it is a duty among others."""
    visit = open_visit(database_url)
    await load(database, [page(visit, "https://gazette.example/1")])
    assert await number_all(database)
    duties = Maintenance(database, database_url, None).duties(MORNING)
    assert await duties["words"]() == 1
    assert await duties["words"]() == 0
    assert await found(database, "bridge") == ["1"]


async def test_what_is_deleted_is_not_found(database, stored):
    """Nor is one of two articles that became one; the other has the sources of both."""
    async with database.transaction() as connection:
        ids = {each.page.url.rpartition("/")[2]: each.article_id for each in stored}
        await join_articles(connection, ids["bridges"], ids["ferry"])
        await connection.execute("DELETE FROM tidings.article_urls WHERE article_id = %s", (ids["brücken"],))
        await connection.execute("DELETE FROM tidings.articles WHERE article_id = %s", (ids["brücken"],))
    assert len(await found(database, "bridge", sources=("gazette",))) == 1
    assert await found(database, "haus") == []


async def test_the_page_shows_text_as_text(database, stored):
    """A form, its question in it, and hits that link to articles; no markup of a text is markup of the page."""
    app = web.Application()
    app[SITE] = Site(database, None, None, SimpleNamespace(error=None))
    app.add_routes(search.routes)
    async with TestClient(TestServer(app)) as client:
        empty = await (await client.get("/search")).text()
        assert 'action="/search"' in empty
        assert "Nothing found" not in empty
        text = await (await client.get("/search", params={"q": 'bold "claim" or <i>'})).text()
        assert 'value="bold &#34;claim&#34; or &lt;i&gt;"' in text
        assert "<mark>bold</mark> <mark>claim</mark> that 5 &lt; 6 &amp; 7 &gt; 3 surprised" in text
        assert "<script>" not in text
        (article_id,) = [each.article_id for each in stored if each.page.url.endswith("/script")]
        assert f'<a href="/articles/{article_id}">&lt;script&gt;' in text
        for problem in ({"since": "someday"}, {"language": "Deutsch"}, {"source": "nobody"}, {"q": "-x"}):
            answer = await client.get("/search", params={"q": "bridge"} | problem)
            assert answer.status == 200
            assert 'role="alert"' in await answer.text()
        many = await client.get("/search", params={"q": "bridge", "page": "99999999999999"})
        assert many.status == 200


async def test_further_pages_are_linked(database, database_url):
    """With the question as it was asked."""
    texts = {f"{number}": (f"Bridge {number}", "Closed.", "en") for number in range(25)}
    await store(database, open_visit(database_url), texts)
    app = web.Application()
    app[SITE] = Site(database, None, None, SimpleNamespace(error=None))
    app.add_routes(search.routes)
    async with TestClient(TestServer(app)) as client:
        first = await (await client.get("/search", params={"q": "bridge", "source": "gazette"})).text()
        assert 'href="/search?q=bridge&amp;source=gazette&amp;page=2"' in first
        second = await (await client.get("/search?q=bridge&source=gazette&page=2")).text()
    assert second.count('href="/articles/') == 5
    assert 'rel="prev"' in second


@pytest.fixture
async def indexed_url(database_url):
    """A database with all the texts."""
    async with open_database(database_url, application_name="tests") as database:
        await store(database, open_visit(database_url), TEXTS)
    return database_url


def test_the_command_finds_and_refuses(indexed_url):
    """Text for people, JSON for programs, and one line for a question that has no answer."""
    run = ("articles", "search")
    text = out(tidings(*run, "--", "bridge", "-ferry", TIDINGS_DATABASE_URL=indexed_url))
    assert "Two bridges reopened" in text
    assert "https://gazette.example/bridges" in text
    data = json.loads(out(tidings(*run, "claim", "--json", TIDINGS_DATABASE_URL=indexed_url)))
    assert "bold claim that 5 < 6 & 7" in data["articles"][0]["snippet"]
    assert "no word in it" in told(tidings(*run, "!", TIDINGS_DATABASE_URL=indexed_url), 2)
