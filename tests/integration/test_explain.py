"""The story of a URL, told from what a real crawl has recorded, and from what the loader was given."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

from crawler.alarms import Evidence, Kind, clear_alarm, raise_alarm
from crawler.configuration import Configuration
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason
from crawler.source import Source
from scheduler.explain import State, explain
from scheduler.sources import put, set_state
from scheduler.vitals.progress import Progress
from scheduler.vitals.readings import Readings
from scheduler.vitals.vitals import Vitals
from scheduler.web.server import WebServer
from sql.database import connect, open_database
from tests.support.cli import configuration, crawled, tidings, told
from tests.support.loading import MORNING, at, open_visit, page
from tests.support.pages import article, sitemap
from tests.support.sites import Site, in_turn, redirect, status, with_validators

CRASH = {"outcome": Outcome.FAILED, "reason": Reason.EXTRACTION_CRASHED, "detail": "ended by SIGSEGV"}
LISTED = {
    "/good": "Bridge repairs on time", "/copy": "The same, once more", "/moved": "The market moves",
    "/edited": "Ferry to sail daily", "/private/page": "Not for robots", "/missing": "It was here",
    "/gallery": "Pictures", "/steady": "Steady", "/ruled": "Ruled", "/astray": "Astray",
}  # fmt: skip


def feed(site, *others):
    """A feed that says of each entry what the others do not: a headline and a date."""
    listed = [(site.url(path), headline) for path, headline in LISTED.items()] + [(url, "Afar") for url in others]
    items = "".join(
        f"<item><link>{url}</link><title>{headline}</title><pubDate>Mon, 02 Mar 2026 06:30:00 GMT</pubDate></item>"
        for url, headline in listed
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"


def pages_of(site):
    ferry = "The ferry to Lendmouth sails twice a day from Monday on, at seven and at nine."
    return {
        "/robots.txt": "User-agent: *\nDisallow: /private/\nAllow: /\n",
        "/good": article("Bridge repairs on time"),
        "/copy": article("Bridge repairs on time"),
        "/moved": redirect("/step"),
        "/step": redirect("/arrived"),
        "/arrived": article(
            "The market moves", "The market moves to the harbour, where there is more room for it."
        ),
        "/edited": in_turn(
            article("Ferry to sail daily", ferry), article("Ferry to sail daily", f"{ferry} No dogs.")
        ),
        "/astray": redirect(f"http://127.0.0.2:{site.port}/good"),
        "/private/page": article("Not for robots"),
        "/missing": status(404),
        "/gallery": "<html><title>Pictures</title><body><h1>Pictures</h1><p>Ten of them.</p></body></html>",
        "/steady": with_validators(
            article("Steady", "Nothing has changed at the lighthouse since last year."), '"s"'
        ),
        "/ruled": article(
            "Ruled", "A rule of its source says where the headline of this page is to be found."
        ).replace("<h1>", '<h1 class="title">'),
        "/feed": feed(site, "http://elsewhere.example/story"),
        "/sitemap": sitemap(site.url("/good"), site.url("/of-the-sitemap")),
        "/of-the-sitemap": article("Of the sitemap", "Only the sitemap lists this page about the old mill."),
    }


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def visit(module_database, tmp_path_factory):
    """Two visits to a site, the second to its known articles as well."""
    with Site() as site:
        site.pages = pages_of(site)
        source = {
            "name": "gazette",
            "url": site.url("/"),
            "feeds": [site.url("/feed")],
            "sitemaps": [site.url("/sitemap")],
            "rules": [{"fields": {"headline": ["h2.none", "h1.title"]}}],
        }
        config = configuration(tmp_path_factory.mktemp("config"), source)
        code, runs, _ = crawled(config, module_database)
        assert code == 0, runs
        crawled(config, module_database, "gazette", "--revisit")
        yield SimpleNamespace(site=site, config=config, url=module_database)


@pytest.fixture
async def ask(visit):
    """Explains a path of the site, or a URL."""
    async with open_database(visit.url, application_name="tests") as database:

        async def asked(url):
            url = visit.site.url(url) if url.startswith("/") else url
            return await explain(database.fetch, url, allow_networks=["127.0.0.1/32"])

        yield asked


async def test_a_stored_article(ask, visit):
    """Feed, claims, both visits, each field's origin, and its story; the verdict says it first."""
    told = await ask("/good")
    (record,) = told.records
    assert told.state is State.STORED
    assert told.verdict.startswith(
        f"Stored as article {told.article.article_id}, 'Bridge repairs on time', found "
    )
    assert (record.found.by, record.found.document) == ("document", visit.site.url("/feed"))
    assert record.found.headline == "Bridge repairs on time"
    assert record.found.date_published == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert record.found.listed_by == (visit.site.url("/feed"),)
    assert [one.reason for one in record.visits] == ["new_text", "same_text"]
    assert [one.trace["for"] for one in record.visits] == ["listed", "revisit"]
    first = record.visits[0].trace
    assert first["robots"] == {"group": "*"}
    assert first["type"] == "text/html; charset=utf-8"
    assert first["http"] == "HTTP/1.1"
    assert set(first["ms"]) == {"turn", "download", "read", "store"}
    assert "again for edits" in record.next_visit
    fields = {field.name: field for field in told.article.fields}
    assert (fields["date_published"].origin, fields["article_body"].origin) == ("meta", "html")
    assert fields["authors"].value == ["Ada Merrow"]
    assert told.article.reader == "blocks"
    assert told.article.story_id is not None


async def test_the_rule_that_found_a_field(ask):
    """Of several expressions the one that found it is named; a page on which none did has none."""
    fields = {field.name: field for field in (await ask("/ruled")).article.fields}
    assert (fields["headline"].origin, fields["headline"].rule) == ("rule", "h1.title")
    assert {field.rule for field in (await ask("/good")).article.fields} == {None}


async def test_a_copy(ask, visit):
    """A text that was there before says from which URL, and lists both."""
    told = await ask("/copy")
    assert told.state is State.STORED
    assert visit.site.url("/good") in told.article.duplicates
    assert visit.site.url("/good") in told.verdict
    assert told.article.num_copies == 2
    assert told.records[0].visits[0].why == "its text was stored already, from another URL: it counts as a copy"


async def test_an_edited_article(ask):
    """Both texts are told of, with what kind of edit led from one to the other."""
    told = await ask("/edited")
    assert [one.revision for one in told.article.revisions] == [1, 2]
    assert told.article.revisions[1].edit_kind is not None
    assert ", revision 2 since " in told.verdict


async def test_a_redirected_url_leads_to_its_text(ask, visit):
    """Each step of the redirect is told, and the text is found where it led, from either end."""
    told = await ask("/moved")
    assert [record.role for record in told.records] == ["asked", "redirected_to"]
    assert told.state is State.STORED
    assert told.verdict.startswith(f"{visit.site.url('/moved')} redirects to {visit.site.url('/arrived')}. Stored")
    assert told.records[0].visits[0].trace["hops"] == [
        [302, visit.site.url("/moved")],
        [302, visit.site.url("/step")],
    ]
    assert f"Redirected (302) from {visit.site.url('/step')} to {visit.site.url('/arrived')}." in (
        told.records[0].visits[0].steps
    )
    arrived = (await ask("/arrived")).records[0]
    assert (arrived.found.by, arrived.found.where) == ("redirect", visit.site.url("/moved"))
    assert arrived.visits[0].url == visit.site.url("/moved")


async def test_what_robots_txt_forbids(ask):
    """The rule and its group are named, though no request was made; and that it is judged anew."""
    told = await ask("/private/page")
    assert told.state is State.REJECTED
    assert "'Disallow: /private/' for '*'" in told.verdict
    assert "judged anew" in told.records[0].next_visit
    assert any("publisher" in advice.words for advice in told.advice)


async def test_a_page_that_is_not_there(ask):
    """What its server said, which try that was, and when the next one is."""
    told = await ask("/missing")
    assert told.state is State.FAILED
    assert told.verdict.startswith("Not stored: its server does not know it (404). It failed once, the last time ")
    assert "try 2 of 5" in told.records[0].next_visit
    assert told.records[0].next_visit_at is not None


async def test_a_redirect_that_leads_nowhere(ask, visit):
    """Where it would have led is told, though nothing came from there."""
    told = await ask("/astray")
    assert (told.state, told.records[-1].reason) == (State.REJECTED, "private_address")
    target = f"http://127.0.0.2:{visit.site.port}/good"
    assert f"Redirected (302) from {visit.site.url('/astray')} to {target}." in told.records[-1].visits[0].steps
    assert "[crawl] allow_networks" in told.advice[0].words


async def test_a_page_that_is_no_article(ask, visit):
    """What spoke against it, by name and weight, and how to look closer."""
    told = await ask("/gallery")
    assert told.state is State.REJECTED
    assert told.records[0].visits[0].trace["evidence"]["pictures_alone"] < 0
    assert f"tidings extract {visit.site.url('/gallery')} --explain" in [advice.command for advice in told.advice]


async def test_a_conditional_request(ask):
    """That the request was conditional, with which header, and that the server said 304."""
    visits = (await ask("/steady")).records[0].visits
    assert visits[0].trace["said"] == ["ETag"]
    assert (visits[1].reason, visits[1].trace["sent"]) == ("not_modified", ["If-None-Match"])


async def test_what_only_the_sitemap_lists(ask, visit):
    """Of a sitemap it is not known whether it lists the URL still, and nothing is claimed."""
    found = (await ask("/of-the-sitemap")).records[0].found
    assert (found.document, found.document_kind) == (visit.site.url("/sitemap"), "sitemap")
    assert (found.is_listed, found.listed_by) == (None, ())


async def test_a_link_to_another_site(ask, visit):
    """Who listed it, in which feed and under what headline; it is looked for in other spellings, too."""
    for url in ("http://elsewhere.example/story", "https://www.elsewhere.example/story/?utm_source=x"):
        told = await ask(url)
        assert told.state is State.OFF_SITE
        (listing,) = told.listings
        assert (listing.source, listing.document) == ("gazette", visit.site.url("/feed"))
        assert listing.headline == "Afar"
    assert any("hosts of gazette" in advice.words for advice in told.advice)


async def test_a_url_that_nothing_ever_listed(ask, visit):
    """The source that should have, its documents with their last poll, and when the next one is."""
    told = await ask("/never-listed")
    assert told.state is State.NEVER_SEEN
    (candidate,) = told.candidates
    assert (candidate.source, candidate.refusal) == ("gazette", None)
    assert {document.url for document in candidate.documents} == {
        visit.site.url("/feed"),
        visit.site.url("/sitemap"),
    }
    by_kind = {document.kind: document for document in candidate.documents}
    assert (by_kind["feed"].is_listed, by_kind["sitemap"].is_listed) == (False, None)
    assert by_kind["feed"].num_links == len(LISTED) + 1
    assert by_kind["feed"].oldest_entry_at == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    assert "2 documents" in told.verdict
    assert "tidings once gazette" in [advice.command for advice in told.advice]


async def test_a_url_that_would_be_refused(ask, visit):
    """A page on another port of the site would not be visited if it were listed."""
    told = await ask(f"http://127.0.0.1:{visit.site.port + 1}/story")
    assert told.state is State.NEVER_SEEN
    assert "port" in told.candidates[0].refusal
    assert "it would not be visited" in told.verdict.lower()


async def test_a_host_that_nobody_watches(ask):
    """And what would watch it."""
    told = await ask("https://nobody.example/2026/02/28/story")
    assert (told.state, told.candidates) == (State.UNWATCHED, ())
    assert "no source watches nobody.example" in told.verdict
    assert [advice.command for advice in told.advice] == ["tidings sources add https://nobody.example/"]
    told = await ask("https://nobody.example/2026/02/28/the-mayor-resigns-at-last.html")
    assert told.advice[0].command == "tidings articles search 'mayor resigns last'"


async def test_every_spelling_leads_to_the_same(ask, visit):
    """Tracking parameters, fragments, a last slash: what makes no other page does not count."""
    known = (await ask("/good")).article
    for path in ("/good?utm_source=mail&fbclid=x", "/good/", "/good#comments", "//good", "/./good", "/%67ood"):
        assert (await ask(visit.site.url(path))).article == known, path


def test_the_command_line(visit):
    """The verdict first; 0 for what is stored, 1 for what is not, 2 without a database; --json is whole."""
    done = tidings("explain", visit.site.url("/good"), "--config", visit.config, TIDINGS_DATABASE_URL=visit.url)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().startswith("Stored as article ")
    done = tidings(
        "explain", visit.site.url("/missing"), "--json", "--config", visit.config, TIDINGS_DATABASE_URL=visit.url
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["records"][0]["reason"] == "http_404"
    away = "postgresql://nobody@127.0.0.1:1/none"
    told(tidings("explain", "https://gazette.example/", "--config", visit.config, TIDINGS_DATABASE_URL=away), 2)


@asynccontextmanager
async def served(database, folder):
    """The operator page on a port of its own, with its token in ``folder``."""
    settings = Configuration.model_validate({"web": {"listen": "127.0.0.1:0"}, "database": {"data_dir": folder}})
    pool, watch = SimpleNamespace(workers=(), size=0), SimpleNamespace(error=None)
    server = WebServer(database, settings, Vitals(pool, watch, Progress(), Readings(database)))
    address = await server.start()
    try:
        async with ClientSession(address) as session:
            yield session
    finally:
        await server.stop()


async def test_the_page(visit, tmp_path):
    """A form without a URL; with one the same verdict as on the command line, and nothing of it is markup."""
    async with (
        open_database(visit.url, application_name="tests") as database,
        served(database, tmp_path) as session,
    ):
        async with session.get("/explain") as answer:
            assert answer.status == 200
            assert '<input id="url" name="url"' in await answer.text()
        for path in LISTED:
            async with session.get(f"/explain?url={quote(visit.site.url(path))}") as answer:
                assert answer.status == 200, path
        text = await (await session.get(f"/explain?url={quote(visit.site.url('/good'))}")).text()
        assert "Stored as article" in text
        assert "/sources/gazette" in text
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
        text = await (await session.get(f"/explain?url={quote('<script>alert(1)</script>.example')}")).text()
        assert "<script>" not in text
        text = await (await session.get(f"/explain?url={quote(visit.site.url('/never'))}")).text()
        assert "Should have listed it" in text


@pytest.fixture
def ours(database_url):
    """A run of gazette that is under way, at https://gazette.example/."""
    return open_visit(database_url)


async def of(database, path, **options):
    return await explain(database.fetch, f"https://gazette.example{path}", now=at(60), **options)


async def test_a_page_in_quarantine(database, ours):
    """Since when, after how many attempts, for what, and how it is tried again."""
    for hour in range(3):
        moment = MORNING + timedelta(hours=hour)
        await load(database, [Page(ours, "https://gazette.example/1", moment, **CRASH)])
    told = await of(database, "/1")
    assert told.state is State.QUARANTINED
    assert told.records[0].quarantine.num_attempts == 3
    assert "ended by SIGSEGV" in told.verdict
    assert told.records[0].next_visit == "none: it is in quarantine"
    assert [advice.command for advice in told.advice] == ["tidings quarantine retry https://gazette.example/1"]


async def test_a_page_that_found_no_room(database, ours):
    """It waits for the next run, and nobody calls it lost."""
    refused = {"outcome": Outcome.REJECTED, "reason": Reason.OVER_BUDGET, "detail": "this run visits 1 pages"}
    await load(database, [Page(ours, "https://gazette.example/1", MORNING, **refused)])
    told = await of(database, "/1")
    assert told.state is State.WAITING
    assert "by the next run of gazette" in told.verdict


async def test_an_article_that_is_gone(database, ours):
    """It is stored, exit code and all, and since when the site shows it no more."""
    url = "https://gazette.example/1"
    await load(database, [page(ours, url)])
    await load(database, [Page(ours, url, at(30), outcome=Outcome.REJECTED, reason=Reason.HTTP_410)])
    told = await of(database, "/1")
    assert (told.state, told.is_stored) == (State.GONE, True)
    assert "has not shown it since 2026-03-02 07:30 UTC" in told.verdict


async def test_an_article_that_was_deleted(database, ours):
    """What has expired is told from what was never there."""
    await load(database, [page(ours, "https://gazette.example/1")])
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM tidings.article_urls")
        await connection.execute(
            "UPDATE tidings.urls SET outcome = 'rejected', reason = 'expired', next_visit_at = NULL"
        )
    told = await of(database, "/1")
    assert told.state is State.EXPIRED
    assert "deleted when its time was over" in told.verdict


async def test_the_url_that_a_page_names_as_its_own(database, ours):
    """It was never seen itself; its text is found at the page that names it."""
    await load(
        database, [page(ours, "https://gazette.example/1?id=2", canonical_url="https://gazette.example/bridge")]
    )
    told = await of(database, "/bridge")
    assert told.state is State.STORED
    assert [record.role for record in told.records] == ["canonical_of"]
    assert "is named as its own URL by the page at https://gazette.example/1?id=2" in told.verdict


async def test_a_further_page_leads_to_its_article(database, ours):
    """Whose text is stored with that of the first page."""
    await load(database, [page(ours, "https://gazette.example/long")])
    refused = {"outcome": Outcome.REJECTED, "reason": Reason.PART_OF_ARTICLE}
    detail = "page 2 of https://gazette.example/long: adds nothing to it"
    await load(database, [Page(ours, "https://gazette.example/long/2", at(1), detail=detail, **refused)])
    told = await of(database, "/long/2")
    assert [record.role for record in told.records] == ["asked", "part_of"]
    assert told.state is State.STORED


async def test_what_was_recorded_before_traces_were(database, ours):
    """A URL without an entry and visits without a trace are told as far as they go."""
    await load(database, [page(ours, "https://gazette.example/1")])
    told = await of(database, "/1")
    assert told.records[0].found.by == "unknown"
    assert told.records[0].visits[0].trace == {}


def test_a_database_that_is_not_up_to_date(database_url):
    """One line names the command that mends it."""
    with connect(database_url) as connection:
        connection.execute("ALTER TABLE tidings.pages DROP COLUMN trace")
    said = told(tidings("explain", "gazette.example", TIDINGS_DATABASE_URL=database_url), 2)
    assert said.endswith("(column p.trace does not exist): run 'tidings db migrate'")


async def test_a_source_that_is_switched_off(database, database_url, ours):
    """The cause is named before all others, and the command that mends it."""
    with connect(database_url) as connection:
        put(connection, Source(name="herald", url="https://herald.example/"), origin="command")
        set_state(connection, "herald", "disabled")
    told = await explain(database.fetch, "https://herald.example/story", now=at(60))
    assert told.state is State.NEVER_SEEN
    assert "the source is disabled" in told.verdict.lower()
    assert told.advice[0].command == "tidings sources enable herald"


async def test_an_alarm_around_the_day(database, ours):
    """An alarm of the day that the URL names is told; one of long before is not."""
    async with database.transaction() as connection:
        await raise_alarm(
            connection,
            Kind.GAP,
            "a feed has lost articles",
            now=at(-60),
            source_id=ours.source_id,
            evidence=[Evidence("lost")],
        )
    (candidate,) = (await of(database, "/2026/03/02/story")).candidates
    assert [alarm.kind for alarm in candidate.alarms] == ["gap"]
    async with database.transaction() as connection:
        await clear_alarm(connection, Kind.GAP, now=at(0), source_id=ours.source_id)
    (candidate,) = (await of(database, "/2026/01/02/story")).candidates
    assert candidate.alarms == ()


async def test_an_alarm_that_is_up(database, ours):
    """Of a page that failed it is told that its source is in trouble."""
    failed = {"outcome": Outcome.FAILED, "reason": Reason.HTTP_403}
    await load(database, [Page(ours, "https://gazette.example/1", MORNING, **failed)])
    async with database.transaction() as connection:
        await raise_alarm(connection, Kind.BLOCKED, "its host refuses us", now=at(5), source_id=ours.source_id)
    told = await of(database, "/1")
    assert [alarm.kind for alarm in told.alarms] == ["blocked"]
    assert "alarm 'blocked' since 2026-03-02 07:05 UTC (55 min ago): its host refuses us." in told.verdict
