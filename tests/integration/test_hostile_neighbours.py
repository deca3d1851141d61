"""One visit to thirty sites that misbehave, and to one that does not."""

import gzip
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace

import brotli
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.hostile import (
    Hostile,
    answer,
    chunked,
    drips,
    late,
    moved,
    resets,
    stays_silent,
    without_end,
)
from tests.support.pages import article, rss, sitemap
from tests.support.sites import Site
from tests.support.watching import Watch

NOISE = bytes(range(256)) * 8
ZEROS = bytes(100 * 1024 * 1024)
GZIP_BOMB = gzip.compress(ZEROS, 1)
BROTLI_BOMB = brotli.compress(ZEROS, quality=2, lgwin=24)
STORY = article("The ferry runs again").encode()
INSIDE = "http://127.0.0.2/"

# What a site says in place of a page, and how that page ends.
PAGES = {
    "nothing": (b"", "connection"),
    "resetting": (resets(), "connection"),
    "noise": (NOISE, "connection"),
    "endless-headers": (without_end(b"X-A: " + b"b" * 900 + b"\r\n", first=b"HTTP/1.1 200 OK\r\n"), "connection"),
    "endless-line": (without_end(b"x" * 1000), "connection"),
    "endless-interim": (without_end(b"HTTP/1.1 100 Continue\r\n\r\n"), "connection"),
    "two-lengths": (answer(STORY, Content_length="5"), "connection"),
    "cut": (answer(STORY, Content_Length="100000"), "truncated"),
    "cut-chunks": (chunked(STORY, end=b"ff\r\nhello"), "truncated"),
    "cut-gzip": (answer(gzip.compress(STORY)[:-20], Content_Encoding="gzip"), "truncated"),
    "gzip-bomb": (answer(GZIP_BOMB, Content_Encoding="gzip"), "too_large"),
    "brotli-bomb": (answer(BROTLI_BOMB, Content_Encoding="br"), "too_large"),
    "double-bomb": (answer(gzip.compress(GZIP_BOMB), Content_Encoding="gzip, gzip"), "too_large"),
    "announces-much": (answer(STORY, Content_Length="9" * 13), "too_large"),
    "drips-headers": (drips(b"HTTP/1.1 200 OK\r\nX-Drip: xx"), "timeout"),
    "drips-body": (drips(b"x", first=answer(STORY, Content_Length="100000")), "timeout"),
    "drips-chunks": (drips(b"1\r\nx\r\n" * 1000, first=chunked(STORY, end=b"")), "timeout"),
    "silent": (stays_silent(), "timeout"),
    "slow-redirects": (late(moved("/page-1"), seconds=1), "timeout"),
    "redirects-to-itself": (moved("/page-0"), "redirect_loop"),
    "redirects-inside": (moved(INSIDE), "private_address"),
    "redirects-to-file": (moved("file:///etc/passwd"), "scheme_not_allowed"),
    "redirects-to-ssh": (moved("http://127.0.0.1:22/"), "port_not_allowed"),
}
# What a site says in place of its feed, and how its run ends.
FEEDS = {
    "feed-inside": (moved(INSIDE + "feed"), "private_address"),
    "feed-cut": (answer(rss("http://127.0.0.1/1"), Content_Length="100000"), "truncated"),
    "feed-bomb": (answer(GZIP_BOMB, Content_Encoding="gzip"), "too_large"),
    "feed-zipped-bomb": (answer(GZIP_BOMB, Content_Type="application/gzip"), "unreadable"),
    "feed-drips": (drips(b" ", first=answer(b"<rss>", Content_Length="100000")), "timeout"),
    "feed-noise": (answer(NOISE), "unreadable"),
}
# What a site says in place of its robots.txt, and how its run ends.
ROBOTS = {
    "robots-inside": (moved(INSIDE + "robots.txt"), "robots_unreachable"),
    "robots-drips": (drips(b"#", first=answer(b"#", Content_Length="100000")), "timeout"),
    "robots-noise": (NOISE, "connection"),
}


def hostile_pages(server, script):
    server.scripts |= {f"/page-{n}": script for n in range(3)}
    server.scripts["/page-1"] = late(moved("/page-2"), seconds=1) if callable(script) else script
    server.scripts["/feed"] = answer(rss(server.url("/page-0")), Content_Type="text/xml")


def hostile_feed(server, script):
    server.scripts["/feed"] = script


def hostile_robots(server, script):
    hostile_pages(server, answer(STORY))
    server.scripts["/robots.txt"] = script


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """One ``tidings once`` over all of them, with one worker and three seconds of patience."""
    url = server.create(template=template)
    kinds = ((hostile_pages, PAGES), (hostile_feed, FEEDS), (hostile_robots, ROBOTS))
    with ExitStack() as stack:
        healthy = stack.enter_context(Site())
        healthy.pages = {f"/{n}": article(f"Story {n}") for n in range(10)}
        healthy.pages["/feed"] = rss(*(healthy.url(f"/{n}") for n in range(10)))
        sites = {"healthy": healthy}
        for fill, cases in kinds:
            for name, (script, _) in cases.items():
                sites[name] = stack.enter_context(Hostile())
                fill(sites[name], script)
        listed = stack.enter_context(Hostile())
        sites["sitemap-inside"] = listed
        rules = f"Sitemap: {INSIDE}sitemap.xml\nSitemap: {listed.url('/sitemap')}\nSitemap: file:///etc/passwd\n"
        listed.scripts["/robots.txt"] = answer(rules, Content_Type="text/plain")
        listed.scripts["/"] = answer("<html><body>A home page without feeds</body></html>")
        listed.scripts["/sitemap"] = answer(
            sitemap(INSIDE + "story", "file:///etc/passwd"), Content_Type="text/xml"
        )
        sources = [
            {"name": name, "url": site.url("/")} | ({} if site is listed else {"feeds": [site.url("/feed")]})
            for name, site in sites.items()
        ]
        crawl = {"timeout": "3s", "workers": 1}
        config = configuration(tmp_path_factory.mktemp("config"), *sources, crawl=crawl)
        with Watch() as watch:
            _, runs, log = crawled(config, url)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            pages = connection.execute(
                "SELECT s.name, p.* FROM tidings.pages p JOIN tidings.sources s USING (source_id)"
            ).fetchall()
            times = connection.execute(
                "SELECT s.name, r.finished_at - r.started_at AS took FROM tidings.runs r"
                "  JOIN tidings.sources s USING (source_id)"
            ).fetchall()
            polls = connection.execute("SELECT * FROM tidings.polls").fetchall()
        took = {row["name"]: row["took"] for row in times}
        yield SimpleNamespace(took=took, runs=runs, log=log, pages=pages, polls=polls, sites=sites, watch=watch)
    server.drop(url)


def reasons(visited, name):
    return {row["url"].rpartition("/")[2]: row["reason"] for row in visited.pages if row["name"] == name}


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, (_, reason) in PAGES.items()])
def test_a_page_that_misbehaves_has_its_reason(visited, name, reason):
    """The run is none the worse for it: its feed was read."""
    assert visited.runs[name]["outcome"] == "succeeded"
    assert reasons(visited, name) == {"page-0": reason}


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, (_, reason) in (FEEDS | ROBOTS).items()])
def test_a_feed_that_misbehaves_is_the_reason_of_its_run(visited, name, reason):
    """Nothing is made of a part of a feed, nor of one that lies inside; nor is anything asked without rules."""
    run = visited.runs[name]
    assert (run["outcome"], run["reason"]) == ("failed", reason)
    assert reasons(visited, name) == {}


def test_sitemaps_that_lie_inside_are_refused(visited):
    """What robots.txt lists is asked for under the same rules, and so is what a sitemap lists."""
    assert visited.runs["sitemap-inside"]["outcome"] == "partial"
    found = {row["url"]: row["reason"] for row in visited.pages if row["name"] == "sitemap-inside"}
    assert found == {INSIDE + "story": "private_address", "file:///etc/passwd": "scheme_not_allowed"}
    assert {row["reason"] for row in visited.polls} >= {"private_address", "scheme_not_allowed"}


def test_the_healthy_site_notices_nothing(visited):
    """All of its articles are stored within a minute, by the one worker, which has lived through it all."""
    run = visited.runs["healthy"]
    assert (run["outcome"], run["num_new"]) == ("succeeded", 10)
    assert visited.took["healthy"] < timedelta(minutes=1)
    events = [line["event"] for line in visited.log]
    assert events.count("worker.started") == events.count("worker.stopped") == 1
    assert not {"run.broken", "document.broken", "extraction.failed"} & set(events)


def test_memory_is_bounded(visited):
    """All of that together takes less than 600 MB."""
    assert 0 < max(visited.watch.peaks.values()) < 600_000_000


def test_nothing_listens(visited):
    """A crawl opens no door: neither Scrapy's console, nor its remote control."""
    assert visited.watch.doors == set()
