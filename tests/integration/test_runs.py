"""Runs that go wrong as a whole, and runs that are told more."""

from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss, sitemap
from tests.support.sites import Site, raw, status


def source(site, name="gazette", **more):
    return {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")], **more}


def test_a_source_without_its_feed_fails_and_says_so(database_url, tmp_path):
    """A feed that cannot be had fails the run, with its reason, and the exit code is 1; others are visited."""
    with Site() as good, Site({"/feed": status(500), "/robots.txt": ""}) as bad:
        good.pages = {"/feed": rss(good.url("/1")), "/1": article("One")}
        config = configuration(tmp_path, source(bad, "bad"), source(good, "good"))
        code, runs, log = crawled(config, database_url)
    assert code == 1
    assert (runs["bad"]["outcome"], runs["bad"]["reason"]) == ("failed", "http_5xx")
    assert (runs["good"]["outcome"], runs["good"]["num_new"]) == ("succeeded", 1)
    assert [line["reason"] for line in log if line["event"] == "document.failed"] == ["http_5xx"]


def test_a_site_whose_robots_txt_is_broken_is_left_alone(database_url, tmp_path):
    """Without robots.txt (a server error) nothing is fetched: RFC 9309."""
    with Site({"/robots.txt": status(503)}) as site:
        site.pages |= {"/feed": rss(site.url("/1"))}
        _, runs, _ = crawled(configuration(tmp_path, source(site)), database_url)
        assert set(site.paths) == {"/robots.txt"}
    assert runs["gazette"]["reason"] == "robots_unreachable"


def test_one_of_two_feeds_makes_a_partial_run(database_url, tmp_path):
    """What can be read is used; the run is partial, with the reason of what cannot."""
    with Site() as site:
        site.pages = {
            "/feed": rss(site.url("/1")),
            "/1": article("One"),
            "/other": "<html><body>no feed</body></html>",
        }
        feeds = [site.url("/feed"), site.url("/other")]
        code, runs, _ = crawled(configuration(tmp_path, source(site, feeds=feeds)), database_url)
    assert code == 0
    assert (runs["gazette"]["outcome"], runs["gazette"]["reason"]) == ("partial", "unreadable")
    assert runs["gazette"]["num_new"] == 1


def test_one_bad_entry_of_an_index_costs_itself_alone(database_url, tmp_path):
    """A sitemap index with an address that is none: the others are read, and the run is partial."""
    with Site() as site:
        entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in ("http://[bad/", site.url("/map.xml")))
        site.pages = {
            "/index.xml": f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</sitemapindex>",
            "/map.xml": sitemap(site.url("/1"), "http://[bad/page"),
            "/1": article("One"),
        }
        config = configuration(tmp_path, source(site, feeds=[], sitemaps=[site.url("/index.xml")]))
        _, runs, _ = crawled(config, database_url)
    assert runs["gazette"]["num_new"] == 1


def test_a_source_may_leave_its_feeds_to_its_home_page(database_url, tmp_path):
    """Without feeds and sitemaps, those are read that the home page announces."""
    with Site() as site:
        link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
        site.pages = {
            "/": f"<html><head>{link}</head><body>Home</body></html>",
            "/feed": rss(site.url("/1")),
            "/1": article("One"),
        }
        config = configuration(tmp_path, {"name": "gazette", "url": site.url("/")})
        _, runs, _ = crawled(config, database_url)
    assert runs["gazette"]["num_new"] == 1


def test_a_site_without_feeds_is_read_by_its_sitemaps(database_url, tmp_path):
    """Where the home page announces no feed, the sitemaps that robots.txt lists are read."""
    with Site() as site:
        site.pages = {
            "/": "<html><body>Home</body></html>",
            "/robots.txt": f"User-agent: *\nAllow: /\nSitemap: {site.url('/map.xml')}\n",
            "/map.xml": sitemap(site.url("/1")),
            "/1": article("One"),
        }
        _, runs, _ = crawled(configuration(tmp_path, {"name": "gazette", "url": site.url("/")}), database_url)
    assert (runs["gazette"]["outcome"], runs["gazette"]["num_new"]) == ("succeeded", 1)


def test_a_home_page_without_feeds_is_a_failure_with_advice(database_url, tmp_path):
    """A source that names nothing, on a site that announces nothing, says what to do."""
    with Site({"/": "<html><body>Home</body></html>"}) as site:
        config = configuration(tmp_path, {"name": "gazette", "url": site.url("/")})
        code, runs, log = crawled(config, database_url)
    assert code == 1
    assert runs["gazette"]["reason"] == "no_feed_found"
    assert [line["error"] for line in log if line["event"] == "document.failed"] == [
        "name its feeds, sitemaps or listings in the source"
    ]


def test_a_revisit_sees_edits(database_url, tmp_path):
    """--revisit asks for known articles again: an edited one is changed, another unchanged."""
    with Site() as site:
        site.pages = {"/feed": rss(site.url("/1"), site.url("/2")), "/1": article("One"), "/2": article("Two")}
        config = configuration(tmp_path, source(site))
        crawled(config, database_url)
        site.pages["/1"] = article(
            "One", "Another sentence stands here now, where there was a different one before."
        )
        _, runs, _ = crawled(config, database_url, "gazette", "--revisit")
    assert (runs["gazette"]["num_changed"], runs["gazette"]["num_unchanged"]) == (1, 1)


def test_a_feed_that_says_edited_brings_a_visit(database_url, tmp_path):
    """A known article whose feed entry has a newer modification time is visited again, without being told to."""
    with Site() as site:
        entry = "<entry><link href='{url}'/><title>One</title><updated>{time}</updated></entry>"
        feed = "<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"
        old = entry.format(url=site.url("/1"), time="2020-01-01T00:00:00Z")
        site.pages = {"/feed": feed.format(entry=old), "/1": article("One")}
        config = configuration(tmp_path, source(site))
        crawled(config, database_url)
        _, unchanged, _ = crawled(config, database_url, "gazette")
        site.pages["/1"] = article("One, corrected")
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE tidings.urls SET last_fetched_at = '2026-01-01'")
            later = entry.format(url=site.url("/1"), time="2026-02-01T00:00:00Z")
        site.pages["/feed"] = feed.format(entry=later)
        _, changed, _ = crawled(config, database_url, "gazette")
    assert unchanged["gazette"]["num_fetched"] == 0
    assert changed["gazette"]["num_changed"] == 1


@pytest.mark.parametrize(
    ("headers", "channel", "minutes"),
    [
        ({"Cache-Control": "public, max-age=2400"}, "", 40),
        ({}, "<ttl>50</ttl>", 50),
        ({"Cache-Control": "max-age=600"}, "<ttl>50</ttl>", 50),
        ({"Cache-Control": "max-age=864000"}, "", 60),
        ({}, "", 0),
    ],
)
def test_a_feed_says_when_it_is_worth_asking(database_url, tmp_path, headers, channel, minutes):
    """Without a timetable of its own a source is not due before its feed may have changed, within an hour."""
    with Site() as site:
        feed = rss(site.url("/1")).replace("<item>", f"{channel}<item>", 1)
        site.pages = {"/feed": raw(feed.encode(), **headers), "/1": article("One")}
        crawled(configuration(tmp_path, source(site)), database_url)
    with psycopg.connect(database_url) as connection:
        (put_off,) = connection.execute("SELECT due_at - now() FROM tidings.sources").fetchone()
    assert timedelta(minutes=minutes - 1) < put_off < timedelta(minutes=max(minutes, 15) + 1)


def test_requests_to_one_host_keep_their_distance(database_url, tmp_path):
    """Between two requests lies at least the configured delay."""
    with Site() as site:
        site.pages = {"/feed": rss(*(site.url(f"/{n}") for n in range(4)))}
        site.pages |= {f"/{n}": article(f"Number {n}") for n in range(4)}
        crawled(configuration(tmp_path, source(site), crawl={"delay": "1s"}), database_url)
        gaps = [later - earlier for earlier, later in pairwise(site.times)]
    assert len(gaps) == 5
    # The distance is kept when sending; the rest of a gap is the road.
    assert min(gaps) > 0.5
