"""How hosts are treated: their wishes, their troubles, and what the others notice of these."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss
from tests.support.sites import Site, hang_up, in_turn, redirect, status

HOUR = timedelta(hours=1)


def paper(number_of_pages=8, **pages):
    """Pages of a small paper, and a feed that lists all of them."""

    def fill(site):
        site.pages = {f"/{n}": article(f"Story {n} of {site.port}") for n in range(number_of_pages)}
        site.pages["/feed"] = rss(*(site.url(f"/{n}") for n in range(number_of_pages)))
        site.pages |= {f"/{name}": answer for name, answer in pages.items()}

    return fill


def source(name, site, **more):
    return {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")], **more}


LONG_RULES = "User-agent: *\nDisallow: /1\n" + "# padding\n" * 60_000 + "Disallow: /2\n"
SHUT_TO_AI = "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /1\n"

SITES = {
    "short": paper(**{"1": in_turn(status(429, **{"Retry-After": "1"}), article("Asked twice"))}),
    "long": paper(**{"0": status(429, **{"Retry-After": "7200"})}),
    "dated": paper(**{"0": status(503, **{"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"})}),
    "breaks": paper(20, **{str(n): hang_up() for n in range(20)}),
    "robots-503": paper(**{"robots.txt": status(500)}),
    "robots-403": paper(**{"robots.txt": status(403)}),
    "robots-moved": paper(**{"robots.txt": redirect("/rules"), "rules": "User-agent: *\nDisallow: /1\n"}),
    "robots-loop": paper(**{"robots.txt": redirect("/robots.txt")}),
    "robots-long": paper(**{"robots.txt": LONG_RULES}),
    "robots-ai": paper(**{"robots.txt": SHUT_TO_AI}),
    "crawl-delay": paper(3, **{"robots.txt": "User-agent: *\nCrawl-delay: 1\n"}),
    "healthy": paper(),
}


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """One ``tidings once`` over all of them."""
    url = server.create(template=template)
    with ExitStack() as stack:
        sites = {name: stack.enter_context(Site()) for name in SITES}
        for name, fill in SITES.items():
            fill(sites[name])
        config = configuration(
            tmp_path_factory.mktemp("config"), *(source(name, site) for name, site in sites.items())
        )
        _, runs, log = crawled(config, url)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            rows = connection.execute(
                "SELECT s.name, p.*, u.next_visit_at"
                "  FROM tidings.pages p JOIN tidings.sources s USING (source_id)"
                "  LEFT JOIN tidings.urls u USING (url_id)"
            ).fetchall()
            found = connection.execute("SELECT * FROM tidings.sources").fetchall()
        pages = {name: {} for name in SITES}
        for row in rows:
            pages[row["name"]][row["url"].rpartition("/")[2]] = row
        by_name = {row["name"]: row for row in found}
        yield SimpleNamespace(sites=sites, runs=runs, log=log, pages=pages, sources=by_name, url=url)
    server.drop(url)


@pytest.fixture(scope="module")
def later(visited, tmp_path_factory):
    """A second ``tidings once``: over the host that asked for hours, and others, by two workers with a policy."""
    with Site() as heeded, Site() as one, Site() as two, Site() as shared:
        paper(2, **{"robots.txt": SHUT_TO_AI})(heeded)
        paper(2)(one)
        paper(2)(two)
        feeds = {f"/{name}": site.pages["/feed"] for name, site in (("one", one), ("two", two))}
        shared.pages = feeds | {f"{path}-again": feed for path, feed in feeds.items()}
        sources = [
            source("long", visited.sites["long"]),
            source("heeded", heeded),
            source("one", one, feeds=[shared.url("/one"), shared.url("/one-again")]),
            source("two", two, feeds=[shared.url("/two"), shared.url("/two-again")]),
        ]
        crawl = {"delay": "1s", "workers": 2, "obey_opt_outs": ["ai_user_agents"]}
        config = configuration(tmp_path_factory.mktemp("config"), *sources, crawl=crawl)
        before = len(visited.sites["long"].requests)
        _, runs, _ = crawled(config, visited.url, *(each["name"] for each in sources))
        asked_again = visited.sites["long"].paths[before:]
    return SimpleNamespace(runs=runs, asked_again=asked_again, heeded=heeded, shared=shared)


def reasons(pages):
    return {path: row["reason"] for path, row in pages.items()}


def test_a_short_pause_is_sat_out(visited):
    """A page refused for a second is asked for again after it, in the same run."""
    assert set(reasons(visited.pages["short"]).values()) == {"new_text"}
    site = visited.sites["short"]
    asked = [time for path, time in zip(site.paths, site.times, strict=True) if path == "/1"]
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 1


def test_a_long_pause_is_left_to_a_later_run(visited):
    """After Retry-After of hours nothing more is asked; every page says why, and when it may be tried."""
    found = reasons(visited.pages["long"])
    assert found.pop("0") == "http_429"
    assert set(found.values()) == {"host_paused"}
    assert visited.sites["long"].paths == ["/robots.txt", "/feed", "/0"]
    now = datetime.now(UTC)
    assert all(row["next_visit_at"] > now + 1.9 * HOUR for row in visited.pages["long"].values())


def test_a_pause_puts_the_source_off(visited):
    """The source is due when the pause is over, a day at most; the others are due as they were."""
    now = datetime.now(UTC)
    assert visited.sources["long"]["due_at"] > now + 1.9 * HOUR
    assert 23 * HOUR < visited.sources["dated"]["due_at"] - now <= 24 * HOUR
    assert visited.sources["healthy"]["due_at"] < now + HOUR
    assert visited.sources["long"]["state"] == "enabled"


def test_a_host_that_keeps_failing_is_left_alone(visited):
    """After five failures in a row the other pages are not tried in vain, and are tried later."""
    found = list(reasons(visited.pages["breaks"]).values())
    assert found.count("connection") == 5
    assert found.count("host_down") == 15
    assert all(row["next_visit_at"] for row in visited.pages["breaks"].values())


def test_robots_that_cannot_be_had_allow_nothing(visited):
    """RFC 9309: 5xx means that we must assume complete disallow."""
    assert visited.runs["robots-503"]["reason"] == "robots_unreachable"
    assert visited.sites["robots-503"].paths == ["/robots.txt"]


@pytest.mark.parametrize("name", ["robots-403", "robots-loop"])
def test_robots_that_are_not_to_be_had_allow_everything(visited, name):
    """RFC 9309: 4xx, and redirects without end, mean that there are no rules."""
    assert set(reasons(visited.pages[name]).values()) == {"new_text"}


def test_robots_are_followed_where_they_moved(visited):
    """The rules behind a redirect are those of the host that was asked for."""
    found = reasons(visited.pages["robots-moved"])
    assert found.pop("1") == "robots_disallowed"
    assert set(found.values()) == {"new_text"}


def test_robots_are_read_up_to_500_kib(visited):
    """What a longer file says at its beginning holds, what it says behind the limit does not."""
    found = reasons(visited.pages["robots-long"])
    assert (found["1"], found["2"]) == ("robots_disallowed", "new_text")


def test_rules_against_ai_are_recorded(visited):
    """Where robots.txt shuts out a crawler for language models by name, each page says so."""
    assert visited.pages["robots-ai"]["2"]["opt_outs"] == ["ai_user_agents"]
    assert visited.pages["robots-moved"]["2"]["opt_outs"] == []


def test_a_crawl_delay_lengthens_ours(visited):
    """Between two requests lies what robots.txt asks for, though we would not wait at all."""
    gaps = [later - earlier for earlier, later in pairwise(visited.sites["crawl-delay"].times[1:])]
    assert len(gaps) == 3
    # The distance is kept when sending; the rest of a gap is the road.
    assert min(gaps) > 0.5


def test_the_others_notice_nothing(visited):
    """A healthy site is read whole, whatever its neighbours do."""
    assert (visited.runs["healthy"]["outcome"], visited.runs["healthy"]["num_new"]) == ("succeeded", 8)


def test_a_paused_host_is_not_asked_by_a_later_run(later):
    """What one process was told holds for the next: it asks for nothing, and says why."""
    assert (later.runs["long"]["outcome"], later.runs["long"]["reason"]) == ("failed", "host_paused")
    assert later.asked_again == []


def test_a_policy_may_heed_rules_against_ai(later):
    """With obey_opt_outs, what is shut to crawlers for language models is shut to us."""
    assert later.runs["heeded"]["reason"] == "robots_disallowed"
    assert later.heeded.paths == ["/robots.txt"]


def test_one_pace_for_all_workers(later):
    """Two sites whose feeds stand on a third host are visited at once, and that host is asked at its pace."""
    asked = zip(later.shared.paths, later.shared.times, strict=True)
    times = [time for path, time in asked if path != "/robots.txt"]
    assert {later.runs[name]["outcome"] for name in ("one", "two")} == {"succeeded"}
    assert len(times) == 4
    # The distance is kept when sending; the rest of a gap is the road.
    assert min(after - before for before, after in pairwise(sorted(times))) > 0.5
