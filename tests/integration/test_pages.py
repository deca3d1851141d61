"""The operator's reading pages, served over loopback from real rows."""

import re

import aiohttp
import psycopg
import pytest
from lxml import html

from crawler.source import Source
from scheduler.sources import put
from sql.database import connect
from tests.support.operator_rows import EDITED, add_runs, fill, poison
from tests.support.serving import serving

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
PAGES = ["/", "/alarms", "/sources/gazette", "/runs", "/runs/{run_id}", "/articles/{article_id}", "/quarantine"]
_DIRECTION = "\u202e"
_OBEYED = "//script[text()] | //style | //img | //iframe | //@style | //@*[starts-with(name(), 'on')]"


@pytest.fixture
async def address(database_url):
    """Where the pages are served."""
    async with serving(database_url) as address:
        yield address.rstrip("/")


@pytest.fixture
async def get(address):
    """Asks for a page as a browser does; returns it parsed. Any other status than ``status`` fails."""
    async with aiohttp.ClientSession(headers=BROWSER) as session:

        async def get(path, *, status=200):
            async with session.get(address + path) as response:
                assert response.status == status, await response.text()
                return html.document_fromstring(await response.text())

        yield get


@pytest.fixture
async def filled(database, database_url):
    """Rows of every kind."""
    return await fill(database, database_url)


def said(element):
    """The words of an element, white space evened out."""
    return " ".join(element.text_content().split())


def row_with(page, words):
    """The cells of the one table row that holds these words."""
    (row,) = [row for row in page.iterfind(".//tbody/tr") if words in row.text_content()]
    return [said(cell) for cell in row]


def path_of(template, rows):
    return template.format(run_id=rows.run_id, article_id=rows.article_id)


# What each page says


async def test_the_overview_puts_alarms_first(get, filled):
    """One sentence says that all is not well; the alarm stands above the sources, with what it rests on."""
    page = await get("/")
    assert said(page.get_element_by_id("verdict")) == "1 alarm: silence."
    order = [heading.text_content() for heading in page.iterfind(".//h2")]
    assert order.index("Alarms") < order.index("Sources")
    alarm = page.get_element_by_id("alarms")
    assert "Nothing new for 26 hours" in said(alarm)
    assert f"/runs/{filled.run_id}" in [link.get("href") for link in alarm.iterfind(".//a")]
    sources = page.get_element_by_id("sources")
    assert [said(row[0]) for row in sources.iterfind(".//tbody/tr")] == ["gazette silence", "herald"]
    assert sources.find(".//svg").get("aria-label") == "1 new in 24 hours, at most 1 in an hour"
    assert row_with(page.get_element_by_id("outcomes"), "not_article") == ["rejected", "not_article", "1", "0"]


async def test_an_overview_of_nothing_says_what_to_do(get):
    """Without sources there is no table to read, but the command that adds one."""
    page = await get("/")
    assert "Nothing is watched yet" in said(page.get_element_by_id("verdict"))
    assert "tidings sources add" in said(page.get_element_by_id("sources"))


async def test_the_overview_says_when_all_is_well_and_what_stops_everything(get, filled, database_url):
    """With no alarm up it says how much came; that no worker runs it says before anything else."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.alarms SET cleared_at = now()")
        connection.execute("UPDATE tidings.sources SET due_at = now() + interval '1 hour'")
    verdict = said((await get("/")).get_element_by_id("verdict"))
    assert verdict == "All is well: 2 sources watched, 1 new in the last 24 hours."
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM tidings.workers")
    assert said((await get("/")).get_element_by_id("verdict")).startswith("No worker runs: nothing is")


async def test_sources_are_found_by_text_state_and_trouble(get, database_url):
    """Of hundreds, a page shows a hundred, the failing ones first, and the rest on further pages."""
    with connect(database_url) as connection:
        for number in range(105):
            put(connection, Source(name=f"paper-{number:03}", url=f"https://p{number}.example/"), origin="command")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.sources SET failing_since = now() WHERE name = 'paper-077'")
        connection.execute("UPDATE tidings.sources SET state = 'disabled' WHERE name = 'paper-104'")

    async def names(query):
        page = await get(f"/{query}")
        return [said(row.find("th/a")) for row in page.get_element_by_id("sources").iterfind(".//tbody/tr")]

    first = await names("")
    assert (len(first), first[:2]) == (100, ["paper-077", "paper-000"])
    assert await names("?page=2") == [f"paper-{number}" for number in range(100, 105)]
    assert await names("?troubled=1") == ["paper-077"]
    assert await names("?state=disabled") == ["paper-104"]
    assert await names("?text=P10.EXAMPLE") == ["paper-010"]
    assert (await get("/")).find(".//a[@rel='next']").get("href") == "/?page=2"


async def test_alarms_that_were_are_listed_under_those_that_are_up(get, filled):
    """Each with when it began, was raised and cleared; kind and source narrow the list."""
    page = await get("/alarms?days=30")
    up, past = page.findall(".//ul[@class='alarms']")
    assert "silence" in said(up)
    assert re.search(r"Its feed has lost articles .*cleared .* after 3 d", said(past))
    assert not (await get("/alarms?kind=drift")).findall(".//ul[@class='alarms']")
    assert len((await get("/alarms?source=gazette&kind=gap&days=30")).findall(".//ul[@class='alarms']/li")) == 1


async def test_a_source_is_shown_with_all_that_is_known_of_it(get, filled):
    """Configuration, feeds, the week against the usual, fields, runs, articles, quarantine and alarms."""
    page = await get("/sources/gazette")
    text = said(page)
    assert "every 15m" in text
    assert "learned from 5 weeks" in text
    assert row_with(page.get_element_by_id("source-outcomes"), "changed_text")[:3] == [
        "changed",
        "changed_text",
        "1",
    ]
    assert row_with(page.get_element_by_id("source-fields"), "author") == ["author", "", "100 %", "100 %", "90 %"]
    assert "moved to https://gazette.example/rss" in said(page.get_element_by_id("source-documents"))
    assert "partial" in said(page.get_element_by_id("source-runs"))
    assert "revision 2" in said(page.get_element_by_id("source-articles"))
    assert "https://gazette.example/poison" in text
    assert "Its feed has lost articles" in text
    assert page.find(".//svg[@class='chart']").findall("line[@class='usual']")


async def test_a_source_that_was_removed_or_is_not_readable_is_still_shown(get, filled, database_url):
    """What an older version wrote is said to be unreadable; what was stored of the source stays."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.sources SET state = 'removed', definition = '{\"colour\": \"red\"}'")
    text = said(await get("/sources/gazette"))
    assert "removed" in text
    assert "not readable" in text
    await get("/sources/nobody", status=404)


async def test_runs_are_filtered_and_paged(get, filled, database_url):
    """By outcome, source and day; what is no day or outcome filters nothing."""
    add_runs(database_url, "herald", 60)

    async def count(query):
        return len((await get(f"/runs{query}")).findall(".//tbody/tr"))

    assert await count("") == 50
    assert await count("?page=2") == 12
    assert await count("?source=gazette") == 1
    assert await count("?outcome=unfinished") == 1
    assert await count("?outcome=nonsense&until=yesterday&page=-1") == 50
    assert "No run is like that" in said(await get("/runs?until=2001-01-01"))


async def test_a_run_shows_every_page_poll_and_lost_attempt(get, filled):
    """Each with how it ended, and all along its time; its id may be shortened."""
    page = await get(f"/runs/{str(filled.run_id)[:8]}")
    assert row_with(page.get_element_by_id("run-pages"), "/about")[2:5] == [
        "rejected",
        "not_article no text",
        "200",
    ]
    assert len(page.get_element_by_id("run-pages").findall(".//tbody/tr")) == 6
    assert "bad gateway" in said(page.get_element_by_id("run-polls"))
    assert "Attempt 1 ended" in said(page)
    timeline = page.find(".//svg[@class='chart']")
    assert {bar.get("class") for bar in timeline.iterfind("rect")} == {"new", "changed", "rejected", "failed"}
    assert "pages: 3 failed, 1 new, 1 changed, 1 rejected" in timeline.get("aria-label")
    only = await get(f"/runs/{filled.run_id}?outcome=new")
    assert len(only.get_element_by_id("run-pages").findall(".//tbody/tr")) == 1
    await get("/runs/zz", status=404)
    await get("/runs/00000000", status=404)


async def test_an_article_shows_fields_with_origins_copies_and_what_edits_changed(get, filled):
    """The word that came is inserted, the one that went deleted; what did not change is neither."""
    page = await get(f"/articles/{filled.article_id}")
    assert [said(p) for p in page.iterfind(".//div[@lang='en']/p")] == EDITED.split("\n")
    assert row_with(page, "Ann Lee") == ["authors", "Ann Lee", "meta"]
    copies = {said(link) for link in page.iterfind(".//td/a[@class='out']")}
    assert copies == {"https://gazette.example/bridge", "https://herald.example/bridge"}
    assert [mark.text for mark in page.xpath("//article//ins | //article//del")] == ["Monday", "Tuesday"]
    assert page.xpath("//a[contains(@href, '/explain?url=https%3A//gazette.example/bridge')]")
    await get("/articles/99999999999999999999", status=404)
    await get("/articles/none", status=404)


async def test_quarantine_lists_each_page_with_its_visits(get, filled):
    """Why it is there, after how many attempts, and the run of each."""
    page = await get("/quarantine")
    cells = row_with(page, "/poison")
    assert "extraction_crashed ended by SIGSEGV" in cells[3]
    assert cells[4] == "3"
    assert cells[5].count("extraction_crashed") == 3
    assert "Nothing is in quarantine" in said(await get("/quarantine?source=herald"))


# What no page may do


async def test_text_of_others_is_text_on_every_page(get, filled, database_url):
    """No markup of theirs is obeyed, no link but http and https made, and their direction turns nothing else."""
    poison(database_url)
    for path in PAGES:
        page = await get(path_of(path, filled))
        assert "alert(1)" in page.text_content(), path
        assert not page.xpath(_OBEYED), path
        for link in page.xpath("//main//a/@href | //main//form/@action"):
            assert re.match(r"https?://|[/?#]|$", link), (path, link)
        for link in page.xpath("//a[starts-with(@href, 'http')]"):
            assert {"noreferrer", "noopener"} <= set(link.get("rel").split()), path
        turned = page.xpath(f"//main//text()[contains(., '{_DIRECTION}')]")
        assert turned, path
        for text in turned:
            isolating = text.getparent().xpath("ancestor-or-self::bdi | ancestor-or-self::*[@dir='auto']")
            assert isolating, (path, text[:80])


async def test_every_page_can_be_used_without_seeing_it(get, filled):
    """Landmarks, one heading of the first rank, a skip link; named tables, inputs and pictures; no id twice."""
    for path in [*PAGES, "/sources/nobody"]:
        page = await get(path_of(path, filled), status=404 if path.endswith("nobody") else 200)
        assert page.get("lang") == "en"
        assert len(page.findall(".//h1")) == 1, path
        assert len(page.findall(".//main[@id='main']")) == len(page.findall(".//a[@href='#main']")) == 1
        assert all(nav.get("aria-label") for nav in page.iterfind(".//nav")), path
        for table in page.iterfind(".//table"):
            assert said(table.find("caption")), path
            assert all(cell.get("scope") for cell in table.iterfind(".//th")), path
        for field in page.xpath("//input | //select"):
            assert field.get("aria-label") or field.getparent().tag == "label", (path, html.tostring(field))
        assert all(picture.get("aria-label") for picture in page.iterfind(".//svg")), path
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        here = [path] if path in {"/", "/alarms", "/runs", "/quarantine"} else []
        assert page.xpath("//nav//a[@aria-current='page']/@href") in (here, ["/search"]), path


async def test_strange_parameters_are_no_failure(get, filled):
    """Numbers too large, NUL, a word of ten thousand letters: at worst nothing is found."""
    for query in ("page=99999999999999999999", "page=x", "text=%00", "text=%25", f"text={'w' * 5000}", "state=x"):
        await get(f"/?{query}")
    await get(f"/articles/{filled.article_id}?url_id=99999999999999999999")
    await get("/runs?source=%00&reason=%F0%9F%8C%8A&page=999999")
    await get("/alarms?days=1e9&kind=%27&source=%27--")
    await get("/sources/%00", status=404)


# When something is wrong


async def test_a_failure_is_a_page_to_a_browser_and_a_line_to_others(address):
    """Both say the same."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/sources/nobody") as response:
            assert (response.status, await response.text()) == (404, "there is no source nobody\n")
        async with session.get(f"{address}/sources/nobody", headers=BROWSER) as response:
            page = html.document_fromstring(await response.text())
    assert "there is no source nobody" in said(page)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_without_the_database_the_page_says_since_when():
    """It is served all the same, says what is wrong, and what becomes of the pages meanwhile."""
    nobody = "postgresql://tidings@127.0.0.1:1/tidings"
    async with serving(nobody) as address, aiohttp.ClientSession(headers=BROWSER) as session:
        since = None
        while since is None:
            async with session.get(address) as response:
                assert response.status == 503
                text = said(html.document_fromstring(await response.text()))
            since = re.search(r"Since ?20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", text)
    assert "refused" in text
    assert "nothing is lost" in text
