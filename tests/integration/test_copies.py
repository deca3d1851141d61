"""One text at many URLs: its copies, which of them was first, and which is the publisher's own."""

import asyncio
from dataclasses import replace
from datetime import datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from crawler.ingestion.loading import load
from crawler.outcomes import Outcome
from tests.support.cli import configuration, crawled
from tests.support.invariants import broken
from tests.support.loading import ask, at, open_visit, page
from tests.support.pages import article, rss, sitemap
from tests.support.sites import Site

A, B, C = (f"https://www.gazette.example/{name}" for name in "abc")


@pytest.fixture
def visit(database_url):
    """A run that is under way."""
    return open_visit(database_url)


async def outcomes(database, *pages):
    return [stored.outcome for stored in await load(database, pages)]


async def firsts(database):
    """The URLs of the copy seen first, and of the one published first, and when the text was seen first."""
    (row,) = await ask(
        database,
        "SELECT s.url AS seen, p.url AS published, a.first_seen_at FROM tidings.articles a"
        "  JOIN tidings.urls s ON s.url_id = a.first_seen_url_id"
        "  LEFT JOIN tidings.urls p ON p.url_id = a.first_published_url_id",
    )
    return row["seen"], row["published"], row["first_seen_at"]


async def canonical(database):
    rows = await ask(database, "SELECT url, is_canonical FROM tidings.copies ORDER BY url")
    return {row["url"]: row["is_canonical"] for row in rows}


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param("https://www.gazette.example/other", id="URL"),
        pytest.param("https://sport.gazette.example/a", id="host"),
        pytest.param("https://post.example/a", id="site"),
        pytest.param("http://127.0.0.1:8081/a", id="port"),
    ],
)
async def test_a_text_elsewhere_is_a_copy(database, database_url, visit, elsewhere):
    """The same text at another URL, host or source is one article and one more copy."""
    other = open_visit(database_url, "post")
    assert await outcomes(database, page(visit, A)) == [Outcome.NEW]
    assert await outcomes(database, page(other, elsewhere)) == [Outcome.DUPLICATE]
    found = await ask(database, "SELECT url, source FROM tidings.copies ORDER BY source")
    assert [(row["url"], row["source"]) for row in found] == [(A, "gazette"), (elsewhere, "post")]
    assert len(await ask(database, "SELECT article_id FROM tidings.articles")) == 1
    assert await broken(database) == {}


@pytest.mark.parametrize(
    "twin",
    [
        "https://www.gazette.example/news/bridge-reopens?utm_source=feed",
        "https://www.gazette.example/news/bridge-reopens/amp/",
        "https://m.gazette.example/news/bridge-reopens",
        "http://gazette.example:80/news/bridge-reopens/#top",
        "HTTPS://AMP.GAZETTE.EXAMPLE/news/bridge-reopens;jsessionid=0A1B2C",
        "https://www-gazette-example.cdn.ampproject.org/c/s/www.gazette.example/news/bridge-reopens?usqp=mq331",
    ],
)
async def test_a_twin_is_no_copy(database, visit, twin):
    """What makes no other page makes no other copy, in one batch or two."""
    url = "https://www.gazette.example/news/bridge-reopens"
    pages = page(visit, url), page(visit, twin, minutes=1), page(visit, twin, minutes=2)
    assert await outcomes(database, *pages[:2]) == [Outcome.NEW, Outcome.UNCHANGED]
    assert await outcomes(database, pages[2]) == [Outcome.UNCHANGED]
    assert [row["url"] for row in await ask(database, "SELECT url FROM tidings.urls")] == [url]
    assert await broken(database) == {}


async def test_a_canonical_tag_tells_the_publishers_own_copy(database, visit):
    """Of copies on one site the one that they name is canonical, and they stay where they are."""
    await load(
        database, [page(visit, A), page(visit, B, canonical_url=A), page(visit, C, canonical_url=f"{C}?utm_id=1")]
    )
    assert await canonical(database) == {A: True, B: False, C: True}


@pytest.mark.parametrize(
    "named",
    [
        pytest.param("https://post.example/a", id="another site"),
        pytest.param("https://www.gazette.example:8443/a", id="another port"),
        pytest.param("https://www.gazette.example/", id="home page"),
        pytest.param("not a URL", id="no URL"),
        pytest.param("http://[broken", id="broken URL"),
    ],
)
async def test_what_a_page_may_not_speak_for_is_kept_and_not_believed(database, visit, named):
    """What the page says is kept as it says it, and has no key."""
    await load(database, [page(visit, A, canonical_url=named)])
    found = await ask(database, "SELECT canonical_url, canonical_key, is_current FROM tidings.article_urls")
    assert found == [{"canonical_url": named, "canonical_key": None, "is_current": True}]
    assert await canonical(database) == {A: True}


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({A: B, B: A}, id="loop"),
        pytest.param({A: B, B: C, C: A}, id="ring"),
        pytest.param({A: B, B: C}, id="chain"),
        pytest.param(dict.fromkeys((A, B, C), "https://www.gazette.example/news"), id="one for all"),
    ],
)
async def test_no_tag_loses_a_copy(database, visit, tags):
    """Whatever pages name, each is a copy at its own URL; different texts stay different."""
    for url, named in tags.items():
        await load(
            database,
            [page(visit, url, canonical_url=named), page(visit, f"{url}2", canonical_url=named, headline=url)],
        )
    found = await ask(database, "SELECT url, headline FROM tidings.copies WHERE is_current ORDER BY url")
    assert {(row["url"], row["headline"]) for row in found} == {(url, "Bridge reopens") for url in tags} | {
        (f"{url}2", url) for url in tags
    }
    assert await broken(database) == {}


async def test_what_the_page_said_last_counts(database, visit):
    """Canonical tag and date_modified are those of the latest visit, the date is that of the first."""
    await load(database, [page(visit, A, minutes=10, canonical_url=B, date_published=at(1), date_modified=at(2))])
    await load(database, [page(visit, A, minutes=20, canonical_url=C, date_published=at(9), date_modified=at(12))])
    await load(database, [page(visit, A, minutes=15, canonical_url=A, date_published=at(8), date_modified=at(7))])
    (row,) = await ask(
        database, "SELECT canonical_url, date_published, date_modified, last_seen_at FROM tidings.article_urls"
    )
    assert row == {
        "canonical_url": C, "date_published": at(1), "date_modified": at(12), "last_seen_at": at(20)
    }  # fmt: skip


async def test_the_first_copy_is_the_first_in_any_order(database, visit):
    """In whatever order copies come, the earliest sight and the earliest date are the firsts."""
    copies = [
        {"minutes": 30, "date_published": at(20)},
        {"minutes": 40, "date_published": at(10)},
        {"minutes": 25},
        {"minutes": 35, "date_published": at(99)},
    ]
    for number, order in enumerate(permutations(range(len(copies)))):
        pages = [page(visit, f"{A}/{number}/{i}", headline=str(number), **copies[i]) for i in order]
        await (load(database, pages) if number % 2 else load(database, pages[:1]))
        for later in pages[1:] if number % 2 == 0 else []:
            await load(database, [later])
    found = await ask(
        database,
        "SELECT DISTINCT right(s.url, 1) AS seen, right(p.url, 1) AS published, a.first_seen_at"
        "  FROM tidings.articles a"
        "  JOIN tidings.urls s ON s.url_id = a.first_seen_url_id"
        "  JOIN tidings.urls p ON p.url_id = a.first_published_url_id",
    )
    assert found == [{"seen": "2", "published": "1", "first_seen_at": at(25)}]
    assert await broken(database) == {}


async def test_an_archive_may_show_that_a_known_copy_was_first(database, visit):
    """A visit of earlier to a URL whose text is known makes that copy the first."""
    await load(database, [page(visit, A, minutes=10), page(visit, B, minutes=20)])
    assert await firsts(database) == (A, None, at(10))
    await load(database, [page(visit, B, minutes=5)])
    assert await firsts(database) == (B, None, at(5))
    assert await broken(database) == {}


NEW_YORK = ZoneInfo("America/New_York")
NEW_YORK_DAY = datetime(2026, 3, 2, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        pytest.param({"date_published": at(9)}, {"date_published": at(8)}, B, id="earlier"),
        pytest.param({"date_published": at(9)}, {"date_published": at(9)}, A, id="same time: as seen"),
        pytest.param({}, {"date_published": at(8)}, B, id="undated"),
        pytest.param({}, {}, None, id="both undated"),
        pytest.param({"date_published": at(8)}, {"date_published": at(12)}, A, id="later"),
        pytest.param({"date_published": at(60)}, {"date_published": at(11)}, B, id="not yet"),
        pytest.param({"date_published": at(-420)}, {"date_published": at(-60)}, B, id="day alone"),
        pytest.param({"date_published": at(-420)}, {"date_published": at(10.5)}, A, id="day alone, seen before"),
        pytest.param({"date_published": at(-60)}, {"date_published": at(-1860)}, B, id="the day before"),
        pytest.param({"date_published": NEW_YORK_DAY}, {"date_published": at(-60)}, B, id="day of the zone"),
    ],
)
async def test_publishers_dates_decide_who_was_first(database, visit, one, other, first):
    """Dates that may be true decide; a day without a time is over when it ends, or when we saw the page."""
    visit = replace(visit, zone=NEW_YORK)
    await load(database, [page(visit, A, minutes=10, **one)])
    await load(database, [page(visit, B, minutes=11, **other)])
    assert (await firsts(database))[:2] == (A, first)
    assert await broken(database) == {}


async def test_copies_that_come_at_once_agree_on_the_first(database, database_url):
    """However many load copies of the same texts at the same moment, the earliest are the firsts in the end."""
    visits = [open_visit(database_url, f"paper{number}") for number in range(6)]

    async def load_copies(number):
        texts = [str(text) for text in range(8)]
        for text in texts if number % 2 else reversed(texts):
            minutes = (number * 5 + int(text)) % 7
            url = f"https://paper{number}.example/{text}"
            copy = page(visits[number], url, headline=text, minutes=10 + minutes, date_published=at(9 - minutes))
            await load(database, [copy])

    await asyncio.gather(*map(load_copies, range(len(visits))))
    found = await ask(database, "SELECT count(*), count(DISTINCT article_id) AS texts FROM tidings.article_urls")
    assert found == [{"count": 48, "texts": 8}]
    assert await broken(database) == {}


def test_a_feed_that_lists_twins_costs_one_request(database_url, tmp_path):
    """Whatever spellings of a page are listed, it is asked for once, and a later run knows them all."""
    path = "/news/bridge-reopens"
    ends = ("", "?utm_source=rss", "?fbclid=x#top", "/amp/", "/?amp=1", ";jsessionid=0A1B2C", "//", "/index.html")
    with Site() as site:
        twins = [site.url(path + end) for end in ends]
        twins += [site.url(f"/amp{path}"), twins[0].replace("http://", "HTTP://")]
        site.pages[path] = article("Bridge reopens")
        site.pages["/sitemap"] = sitemap(*twins[5:])
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")]}
        config = configuration(tmp_path, source | {"sitemaps": [site.url("/sitemap")]})
        for num_new, listed, options in ((1, twins[:5], ()), (0, twins[1:], ("gazette",))):
            site.pages["/feed"] = rss(*listed)
            _, runs, _ = crawled(config, database_url, *options)
            assert (runs["gazette"]["num_new"], runs["gazette"]["num_links"]) == (num_new, 1)
        assert [asked for asked in site.paths if "bridge" in asked] == [path]
