"""How articles are followed: when they are asked for again, how, and what becomes of the answers."""

from types import SimpleNamespace

import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import WORDS, article, rss
from tests.support.sites import Site, in_turn, raw, redirect, status, with_validators

STAMP = "Mon, 02 Mar 2026 07:30:00 GMT"
COUNTS = ("num_known", "num_new", "num_changed", "num_duplicate", "num_unchanged", "num_rejected", "num_failed")
EDITED = WORDS.replace("two of the five", "three of the five")
# The time that passes before each visit but the first.
PASSED = ("20 minutes", "1 hour", "6 hours", "1 day", "4 days")


def stamped(text):
    """A page with a date, and a 304 that is as long as the page, for whoever has that date."""

    async def answer(request):
        if request.headers.get("If-Modified-Since") == STAMP:
            head = f"HTTP/1.1 304 Not Modified\r\nLast-Modified: {STAMP}\r\n"
            rest = "Content-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n"
            request.transport.write((head + rest).encode())
            request.transport.close()
            return web.Response()
        return web.Response(text=text, content_type="text/html", headers={"Last-Modified": STAMP})

    return answer


def liar(site):
    """A page that is edited after the first visit, and a server that says otherwise to whoever asks."""
    visits = []

    async def answer(request):
        visits.append(request)
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        text = article("The liar", WORDS if len(visits) == 1 else EDITED)
        return web.Response(text=text, content_type="text/html", headers={"ETag": '"same"'})

    return answer


def pages_of(site):
    edited = "Another sentence stands here now, where there was a different one before."
    return {
        "/robots.txt": "",
        "/steady": with_validators(article("Steady"), 'W/"steady"'),
        "/stamp": stamped(article("Stamp")),
        "/liar": liar(site),
        "/edited": in_turn(article("Edited"), article("Edited", edited)),
        "/short": redirect("/arrived"),
        "/arrived": with_validators(article("Arrived"), '"arrived"'),
        "/wanders": in_turn(with_validators(article("Wanders"), '"arrived"'), redirect("/arrived")),
        "/unasked": in_turn(article("Unasked"), status(304)),
        "/long": raw(article("Long").encode(), **{"Content-Type": "text/html", "ETag": "x" * 600}),
        "/gone": in_turn(article("Gone"), status(410)),
        "/lost": in_turn(article("Lost"), status(404)),
        "/back": in_turn(article("Back"), status(404), article("Back")),
        "/home": in_turn(article("Home"), redirect("/")),
        "/never": status(404),
        "/": "<html><title>Gazette</title><body><h1>Gazette</h1></body></html>",
    }


def moved_by(url, interval):
    """Let time pass: all that happened lies so much further back."""
    with psycopg.connect(url) as connection:
        for table, columns in {
            "sources": ("updated_at",),
            "urls": ("first_seen_at", "last_fetched_at", "next_visit_at", "gone_at"),
            "article_urls": ("first_seen_at", "last_seen_at"),
        }.items():
            changes = ", ".join(f"{column} = {column} - %(interval)s::interval" for column in columns)
            connection.execute(f"UPDATE tidings.{table} SET {changes}", {"interval": interval})


def read(url, query, *params):
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query, params).fetchall()


def state_of(url):
    """The rows of ``tidings.urls`` by path, with the age at which each is visited next."""
    query = """
        SELECT regexp_replace(url, '^http://[^/]+', '') AS path, outcome, reason, etag, last_modified, gone_at,
               last_fetched_at, next_visit_at, next_visit_at - first_seen_at AS next_age
          FROM tidings.urls"""
    return {row["path"]: row for row in read(url, query)}


@pytest.fixture(scope="module")
def history(server, template, tmp_path_factory):
    """Six visits to a newspaper in the rhythm of its articles, and one that is told to ask for all of them."""
    url = server.create(template=template)
    with Site() as site, Site() as quiet:
        site.pages = pages_of(site)
        listed = [path for path in site.pages if path not in {"/robots.txt", "/arrived", "/"}]
        site.pages["/feed"] = rss(*map(site.url, listed))
        quiet.pages = {"/robots.txt": "", "/feed": rss(quiet.url("/1")), "/1": article("Quiet")}
        sources = [
            {"name": name, "url": paper.url("/"), "feeds": [paper.url("/feed")]} | more
            for name, paper, more in (("gazette", site, {}), ("quiet", quiet, {"revisit": False}))
        ]
        config = configuration(tmp_path_factory.mktemp("config"), *sources)
        runs, asked, states, logs = [], [], [], []
        for passed, arguments in [(None, ()), *((passed, ()) for passed in PASSED), ("1 day", ("--revisit",))]:
            if passed:
                moved_by(url, passed)
            before = len(site.requests)
            _, ended, log = crawled(config, url, "gazette", "quiet", *arguments)
            runs.append(ended["gazette"])
            asked.append({request.path: dict(request.headers) for request in site.requests[before:]})
            states.append(state_of(url))
            logs.append({line["url"].removeprefix(site.url("")): line for line in log if "url" in line})
        pages = read(url, "SELECT * FROM tidings.pages WHERE url LIKE %s ORDER BY page_id", site.url("/%"))
        copies = read(url, "SELECT * FROM tidings.copies ORDER BY url, revision")
        (rate,) = read(url, "SELECT edit_rate FROM tidings.sources WHERE name = 'gazette'")
    yield SimpleNamespace(
        url=site.url, runs=runs, asked=asked, states=states, logs=logs, pages=pages, copies=copies,
        rate=rate["edit_rate"], quiet=[path for path in quiet.paths if path == "/1"],
    )  # fmt: skip
    server.drop(url)


def visits(history, path):
    """The outcomes of all visits to a page."""
    return [page["reason"] for page in history.pages if page["url"] == history.url(path)]


def said(history, path, header="If-None-Match"):
    """What each visit to a page said back; "-" for none, None where it was not asked for."""
    return [asked[path].get(header, "-") if path in asked else None for asked in history.asked]


def revisions(history, path):
    return [copy for copy in history.copies if copy["url"] == history.url(path)]


def test_an_article_is_visited_in_its_rhythm(history):
    """The next visit is at the first date ahead; after the last one there is none."""
    ages = [state["/edited"]["next_age"] for state in history.states]
    assert [age and age.total_seconds() / 60 for age in ages] == [15, 60, 360, 1440, 5760, None, None]
    assert all("/edited" in asked for asked in history.asked)


def test_a_visit_says_what_the_server_said(history):
    """ETag or date; every third visit, and the last of the rhythm, says nothing. Whoever wants all asks so too."""
    tag = 'W/"steady"'
    assert said(history, "/steady") == ["-", tag, tag, "-", tag, "-", tag]
    assert said(history, "/stamp", "If-Modified-Since") == ["-", STAMP, STAMP, "-", STAMP, "-", STAMP]
    assert visits(history, "/steady")[:4] == ["new_text", "not_modified", "not_modified", "same_text"]
    assert visits(history, "/stamp") == visits(history, "/steady")


def test_a_304_is_a_visit_to_the_article(history):
    """Its row has the status and the article, and the copy was seen again."""
    page = [page for page in history.pages if page["url"] == history.url("/steady")][1]
    (copy,) = revisions(history, "/steady")
    assert (page["outcome"], page["reason"], page["http_status"]) == ("unchanged", "not_modified", 304)
    assert page["article_id"] == copy["article_id"]
    last = [page for page in history.pages if page["url"] == history.url("/steady")][-1]
    assert last["reason"] == "not_modified"
    assert copy["last_seen_at"] == last["fetched_at"]


def test_a_304_that_lies_is_found_out(history):
    """By the third visit again, which asks for the whole page."""
    assert visits(history, "/liar")[:4] == ["new_text", "not_modified", "not_modified", "changed_text"]
    assert [copy["revision"] for copy in revisions(history, "/liar")] == [1, 2]


def test_an_edit_is_a_revision(history):
    """Found at the first visit after it."""
    assert visits(history, "/edited")[:3] == ["new_text", "changed_text", "same_text"]
    assert [(copy["revision"], copy["is_current"]) for copy in revisions(history, "/edited")] == [
        (1, False),
        (2, True),
    ]


def test_a_validator_belongs_to_the_url_that_answered(history):
    """Where redirects led is asked again, and no other page is asked for by its ETag."""
    assert history.states[0]["/short"]["etag"] is None
    assert history.states[0]["/arrived"]["etag"] == '"arrived"'
    assert said(history, "/short")[1:] == [None] * 6
    assert said(history, "/arrived")[1] in {'"arrived"', "-"}  # asked twice then: by /wanders too
    assert visits(history, "/wanders")[1] in {"known_text", "same_text"}
    assert "not_modified" not in visits(history, "/wanders")


def test_a_304_that_nobody_asked_for_is_a_failure(history):
    """It says nothing; the text that is stored stays."""
    assert visits(history, "/unasked")[:2] == ["new_text", "http_4xx"]
    (copy,) = revisions(history, "/unasked")
    assert copy["is_current"]
    assert copy["gone_at"] is None


def test_an_absurd_etag_is_not_said_back(history):
    """Nor kept."""
    assert {state["/long"]["etag"] for state in history.states} == {None}
    assert set(said(history, "/long")) == {"-"}


def test_a_page_that_is_gone_for_good_is_recorded_and_left(history):
    """410: the time, the line of the log; its text and revision stay, and it is not asked for again."""
    assert visits(history, "/gone")[:2] == ["new_text", "http_410"]
    assert said(history, "/gone")[2:6] == [None] * 4
    (copy,) = revisions(history, "/gone")
    assert copy["is_current"]
    assert copy["headline"] == "Gone"
    assert history.states[1]["/gone"]["gone_at"] == history.states[1]["/gone"]["last_fetched_at"]
    assert history.logs[1]["/gone"]["gone"] is True


def test_a_page_that_is_not_there_is_asked_for_as_failed_ones_are(history):
    """404: it is gone from the first such answer on; after its tries it is left alone."""
    assert visits(history, "/lost")[:5] == ["new_text", *["http_404"] * 4]
    first = history.states[1]["/lost"]
    assert first["gone_at"] == first["last_fetched_at"]
    assert history.states[5]["/lost"]["gone_at"] is not None
    assert history.states[5]["/lost"]["next_visit_at"] is None


def test_a_page_that_comes_back_is_followed_again(history):
    """It is gone no more, the log says so, and it is visited in its rhythm."""
    assert visits(history, "/back")[:3] == ["new_text", "http_404", "same_text"]
    assert [line["/back"].get("gone") for line in history.logs[:3]] == [None, True, False]
    assert history.states[2]["/back"]["gone_at"] is None
    assert history.states[2]["/back"]["next_age"].total_seconds() == 6 * 3600


def test_a_page_that_leads_home_is_gone(history):
    """So is one in whose place stands another that says that it is not there."""
    assert visits(history, "/home")[:2] == ["new_text", "soft_404"]
    (copy,) = revisions(history, "/home")
    assert copy["gone_at"] is not None
    assert said(history, "/home")[2:6] == [None] * 4


def test_what_was_no_article_is_not_gone(history):
    """A page that was never there is no loss."""
    assert history.states[-1]["/never"]["gone_at"] is None


def test_every_visit_is_accounted_for(history):
    """Links are what is known and what came to an outcome, and a 304 counts as unchanged."""
    for run in history.runs:
        assert run["num_links"] == sum(run[name] for name in COUNTS), run
    reasons = [page["reason"] for page in history.pages]
    unchanged = sum(reason in {"same_text", "not_modified"} for reason in reasons)
    assert sum(run["num_unchanged"] for run in history.runs) == unchanged


def test_a_source_that_is_not_to_be_revisited_is_not(history):
    """With revisit = false an article is visited once; but by whoever asks for all of them."""
    assert len(history.quiet) == 2


def test_the_source_is_known_by_its_edits(history):
    """Its rate is the mean of its visits to known articles, those that were told to ask for all left out."""
    in_rhythm = history.runs[:6]
    assert sum(run["num_changed"] for run in in_rhythm) == 2
    assert 0 < history.rate < 0.1


@pytest.fixture(scope="module")
def crowded(server, template, tmp_path_factory):
    """A newspaper that is asked for three pages a visit: it has three articles, all overdue, and a new one."""
    url = server.create(template=template)
    with Site() as site:
        site.pages = {"/robots.txt": ""} | {f"/{n}": article(f"Story {n}") for n in range(5)}
        site.pages["/feed"] = rss(*(site.url(f"/{n}") for n in range(3)))
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "max_pages": 3}
        config = configuration(tmp_path_factory.mktemp("config"), source)
        crawled(config, url, "gazette")
        moved_by(url, "20 minutes")
        with psycopg.connect(url) as connection:
            connection.execute(
                "UPDATE tidings.urls SET next_visit_at = next_visit_at - right(url, 1)::int * interval '1 s'"
            )
            connection.execute("UPDATE tidings.sources SET edit_rate = 0.5")
        site.pages["/feed"] = rss(*(site.url(f"/{n}") for n in range(4)))
        runs, asked = [], []
        for _ in range(2):
            before = len(site.paths)
            _, ended, _ = crawled(config, url, "gazette")
            runs.append(ended["gazette"])
            asked.append([path for path in site.paths[before:] if path[1:].isdigit()])
        yield SimpleNamespace(runs=runs, asked=asked, state=state_of(url))
    server.drop(url)


def test_what_is_new_comes_first(crowded):
    """Then the articles that are overdue, most overdue first; what finds no room is visited by the next run."""
    assert crowded.asked == [["/3", "/2", "/1"], ["/0"]]


def test_what_waits_for_room_is_known(crowded):
    """It is no page of the run, and no link is counted twice, listed or not."""
    first, second = crowded.runs
    assert (first["num_links"], first["num_new"], first["num_unchanged"], first["num_known"]) == (4, 1, 2, 1)
    assert (second["num_links"], second["num_unchanged"], second["num_known"]) == (1, 1, 0)


def test_a_source_that_edits_is_visited_more_often(crowded):
    """After a visit at 20 minutes the next one is at 30."""
    assert {crowded.state[f"/{n}"]["next_age"].total_seconds() / 60 for n in range(3)} == {30}
