"""From what documents list to what is visited: every link comes to one recorded end, now or later."""

from types import SimpleNamespace

import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss
from tests.support.sites import Site, status

NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
ROUNDS = 4
COUNTS = ("num_known", "num_new", "num_changed", "num_duplicate", "num_unchanged", "num_rejected", "num_failed")


def dated(*entries):
    """A news sitemap of URLs with their dates."""
    urls = "".join(
        f"<url><loc>{url}</loc><news:news><news:publication_date>{date}</news:publication_date></news:news></url>"
        for url, date in entries
    )
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='{NEWS}'>{urls}</urlset>"


@pytest.fixture(scope="module")
def rounds(server, template, tmp_path_factory):
    """Four visits to a site that lists more than a visit may fetch, of every age, and other sites' pages too."""
    url = server.create(template=template)
    with Site() as site:
        pages = {f"/{n:02}": article(f"Story {n}") for n in range(25)}
        archive = {f"/old/{n}": article(f"Old story {n}") for n in range(3)}
        entries = [(site.url(path), f"2026-03-{n + 1:02}") for n, path in enumerate(pages)]
        entries += [(site.url(path), "2001-01-01") for path in archive]
        site.pages = pages | archive | {"/missing": status(404), "/sitemap": dated(*entries)}
        elsewhere = ("http://elsewhere.example/story", "javascript:void(0)", site.url("/missing"))
        site.pages["/feed"] = rss(*elsewhere)
        source = {
            "name": "gazette",
            "url": site.url("/"),
            "feeds": [site.url("/feed")],
            "sitemaps": [site.url("/sitemap")],
            "max_pages": 10,
            "max_age": "3650d",
        }
        config = configuration(tmp_path_factory.mktemp("config"), source)
        runs, asked = [], []
        for _ in range(ROUNDS):
            before = len(site.paths)
            _, ended, _ = crawled(config, url, "gazette")
            runs.append(ended["gazette"])
            asked.append([path for path in site.paths[before:] if path in site.pages and path[1:3].isdigit()])
    with psycopg.connect(url, row_factory=dict_row) as connection:
        pages = connection.execute("SELECT * FROM tidings.pages ORDER BY page_id").fetchall()
        urls = connection.execute("SELECT * FROM tidings.urls").fetchall()
    yield SimpleNamespace(site=site, runs=runs, asked=asked, pages=pages, urls=urls)
    server.drop(url)


def test_the_newest_are_visited_first(rounds):
    """The budget goes to what is new; what is left over comes next time, the newest first, until all is had."""
    first, second, third, fourth = ({int(path[1:]) for path in asked} for asked in rounds.asked)
    assert first == set(range(16, 25))
    assert second == set(range(6, 16))
    assert third == set(range(6))
    assert fourth == set()


def test_what_is_over_the_budget_is_recorded(rounds):
    """Each with its reason, once, until it is visited."""
    reasons = [(page["url"], page["reason"]) for page in rounds.pages]
    for n in range(16):
        url = rounds.site.url(f"/{n:02}")
        assert [reason for of, reason in reasons if of == url] == ["over_budget", "new_text"]


def test_what_is_too_old_is_recorded(rounds):
    """A link that its sitemap dates before the source's max_age is not visited; its record says so, once."""
    old = [page for page in rounds.pages if "/old/" in page["url"]]
    assert [page["reason"] for page in old] == ["too_old"] * 3
    assert "2001-01-01" in old[0]["detail"]
    assert not [request for request in rounds.site.paths if "/old/" in request]


def test_links_to_other_sites_are_recorded(rounds):
    """Once, and without touching what that site's own source knows of the page."""
    (page,) = [page for page in rounds.pages if "elsewhere.example" in page["url"]]
    assert (page["outcome"], page["reason"], page["url_id"]) == ("rejected", "off_site", None)
    assert not [row for row in rounds.urls if "elsewhere.example" in row["url"]]


def test_every_link_is_accounted_for(rounds):
    """What a run counts as links is what it knew before and what came to an outcome: nothing vanishes between."""
    for run in rounds.runs:
        assert run["num_links"] == sum(run[name] for name in COUNTS), run
    assert rounds.runs[0]["num_links"] == 31


def test_every_url_has_one_outcome(rounds):
    """However often it was listed, and whatever became of it first."""
    found = {row["url"]: (row["outcome"], row["reason"]) for row in rounds.urls}
    assert len(found) == len(rounds.urls) == 30
    assert found[rounds.site.url("/missing")] == ("failed", "http_404")
    assert found["javascript:void(0)"] == ("rejected", "scheme_not_allowed")
    assert sum(reason == "new_text" for _, reason in found.values()) == 25


def test_a_run_that_is_taken_up_by_another_worker_asks_for_no_more(database_url, tmp_path):
    """What it has asked for already is dropped; the other asks for that again, and for the rest alone."""
    paths = [f"/{n:02}" for n in range(30)]

    async def first(_request: web.Request) -> web.Response:
        with psycopg.connect(database_url, autocommit=True) as connection:  # as the start of another attempt does
            connection.execute("UPDATE tidings.runs SET attempt = 2 WHERE attempt = 1")
        return web.Response(text=article("The first story"), content_type="text/html")

    with Site({path: article(f"Story {path}") for path in paths}) as site:
        site.pages |= {"/00": first, "/feed": rss(*map(site.url, paths))}
        source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "delay": "0.3s"}
        _, ended, log = crawled(configuration(tmp_path, source), database_url, "gazette")
        asked = [path for path in site.paths if path in paths]
    assert (ended["gazette"]["outcome"], ended["gazette"]["num_new"]) == ("succeeded", len(paths))
    assert "run.superseded" in {line["event"] for line in log}
    assert len(asked) < 1.5 * len(paths)
