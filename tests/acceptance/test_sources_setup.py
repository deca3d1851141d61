"""``tidings sources add`` and ``test``: a site is looked at before it is watched."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from aiohttp import web

from sql.database import connect
from tests.support.cli import configuration, environment, eventually, out, tidings, told
from tests.support.newsrooms import dated_rss, front, home, news_sitemap, newsroom
from tests.support.pages import article, sitemap
from tests.support.sites import Site, held, status

STORED = ("sources", "runs", "pages", "articles", "documents", "polls", "hosts")


@pytest.fixture
def site():
    """A site with nothing on it yet."""
    with Site() as opened:
        yield opened


@pytest.fixture
def say(database_url, tmp_path):
    """Runs ``tidings sources`` on the test's database, with leave to fetch from loopback."""
    configuration(tmp_path)

    def run(*arguments):
        return tidings("sources", *arguments, cwd=tmp_path, TIDINGS_DATABASE_URL=database_url)

    return run


def candidate(found, url):
    (one,) = [candidate for candidate in found["candidates"] if candidate["url"] == url]
    return one


def unannounced(site):
    """A site that announces no feed, and has one where feeds usually are."""
    site.pages |= {"/": home(), "/rss.xml": dated_rss(newsroom(site))}


def indexed(site):
    """Only robots.txt knows its sitemaps."""
    site.pages |= {
        "/": home(),
        "/robots.txt": f"Sitemap: {site.url('/index.xml')}\n",
        "/index.xml": "<?xml version='1.0'?><sitemapindex>"
        f"<sitemap><loc>{site.url('/old-1.xml')}</loc></sitemap>"
        f"<sitemap><loc>{site.url('/news.xml')}</loc></sitemap></sitemapindex>",
        "/news.xml": news_sitemap(newsroom(site)),
        "/old-1.xml": sitemap(site.url("/news/0"), site.url("/about")),
    }


def fallen_silent(site):
    """Its feed has nothing new for a year, its sitemap has."""
    urls = newsroom(site)
    site.pages |= {
        "/": home("/feed"),
        "/feed": dated_rss([site.url("/news/old"), urls[3]], age=timedelta(days=400)),
        "/robots.txt": f"Sitemap: {site.url('/news.xml')}\n",
        "/news.xml": news_sitemap(urls),
    }


def bare(site):
    """It has neither feed nor sitemap."""
    site.pages["/"] = front(newsroom(site))


def ordinary(site):
    """It announces its feed."""
    site.pages |= {"/": home("/feed"), "/feed": dated_rss(newsroom(site))}


def sectioned(site):
    """It has a feed of each section."""
    urls = newsroom(site, num=6)
    site.pages |= {
        "/": home("/all", "/sport", "/harbour"),
        "/all": dated_rss(urls[:4]),
        "/sport": dated_rss(urls[:2]),
        "/harbour": dated_rss(urls[4:]),
    }


def elsewhere(site):
    """Its feed leads to another host."""
    newsroom(site)
    feed = dated_rss([site.url(f"/news/{number}", host="localhost") for number in range(4)])
    site.pages |= {"/": home("/feed"), "/feed": feed}


LOOKED_AT = {
    unannounced: ["/"],
    indexed: ["/"],
    fallen_silent: ["/"],
    bare: ["/"],
    ordinary: ["/news/2", "/gone/long/ago", "/feed"],
    sectioned: ["/"],
    elsewhere: ["/", "/feed"],
}


@dataclass(frozen=True)
class Looks:
    """What ``--json`` would show, by the URL that was given or the name of the source that was tried."""

    sites: dict
    found: dict

    def at(self, prepared, asked="/"):
        """The site, and what is found when this path of it is given, or the source of this name tried."""
        site = self.sites[prepared]
        found = self.found[site.url(asked) if asked.startswith("/") else asked]
        assert "source" in found, found
        return site, found


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    """All sites are looked at in one child process."""
    with ExitStack() as stack:
        sites = {prepare: stack.enter_context(Site()) for prepare in LOOKED_AT}
        for prepare, site in sites.items():
            prepare(site)
        filed = {"name": "filed", "url": sites[bare].url("/"), "listings": [sites[bare].url("/")]}
        ports = {"allow_ports": [site.port for site in sites.values()]}
        config = configuration(tmp_path_factory.mktemp("looks"), filed, crawl=ports)
        urls = [sites[prepare].url(path) for prepare, paths in LOOKED_AT.items() for path in paths]
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as child:
            found = child.submit(look_at, config, urls).result(300)
        yield Looks(sites, found)


def look_at(config, urls):
    """Look for what lists the articles of these URLs, and try the configured sources: all by the one fetcher."""
    from crawler.configuration import load
    from crawler.fetch import run_with_fetcher
    from crawler.probe import probe, probe_source
    from scheduler.cli.probe import as_object
    from scheduler.definition import name_of, read_source

    configuration = load(config, {})
    asked = [*urls, *(source.name for source in configuration.source)]

    async def conduct(fetcher):
        looked_for = [probe(fetcher, url) for url in urls]
        tried = [probe_source(fetcher, source) for source in configuration.source]
        return await asyncio.gather(*looked_for, *tried, return_exceptions=True)

    def shown(found):
        if isinstance(found, BaseException):
            return {"error": repr(found)}
        return as_object(read_source({"name": name_of(found.url), **found.definition}), found)

    return dict(zip(asked, map(shown, run_with_fetcher(configuration, conduct)), strict=True))


def test_a_feed_on_the_home_page_is_found_tried_and_written(site, say):
    """The table, the samples, robots.txt, the expectation, the source; and then it is watched."""
    urls = newsroom(site)
    site.pages |= {
        "/": home("/feed"),
        "/feed": dated_rss(urls),
        "/robots.txt": "User-agent: GPTBot\nDisallow: /\n",
    }
    text = out(say("add", site.url("/"), "--name", "gazette", "--every", "30m"))
    assert "the fullest and freshest" in text
    assert "Ferry returns after eleven weeks in dry dock" in text
    assert "Ada Merrow" in text
    assert "robots.txt: allows tidings; asks for no delay; shuts out GPTBot" in text
    assert "a day: 48 visits with 1 request each" in text
    assert text.splitlines()[-1] == "added gazette: due now, and then every 30m"
    (row,) = json.loads(out(say("list", "--json")))
    assert row["definition"] == {
        "name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "every": "30m",
    }  # fmt: skip


def test_a_feed_at_a_usual_place_is_found(looks):
    """A site that announces no feed is asked where feeds usually are."""
    site, found = looks.at(unannounced)
    assert (found["trouble"], found["source"]["feeds"]) == (None, [site.url("/rss.xml")])
    assert candidate(found, site.url("/rss.xml"))["origin"] == "usual_place"


def test_a_sitemap_that_only_robots_txt_knows_is_found(looks):
    """robots.txt lists an index; the news sitemap in it is taken for itself."""
    site, found = looks.at(indexed)
    assert (found["trouble"], found["source"]["sitemaps"]) == (None, [site.url("/news.xml")])
    assert not candidate(found, site.url("/index.xml"))["is_chosen"]


def test_a_stale_feed_is_left_for_a_fresh_sitemap(looks):
    """A feed that fell silent is named as such, and the news sitemap is watched."""
    site, found = looks.at(fallen_silent)
    assert found["trouble"] is None
    assert "feeds" not in found["source"]
    assert found["source"]["sitemaps"] == [site.url("/news.xml")]
    assert candidate(found, site.url("/feed"))["verdict"].startswith("stale: nothing new since")
    assert found["requests_per_day"]["pages"] == pytest.approx(24, rel=0.1)


def test_of_a_site_with_neither_the_home_page_is_read(looks):
    """Without feed and sitemap, the home page is the listing."""
    site, found = looks.at(bare)
    assert found["trouble"] is None
    assert found["source"]["listings"] == [site.url("/")]
    assert found["num_articles"] == 4
    assert found["requests_per_day"]["pages"] is None


@pytest.mark.parametrize("path", LOOKED_AT[ordinary])
def test_any_page_of_a_site_will_do(looks, path):
    """An article's own URL, one that is gone, and the feed itself all lead to the site's feed."""
    site, found = looks.at(ordinary, path)
    assert found["trouble"] is None
    assert (found["source"]["url"], found["source"]["feeds"]) == (site.url("/"), [site.url("/feed")])


def test_a_further_feed_is_taken_for_what_the_first_lacks(looks):
    """Of two further feeds, the one with articles of its own is taken, and the one that repeats is not."""
    site, found = looks.at(sectioned)
    assert set(found["source"]["feeds"]) == {site.url("/all"), site.url("/harbour")}
    sport = candidate(found, site.url("/sport"))
    assert sport["verdict"] == "all of its links of that time are in the above"
    assert sport["overlaps"] == {site.url("/all"): 1.0, site.url("/harbour"): 0.0}


def test_a_site_that_does_not_answer_is_added_as_it_is_written(site, say):
    """A site that is down is no reason to type the command again: the warning says that nobody looked."""
    site.pages["/robots.txt"] = status(503)
    done = say("add", site.url("/"), "--name", "gazette")
    assert out(done) == "added gazette: due now, and then every 15m\n"
    assert "could not be looked at: robots_unreachable" in done.stderr.decode()
    assert "robots_unreachable" in told(say("test", "gazette"), 1)
    assert "robots_unreachable" in told(say("add", site.url("/"), "--name", "other", "--dry-run"), 1)


def test_a_site_that_forbids_it_is_not_added(site, say):
    """robots.txt is obeyed by the look, too; nothing but robots.txt is asked for."""
    site.pages |= {"/": home("/feed"), "/robots.txt": "User-agent: *\nDisallow: /\n"}
    assert "robots_disallowed" in told(say("add", site.url("/")), 1)
    assert set(site.paths) == {"/robots.txt"}
    assert json.loads(out(say("list", "--json"))) == []


def test_a_private_address_is_refused(site, say, tmp_path):
    """What a run may not fetch, a look may not: loopback without leave."""
    (tmp_path / "tidings.toml").write_text("")
    assert "private_address" in told(say("add", site.url("/")), 1)
    assert site.requests == []


def test_a_site_without_articles_is_added_only_with_yes(site, say):
    """Where no page gives an article the reasons are counted, and --yes adds it all the same."""
    urls = newsroom(site)
    site.pages |= {"/": home("/feed"), "/feed": dated_rss(urls)}
    site.pages |= {f"/news/{number}": "<html><body><h1>Pictures</h1></body></html>" for number in range(4)}
    done = say("add", site.url("/"), "--name", "gazette")
    assert done.returncode == 1
    assert "none of 4 pages gave an article (" in done.stderr.decode()
    assert json.loads(out(say("list", "--json"))) == []
    assert out(say("add", site.url("/"), "--name", "gazette", "--yes")).endswith("every 15m\n")


def test_what_is_added_without_a_look_asks_nothing(site, say):
    """With --no-probe, or with feeds that are named, the site is left alone."""
    out(say("add", site.url("/"), "--name", "a", "--no-probe"))
    out(say("add", site.url("/"), "--name", "b", "--feed", site.url("/feed")))
    assert site.requests == []


def test_articles_on_another_host_are_the_sources_own(looks):
    """A feed most of whose links lead to another site makes that one the source's, too; given itself, the home."""
    site, found = looks.at(elsewhere)
    assert (found["trouble"], found["num_articles"]) == (None, 4)
    assert found["source"]["hosts"] == [f"localhost:{site.port}"]
    _, found = looks.at(elsewhere, "/feed")
    assert found["source"]["url"] == site.url("/", host="localhost")
    assert found["source"]["feeds"] == [site.url("/feed")]


def test_who_stops_the_look_adds_nothing(site, say, database_url, tmp_path):
    """Ctrl-C is no sign of a host that does not answer."""
    site.pages["/"] = held(threading.Event())
    configuration(tmp_path, crawl={"timeout": "2m"})
    command = [sys.executable, "-c", "from scheduler.cli import main; main()", "sources", "add", site.url("/")]
    settings = environment(TIDINGS_DATABASE_URL=database_url)
    with subprocess.Popen(command, cwd=tmp_path, env=settings, stderr=subprocess.PIPE) as stopped:
        eventually(lambda: "/" in site.paths)
        stopped.send_signal(signal.SIGINT)
        _, told_so = stopped.communicate(timeout=120)
    assert stopped.returncode == 1
    assert b"stopped before the page came" in told_so
    assert json.loads(out(say("list", "--json"))) == []


def test_a_source_is_tried_without_a_trace(site, say, database_url):
    """`sources test` shows samples, and leaves every table as it was."""
    site.pages |= {"/": home("/feed"), "/feed": dated_rss(newsroom(site))}
    out(say("add", site.url("/"), "--name", "gazette", "--feed", site.url("/feed")))
    before = counts(database_url)
    found = json.loads(out(say("test", "gazette", "--json")))
    assert counts(database_url) == before
    assert found["num_articles"] == 4
    assert found["samples"][0]["article"]["headline"].startswith("Ferry returns")


def test_a_source_without_articles_is_told_why(site, say):
    """Exit code 1 when its feed is gone, though the site has another, which is shown."""
    site.pages |= {"/": home("/new-feed"), "/new-feed": dated_rss(newsroom(site))}
    out(say("add", site.url("/"), "--name", "gazette", "--feed", site.url("/feed")))
    done = say("test", "gazette", "--json")
    assert done.returncode == 1
    assert "http_404" in done.stderr.decode()
    assert candidate(json.loads(done.stdout), site.url("/new-feed"))["verdict"].startswith("not configured")


@pytest.fixture(scope="module")
def filed(server, template, tmp_path_factory):
    """A source of the configuration file alone has been tried, on a site that asks for a log-in."""
    seen, folder, database = [], tmp_path_factory.mktemp("filed"), server.create(template=template)

    async def guarded(request):
        seen.append(request.headers.get("Authorization"))
        return web.Response(text=dated_rss([site.url("/1")]), content_type="text/xml")

    with Site({"/feed": guarded, "/1": article("One")}) as site:
        source = {"name": "filed", "url": site.url("/"), "feeds": [site.url("/feed")]}
        configuration(folder, source | {"bearer_token": "env:TOKEN_OF_PAPER"})
        environ = {"TIDINGS_DATABASE_URL": database, "TOKEN_OF_PAPER": "sesame-of-the-paper"}
        done = tidings("sources", "test", "filed", cwd=folder, **environ)
        yield SimpleNamespace(done=done, seen=set(seen), folder=folder, database=database)
    server.drop(database)


def test_a_source_is_tried_with_its_own_log_in(filed):
    """What its runs are let in with, a look is; a secret that is not there is told by its key."""
    out(filed.done)
    assert filed.seen == {"Bearer sesame-of-the-paper"}
    missing = told(tidings("sources", "test", "filed", cwd=filed.folder), 1)
    assert "filed: bearer_token: the environment variable TOKEN_OF_PAPER is not set" in missing


def test_a_listing_that_is_configured_is_tried_as_such(looks):
    """Also where it is the home page, which a look takes up anyway."""
    site, found = looks.at(bare, "filed")
    assert found["trouble"] is None
    assert candidate(found, site.url("/"))["origin"] == "configured"
    assert found["num_articles"] == 4


def test_a_source_of_the_configuration_file_is_tried_before_it_is_in_the_database(filed):
    """What the file says counts; a name that nobody knows is told."""
    assert "One" in out(filed.done)
    unknown = tidings("sources", "test", "nobody", cwd=filed.folder, TIDINGS_DATABASE_URL=filed.database)
    assert "no source is named 'nobody'" in told(unknown, 2)


def test_the_pace_is_kept_while_looking(site, say, tmp_path):
    """Requests to one host are as far apart as a run's: together they cannot have taken less time than that.

    A dry run says what it would add, and adds nothing.
    """
    configuration(tmp_path, crawl={"delay": "200ms"})
    site.pages |= {"/": home("/feed"), "/feed": dated_rss(newsroom(site)), "/sitemap.xml": news_sitemap([])}
    found = json.loads(out(say("add", site.url("/"), "--dry-run", "--json", "--samples", "2")))
    assert site.times[-1] - site.times[0] > 0.2 * (len(site.times) - 2)
    assert (found["added"], found["source"]["feeds"]) == (False, [site.url("/feed")])
    assert (found["trouble"], found["num_articles"]) == (None, 2)
    assert json.loads(out(say("list", "--json"))) == []


def counts(database_url):
    with connect(database_url) as connection:
        return {
            table: connection.execute(f"SELECT count(*) AS n FROM tidings.{table}").fetchone()["n"]
            for table in STORED
        }
