"""Runs that go wrong as a whole, and runs that are told more."""

from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import psycopg
import pytest

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss, sitemap
from tests.support.sites import Site, raw, status


def source(site, **more):
    return {"url": site.url("/"), "feeds": [site.url("/feed")], **more}


def headline(site, number=1):
    return f"Story {number} of {site.port}"


def small(site):
    """A feed that lists one article."""
    site.pages |= {"/feed": rss(site.url("/1")), "/1": article(headline(site))}
    return source(site)


def without_feed(site):
    small(site)
    site.pages |= {"/feed": status(500), "/robots.txt": ""}
    return source(site)


def without_rules(site):
    small(site)
    site.pages["/robots.txt"] = status(503)
    return source(site)


def one_of_two_feeds(site):
    small(site)
    site.pages["/other"] = "<html><body>no feed</body></html>"
    return source(site, feeds=[site.url("/feed"), site.url("/other")])


def index_with_a_bad_entry(site):
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in ("http://[bad/", site.url("/map.xml")))
    site.pages = {
        "/index.xml": f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</sitemapindex>",
        "/map.xml": sitemap(site.url("/1"), "http://[bad/page"),
        "/1": article(headline(site)),
    }
    return source(site, feeds=[], sitemaps=[site.url("/index.xml")])


def home_with_a_feed(site):
    small(site)
    link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    site.pages["/"] = f"<html><head>{link}</head><body>Home</body></html>"
    return {"url": site.url("/")}


def rules_with_a_sitemap(site):
    site.pages = {
        "/": "<html><body>Home</body></html>",
        "/robots.txt": f"User-agent: *\nAllow: /\nSitemap: {site.url('/map.xml')}\n",
        "/map.xml": sitemap(site.url("/1")),
        "/1": article(headline(site)),
    }
    return {"url": site.url("/")}


def home_without_feeds(site):
    site.pages = {"/": "<html><body>Home</body></html>"}
    return {"url": site.url("/")}


def larger(num_articles):
    """A feed that lists so many articles."""

    def fill(site):
        site.pages = {f"/{n}": article(headline(site, n)) for n in range(num_articles)}
        site.pages["/feed"] = rss(*map(site.url, site.pages))
        return source(site)

    return fill


def says_when_edited(site, time="2020-01-01T00:00:00Z"):
    """A feed of one article, with the time of its modification."""
    entry = f"<entry><link href='{site.url('/1')}'/><title>One</title><updated>{time}</updated></entry>"
    site.pages["/feed"] = f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"
    site.pages.setdefault("/1", article(headline(site)))
    return source(site)


def says_when_to_ask(headers, channel=""):
    """A feed with these headers, and this in its channel."""

    def fill(site):
        small(site)
        feed = rss(site.url("/1")).replace("<item>", f"{channel}<item>", 1)
        site.pages["/feed"] = raw(feed.encode(), **headers)
        return source(site)

    return fill


WORTH_ASKING = {
    "header": says_when_to_ask({"Cache-Control": "public, max-age=2400"}),
    "channel": says_when_to_ask({}, "<ttl>50</ttl>"),
    "both": says_when_to_ask({"Cache-Control": "max-age=600"}, "<ttl>50</ttl>"),
    "days": says_when_to_ask({"Cache-Control": "max-age=864000"}),
    "neither": says_when_to_ask({}),
}
READABLE = WORTH_ASKING | {
    "one-of-two": one_of_two_feeds,
    "index": index_with_a_bad_entry,
    "home": home_with_a_feed,
    "mapped": rules_with_a_sitemap,
    "edited": larger(2),
    "dated": says_when_edited,
}
LATER = {
    "bad": without_feed,
    "good": small,
    "silent": home_without_feeds,
    "closed": without_rules,
    "spaced": larger(4),
}


@pytest.fixture(scope="module")
def visits(server, template, tmp_path_factory):
    """Four times ``tidings once``: over all that can be read, and over a few by name, of which one fails."""
    url = server.create(template=template)
    folder = tmp_path_factory.mktemp("config")
    with ExitStack() as stack:
        sites, sources = {}, {}
        for name, fill in (READABLE | LATER).items():
            sites[name] = stack.enter_context(Site())
            sources[name] = {"name": name, **fill(sites[name])}

        def visit(config, *arguments):
            code, runs, log = crawled(config, url, *arguments)
            return SimpleNamespace(code=code, runs=runs, log=log)

        found = SimpleNamespace(sites=sites)
        found.readable = visit(configuration(folder, *(sources[name] for name in READABLE)))
        with psycopg.connect(url) as connection:
            rows = connection.execute(
                "SELECT s.name, s.due_at - r.finished_at"
                "  FROM tidings.sources s JOIN tidings.runs r USING (source_id)"
            ).fetchall()
            found.put_off = dict(rows)
        config = configuration(folder, *sources.values())
        found.with_bad = visit(config, "bad", "good", "dated")
        dated = sites["dated"]
        dated.pages["/1"] = article(f"{headline(dated)}, corrected")
        with psycopg.connect(url) as connection:
            fetched = "UPDATE tidings.urls SET last_fetched_at = '2026-01-01' WHERE url = %s"
            assert connection.execute(fetched, [dated.url("/1")]).rowcount == 1
        says_when_edited(dated, "2026-02-01T00:00:00Z")
        found.with_silent = visit(config, "silent", "dated")
        sites["edited"].pages["/1"] = article(
            headline(sites["edited"]), "Another sentence stands here now, where there was a different one before."
        )
        config = configuration(folder, *sources.values(), crawl={"delay": "1s"})
        found.revisit = visit(config, "edited", "closed", "spaced", "--revisit")
        yield found
    server.drop(url)


def test_a_source_without_its_feed_fails_and_says_so(visits):
    """A feed that cannot be had fails the run, with its reason, and the exit code is 1; others are visited."""
    runs, log = visits.with_bad.runs, visits.with_bad.log
    assert visits.with_bad.code == 1
    assert (runs["bad"]["outcome"], runs["bad"]["reason"]) == ("failed", "http_5xx")
    assert (runs["good"]["outcome"], runs["good"]["num_new"]) == ("succeeded", 1)
    assert [line["reason"] for line in log if line["event"] == "document.failed"] == ["http_5xx"]


def test_a_site_whose_robots_txt_is_broken_is_left_alone(visits):
    """Without robots.txt (a server error) nothing is fetched: RFC 9309."""
    assert set(visits.sites["closed"].paths) == {"/robots.txt"}
    assert visits.revisit.runs["closed"]["reason"] == "robots_unreachable"


def test_one_of_two_feeds_makes_a_partial_run(visits):
    """What can be read is used; the run is partial, with the reason of what cannot. That is no failure."""
    run = visits.readable.runs["one-of-two"]
    assert visits.readable.code == 0
    assert (run["outcome"], run["reason"]) == ("partial", "unreadable")
    assert run["num_new"] == 1


def test_one_bad_entry_of_an_index_costs_itself_alone(visits):
    """A sitemap index with an address that is none: the others are read, and the run is partial."""
    assert visits.readable.runs["index"]["num_new"] == 1


def test_a_source_may_leave_its_feeds_to_its_home_page(visits):
    """Without feeds and sitemaps, those are read that the home page announces."""
    assert visits.readable.runs["home"]["num_new"] == 1


def test_a_site_without_feeds_is_read_by_its_sitemaps(visits):
    """Where the home page announces no feed, the sitemaps that robots.txt lists are read."""
    run = visits.readable.runs["mapped"]
    assert (run["outcome"], run["num_new"]) == ("succeeded", 1)


def test_a_home_page_without_feeds_is_a_failure_with_advice(visits):
    """A source that names nothing, on a site that announces nothing, says what to do."""
    assert visits.with_silent.code == 1
    assert visits.with_silent.runs["silent"]["reason"] == "no_feed_found"
    assert [line["error"] for line in visits.with_silent.log if line["event"] == "document.failed"] == [
        "name its feeds, sitemaps or listings in the source"
    ]


def test_a_revisit_sees_edits(visits):
    """--revisit asks for known articles again: an edited one is changed, another unchanged."""
    run = visits.revisit.runs["edited"]
    assert (run["num_changed"], run["num_unchanged"]) == (1, 1)


def test_a_feed_that_says_edited_brings_a_visit(visits):
    """A known article whose feed entry has a newer modification time is visited again, without being told to."""
    assert visits.with_bad.runs["dated"]["num_fetched"] == 0
    assert visits.with_silent.runs["dated"]["num_changed"] == 1


@pytest.mark.parametrize(
    ("name", "minutes"), [("header", 40), ("channel", 50), ("both", 50), ("days", 60), ("neither", 0)]
)
def test_a_feed_says_when_it_is_worth_asking(visits, name, minutes):
    """Without a timetable of its own a source is not due before its feed may have changed, within an hour."""
    put_off = visits.put_off[name]
    assert timedelta(minutes=minutes - 1) < put_off < timedelta(minutes=max(minutes, 15) + 1)


def test_requests_to_one_host_keep_their_distance(visits):
    """Between two requests lies at least the configured delay."""
    gaps = [later - earlier for earlier, later in pairwise(visits.sites["spaced"].times)]
    assert len(gaps) == 5
    # The distance is kept when sending; the rest of a gap is the road.
    assert min(gaps) > 0.5
