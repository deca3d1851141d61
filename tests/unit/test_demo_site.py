import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from lxml import html

from crawler.source import Source
from scheduler.demo.site import SampleSite

NOW = datetime(2026, 11, 7, 12, 0, tzinfo=UTC)
LINE = re.compile(r'(new|edit|copy) +(\S.*?) +"(.+)"(?: from the (.+))?')
NAMES = {
    "Harbour Courier": "harbour-courier",
    "Birkentaler Bote": "birkentaler-bote",
    "Palmshore Mail": "palmshore-mail",
}


class Reader:
    """What a visitor sees of a sample site, over HTTP."""

    def __init__(self, site, session):
        self.site = site
        self.session = session
        self.sources = {table["name"]: table for table in site.sources()}

    async def get(self, url):
        """The status and body of any URL."""
        async with self.session.get(url) as response:
            return response.status, await response.read()

    async def page(self, url):
        """The parsed page at a URL that must answer."""
        status, body = await self.get(url)
        assert status == 200, url
        return html.document_fromstring(body)

    async def text(self, url):
        """Headline and paragraphs of the article at a URL."""
        return text_of(await self.page(url))

    async def listing(self, name):
        """The entries of a paper's feed or sitemap, newest first: (URL, title, date)."""
        table = self.sources[name]
        (url,) = table.get("feeds") or table["sitemaps"]
        _, body = await self.get(url)
        root = ET.fromstring(body)
        return [entry_of(node) for node in root.iter() if local_name(node) in {"item", "entry", "url"}]

    async def texts(self):
        """Headline and paragraphs of every article now published, by URL."""
        return {url: await self.text(url) for url in self.site.urls}

    async def listed(self):
        """Every URL that the three papers list."""
        return [url for name in self.sources for url, _, _ in await self.listing(name)]


def local_name(node):
    return node.tag.rpartition("}")[2]


def entry_of(node):
    found = {}
    for child in node.iter():
        found.setdefault(local_name(child), child.get("href") or child.text)
    url = found.get("loc") or found["link"]
    stated = found.get("published") or found.get("publication_date")
    date = datetime.fromisoformat(stated) if stated else parsedate_to_datetime(found["pubDate"])
    return url, found["title"], date


def text_of(page):
    (headline,) = page.xpath("//article//h1")
    return headline.text_content(), [p.text_content() for p in page.xpath("//article//p")]


def read_line(line):
    verb, paper, headline, origin = LINE.fullmatch(line).groups()
    return verb, NAMES[paper], headline, NAMES.get(origin)


@asynccontextmanager
async def opened(**arguments):
    site = SampleSite(**arguments)
    await site.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Reader(site, session)
    finally:
        await site.stop()


@pytest.fixture
async def reader():
    async with opened(now=lambda: NOW) as reader:
        yield reader


async def publish_until(reader, verb):
    """Publish up to and including the next event of a kind, and return what its line says."""
    while True:
        event = read_line(reader.site.publish())
        if event[0] == verb:
            return event


async def test_sources_are_what_the_configuration_accepts(reader):
    """The tables of the three papers are valid sources, each on a loopback port of its own."""
    sources = [Source.model_validate(table) for table in reader.site.sources()]
    assert [source.name for source in sources] == list(NAMES.values())
    assert len({urlsplit(source.url).port for source in sources}) == 3
    assert {urlsplit(source.url).hostname for source in sources} == {"127.0.0.1"}
    assert all(source.every is None for source in sources)


async def test_every_listed_url_answers_but_the_missing_one(reader):
    """Feeds and sitemap list every article and every trap; only the URL scripted as missing answers 404."""
    listed = await reader.listed()
    assert sorted(listed) == sorted([*reader.site.urls, *reader.site.traps])
    refused = [url for url in listed if (await reader.get(url))[0] != 200]
    assert refused == [url for url, trap in reader.site.traps.items() if trap == "missing"]
    assert (await reader.get(refused[0]))[0] == 404


async def test_it_opens_with_twenty_articles_of_the_last_day(reader):
    """A first visit finds twenty articles, dated within the day before the site was made."""
    assert len(reader.site.urls) == 20
    dates = [date for name in reader.sources for _, _, date in await reader.listing(name)]
    assert all(NOW - timedelta(days=1) <= date <= NOW for date in dates)


async def test_front_page_links_to_what_the_listing_lists(reader):
    """A reader with a browser reaches every listed page from the front page."""
    for name, table in reader.sources.items():
        page = await reader.page(table["url"])
        page.make_links_absolute(table["url"])
        assert {url for url, _, _ in await reader.listing(name)} <= set(page.xpath("//main//a/@href"))


async def test_titles_survive_escaping(reader):
    """Feed, page and JSON-LD give the same headline, also when it holds an ampersand."""
    listing = [entry for entry in await reader.listing("harbour-courier") if "&" in entry[1]]
    assert len(listing) == 1
    url, title, _ = listing[0]
    page = await reader.page(url)
    assert text_of(page)[0] == title
    assert json.loads(page.xpath("string(//script)"))["headline"] == title


async def test_copies_have_the_same_headline_and_body(reader):
    """Two of the opening articles are another paper's text, word for word, at a URL of their own."""
    copies = [url for url in reader.site.urls if "/agency/" in url]
    assert len(copies) == 2
    for copy in copies:
        path = urlsplit(copy).path.removeprefix("/agency")
        (original,) = [url for url in reader.site.urls if urlsplit(url).path == path]
        assert urlsplit(original).port != urlsplit(copy).port
        assert await reader.text(copy) == await reader.text(original)


async def test_all_other_texts_differ(reader):
    """No text is published twice but the copies, so that each duplicate a crawler reports is meant."""
    texts = [text for url, text in (await reader.texts()).items() if "/agency/" not in url]
    assert len({str(text) for text in texts}) == len(texts) == 18


async def test_robots_txt_keeps_the_private_page_only(reader):
    """robots.txt disallows the subscribers' page and nothing else that is listed."""
    disallowed = []
    for name, table in reader.sources.items():
        robots = RobotFileParser()
        robots.parse((await reader.get(table["url"] + "robots.txt"))[1].decode().splitlines())
        urls = [url for url, _, _ in await reader.listing(name)]
        disallowed += [url for url in urls if not robots.can_fetch("tidings", url)]
    assert disallowed == [url for url, trap in reader.site.traps.items() if trap == "private"]


async def test_gallery_has_next_to_no_text(reader):
    """The listed gallery is a page without an article."""
    (gallery,) = [url for url, trap in reader.site.traps.items() if trap == "gallery"]
    page = await reader.page(gallery)
    assert not page.xpath("//article")
    assert len(page.xpath("//main//img")) == 8
    assert len(page.xpath("string(//main)").split()) < 10


async def test_dates_in_json_ld_name_their_zone(reader):
    """The RSS paper states its dates in JSON-LD, with the offset of its own zone."""
    for url, date in await article_dates(reader, "harbour-courier"):
        stated = json.loads((await reader.page(url)).xpath("string(//script)"))["datePublished"]
        assert stated.endswith("-04:00")
        assert datetime.fromisoformat(stated) == date


async def test_dates_in_meta_tags_name_their_zone(reader):
    """The Atom paper states its dates in meta tags, with the offset of its own zone."""
    for url, date in await article_dates(reader, "birkentaler-bote"):
        page = await reader.page(url)
        (stated,) = page.xpath("//meta[@property='article:published_time']/@content")
        assert stated.endswith("+01:00")
        assert datetime.fromisoformat(stated) == date


async def test_dates_in_microdata_are_on_the_papers_own_clock(reader):
    """The sitemap paper's pages name no zone: only with the source's zone do they agree with its sitemap."""
    zone = ZoneInfo(reader.sources["palmshore-mail"]["timezone"])
    for url, date in await article_dates(reader, "palmshore-mail"):
        (stated,) = (await reader.page(url)).xpath("//time[@itemprop='datePublished']/@datetime")
        local = datetime.fromisoformat(stated)
        assert local.tzinfo is None
        assert local.replace(tzinfo=zone) == date


async def article_dates(reader, name):
    dates = [(url, date) for url, _, date in await reader.listing(name) if url in reader.site.urls]
    assert dates
    return dates


async def test_dates_stay_as_time_passes():
    """An article keeps the date under which it was published."""
    clock = [NOW]
    async with opened(now=lambda: clock[0]) as reader:
        before = await reader.listing("palmshore-mail")
        clock[0] += timedelta(hours=5)
        assert await reader.listing("palmshore-mail") == before
        _, name, headline, _ = await publish_until(reader, "new")
        _, title, date = (await reader.listing(name))[0]
        assert (title, date) == (headline, clock[0])


async def test_new_article_heads_the_listing(reader):
    """After a "new" line the named paper lists a new URL first, whose page carries the headline."""
    before = set(reader.site.urls)
    _, name, headline, _ = await publish_until(reader, "new")
    url, title, date = (await reader.listing(name))[0]
    assert {url} == set(reader.site.urls) - before
    assert (title, date) == (headline, NOW)
    assert (await reader.text(url))[0] == headline


async def test_edits_change_body_and_modified_date():
    """An "edit" line means: one article has another body and a modified date, and all else stays as it was."""
    clock = [NOW]
    async with opened(now=lambda: clock[0]) as reader:
        before, edits = await reader.texts(), []
        while len(edits) < 7:  # the six scripted ones, and the first afterthought
            clock[0] += timedelta(minutes=10)
            verb, name, headline, _ = read_line(reader.site.publish())
            after = await reader.texts()
            edited = [url for url in before if after[url] != before[url]]
            assert len(edited) == (verb == "edit")
            for url in edited:
                assert headline == before[url][0] == after[url][0]
                assert modified(await reader.page(url), reader.sources[name]) == clock[0]
            before = after
            edits += edited
    assert len(set(edits)) == 7


def modified(page, source):
    """The modified date of a page, however the paper states it."""
    script = page.xpath("string(//script)")
    meta = page.xpath("string(//meta[@property='article:modified_time']/@content)")
    time = page.xpath("string(//time[@itemprop='dateModified']/@datetime)")
    stated = datetime.fromisoformat(meta or time or json.loads(script)["dateModified"])
    return stated if stated.tzinfo else stated.replace(tzinfo=ZoneInfo(source["timezone"]))


async def test_copy_repeats_the_other_papers_text(reader):
    """After a "copy" line the named paper lists a new URL with the headline and body of the other paper's."""
    _, name, headline, origin = await publish_until(reader, "copy")
    url, title, _ = (await reader.listing(name))[0]
    (original,) = [url for url, title, _ in await reader.listing(origin) if title == headline]
    assert title == headline
    assert await reader.text(url) == await reader.text(original)
    assert name != origin


async def test_it_publishes_without_end(reader):
    """Once the stories are used up bulletins follow, each a text of its own; listings keep to the newest 30."""
    verbs = [read_line(reader.site.publish())[0] for _ in range(200)]
    assert [verbs.count(verb) for verb in ("new", "edit", "copy")] == [100, 50, 50]
    assert len(set(reader.site.urls)) == len(reader.site.urls) == 20 + 100 + 50
    texts = [text for url, text in (await reader.texts()).items() if "/agency/" not in url]
    assert len({str(text) for text in texts}) == len(texts)
    for name in reader.sources:
        dates = [date for _, _, date in await reader.listing(name)]
        assert len(dates) == 30
        assert dates == sorted(dates, reverse=True)


def test_nothing_is_random():
    """Two sites publish the same things in the same order."""
    one, other = SampleSite(now=lambda: NOW), SampleSite(now=lambda: NOW)
    assert [one.publish() for _ in range(60)] == [other.publish() for _ in range(60)]


async def test_image_of_an_article_is_served(reader):
    """The picture that a page names can be fetched."""
    page = await reader.page(reader.site.urls[0])
    (image,) = page.xpath("//article//img/@src")
    status, body = await reader.get(image)
    assert status == 200
    assert ET.fromstring(body).tag.endswith("svg")


async def test_it_is_not_served_to_the_network():
    """Any address but a loopback one is refused before a port is opened."""
    with pytest.raises(ValueError, match=r"0\.0\.0\.0 is not a loopback address"):
        await SampleSite().start("0.0.0.0")


async def test_stop_closes_the_ports():
    """A stopped site answers no more, and may be stopped again."""
    async with opened() as reader, aiohttp.ClientSession() as session:
        url = reader.site.urls[0]
        await reader.site.stop()
        await reader.site.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(url)
