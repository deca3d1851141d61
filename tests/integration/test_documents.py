"""Feeds over six visits: what is asked again, how, and what becomes of a feed that moves, lies or goes."""

from contextlib import ExitStack
from types import SimpleNamespace

import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss
from tests.support.sites import Site, in_turn, raw, status, with_validators

ROUNDS = 6
STAMP = "Mon, 02 Mar 2026 08:00:00 GMT"


def moved(target, code=301):
    return status(code, Location=target)


def home(feed):
    return (
        "<html><head><title>Gazette</title>"
        f"<link rel='alternate' type='application/rss+xml' href='{feed}'></head><body>Gazette</body></html>"
    )


def lying(site):
    """Says 304 whenever it may, though it has something new from the second poll on."""
    num_asked = 0

    async def answer(request):
        nonlocal num_asked
        num_asked += 1
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        listed = ["/0"] if num_asked == 1 else ["/0", "/1"]
        return web.Response(
            text=rss(*map(site.url, listed)), content_type="text/xml", headers={"ETag": '"for ever"'}
        )

    return answer


def feeds_of(name, site):
    feed = rss(site.url("/0"))
    return {
        "etag": {"/feed": with_validators(feed, '"one"')},
        "stamp": {"/feed": raw(feed.encode(), **{"Last-Modified": STAMP, "Content-Type": "text/xml"})},
        "liar": {"/feed": lying(site)},
        "same": {"/feed": feed},
        "moved": {"/feed": moved("/new"), "/new": feed},
        "lent": {"/feed": moved("/new", 302), "/new": feed},
        "back": {"/feed": in_turn(*[moved("/new")] * 3, feed), "/new": in_turn(*[feed] * 3, status(404))},
        "gone": {"/feed": status(410), "/": home("/other"), "/other": feed},
        "lost": {"/feed": status(404), "/": home("/other"), "/other": feed},
        "damaged": {"/feed": feed.replace("<title>Item", "<title>Fish & Ships")},
    }[name] | {f"/{n}": article(f"Story {n} of {name}") for n in range(2)}


NAMES = ("etag", "stamp", "liar", "same", "moved", "lent", "back", "gone", "lost", "damaged")


@pytest.fixture(scope="module")
def history(server, template, tmp_path_factory):
    """Six visits to each of the sites: what was asked each time, how the runs ended, what was kept."""
    url = server.create(template=template)
    with ExitStack() as stack:
        sites = {name: stack.enter_context(Site()) for name in NAMES}
        for name, site in sites.items():
            site.pages = feeds_of(name, site)
        sources = [
            {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")]} for name, site in sites.items()
        ]
        config = configuration(tmp_path_factory.mktemp("config"), *sources)
        runs, asked, logs = [], [], []
        for _ in range(ROUNDS):
            before = {name: len(site.requests) for name, site in sites.items()}
            _, ended, log = crawled(config, url, *NAMES)
            runs.append(ended)
            logs.append(log)
            asked.append({name: site.requests[before[name] :] for name, site in sites.items()})
    with psycopg.connect(url, row_factory=dict_row) as connection:
        polls = connection.execute(
            "SELECT s.name, d.url, d.retired_at, d.promoted_at, d.moved_to, p.* FROM tidings.polls p"
            "  JOIN tidings.documents d USING (document_id) JOIN tidings.sources s USING (source_id)"
            " ORDER BY polled_at"
        ).fetchall()
    yield SimpleNamespace(sites=sites, runs=runs, asked=asked, logs=logs, polls=polls)
    server.drop(url)


def requests_for(history, name, path="/feed"):
    """For each visit the requests for a path."""
    return [[request for request in visit[name] if request.path == path] for visit in history.asked]


def headers_of(history, name, header):
    """For each visit the header that the feed was asked with."""
    return [[request.headers.get(header) for request in visit] for visit in requests_for(history, name)]


def outcomes(history, name, path="/feed"):
    url = history.sites[name].url(path)
    return [poll["outcome"] for poll in history.polls if poll["name"] == name and poll["url"] == url]


def events_of(history, event, name):
    return [line for log in history.logs for line in log if line["event"] == event and line["source"] == name]


def test_a_feed_is_asked_for_conditionally(history):
    """What the server said of its feed is said back, but for every fifth poll: servers lie about 304."""
    assert headers_of(history, "etag", "If-None-Match") == [[None], *[['"one"']] * 4, [None]]
    assert headers_of(history, "stamp", "If-Modified-Since") == [[None], *[[STAMP]] * 4, [None]]


def test_a_feed_that_has_not_changed_is_not_read(history):
    """Whether it says so itself, or its bytes do."""
    assert outcomes(history, "etag") == ["read", *["unchanged"] * 5]
    assert outcomes(history, "same") == ["read", *["unchanged"] * 5]
    assert all(visit["etag"]["outcome"] == "succeeded" for visit in history.runs)


def test_a_lie_is_found_out(history):
    """What a server hides behind 304 arrives with the next unconditional poll."""
    assert outcomes(history, "liar") == ["read", *["unchanged"] * 4, "read"]
    assert [visit["liar"]["num_new"] for visit in history.runs] == [1, 0, 0, 0, 0, 1]


def test_a_feed_that_moved_for_good_is_asked_where_it_is(history):
    """After three visits to the same place the old one is not asked any more, and the log says so."""
    assert [len(visit) for visit in requests_for(history, "moved")] == [1, 1, 1, 0, 0, 0]
    assert [len(visit) for visit in requests_for(history, "moved", "/new")] == [1] * 6
    (line,) = events_of(history, "document.moved", "moved")
    assert line["moved_to"] == history.sites["moved"].url("/new")


def test_a_feed_that_is_elsewhere_for_now_is_asked_where_it_was(history):
    """A temporary redirect is never taken for more."""
    assert [len(visit) for visit in requests_for(history, "lent")] == [1] * 6
    assert not events_of(history, "document.moved", "lent")


def test_a_move_is_taken_back(history):
    """Where the new place fails, the old one is asked again."""
    assert [len(visit) for visit in requests_for(history, "back")] == [1, 1, 1, 0, 1, 1]
    assert history.runs[5]["back"]["outcome"] == "succeeded"


def test_a_feed_that_is_gone_is_retired(history):
    """410: it is asked for once, the record says since when not any more, and the site's other feed is read."""
    assert [len(visit) for visit in requests_for(history, "gone")] == [1, 0, 0, 0, 0, 0]
    assert len(events_of(history, "document.retired", "gone")) == 1
    (poll,) = [poll for poll in history.polls if poll["name"] == "gone" and poll["url"].endswith("/feed")]
    assert poll["retired_at"]
    assert history.runs[0]["gone"]["num_new"] == 1
    assert outcomes(history, "gone", "/other") == ["read", *["unchanged"] * 5]


def test_for_a_lost_feed_the_others_are_sought(history):
    """404: it is asked for each time, and meanwhile what the home page announces is read in its place."""
    assert [len(visit) for visit in requests_for(history, "lost")] == [1] * 6
    assert history.runs[0]["lost"]["num_new"] == 1
    assert [visit["lost"]["outcome"] for visit in history.runs] == ["partial"] * 6
    assert [visit["lost"]["reason"] for visit in history.runs] == ["http_404"] * 6
    assert len(outcomes(history, "lost", "/other")) == 6


def test_damage_is_reported(history):
    """What is wrong with a feed that could be read all the same stands with the poll and in the log."""
    poll = next(poll for poll in history.polls if poll["name"] == "damaged")
    assert "&" in poll["damage"]
    assert poll["num_links"] == 1
    assert events_of(history, "document.damaged", "damaged")
