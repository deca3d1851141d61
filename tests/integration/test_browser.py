"""Pages that their scripts write, rendered by the system's Chromium."""

import asyncio
import os
import shutil
import signal
from contextlib import ExitStack
from types import SimpleNamespace

import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from tests.support.cli import configuration, crawled, events, eventually, running
from tests.support.pages import WORDS, rss
from tests.support.processes import children, naming
from tests.support.sites import Site, raw, redirect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

# Data are fetched, and made into an article.
SHELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Gazette</title></head><body>
<div id="app"></div><img src="/photo.png"><link rel="stylesheet" href="/style.css"><script src="/app.js"></script>
</body></html>"""
APP = """
const json = await (await fetch("/api" + location.pathname)).json();
const article = document.createElement("article");
article.innerHTML = `<h1>${json.headline}</h1><p>${json.text}</p><p>${json.text}</p>`;
document.title = json.headline + " | Gazette";
document.getElementById("app").append(article);
"""
SCRIPT = f"(async () => {{{APP}}})();"


def story(name):
    """What the server knows of an article."""

    async def answer(_request):
        return web.json_response({"headline": f"Bridge of {name} to be repaired", "text": f"{name}. {WORDS}"})

    return answer


def prowler(targets):
    """A page whose script asks for what is not for it, in every way that there is, and then writes its article."""
    calls = "".join(
        f"""
        await fetch("{url}/fetch", {{mode: "no-cors"}}).catch(() => 0);
        try {{ new WebSocket("{url.replace("http", "ws")}/socket") }} catch {{}}
        try {{ new EventSource("{url}/events") }} catch {{}}
        try {{ window.open("{url}/popup") }} catch {{}}
        navigator.sendBeacon("{url}/beacon");
        document.body.append(Object.assign(document.createElement("iframe"), {{src: "{url}/frame"}}));
        document.body.append(Object.assign(new Image(), {{src: "{url}/image"}}));
        document.body.append(Object.assign(document.createElement("script"), {{src: "{url}/script"}}));
        """
        for url in targets
    )
    leave = f'location.href = "{targets[0]}/left";'
    return SHELL.replace(
        '<script src="/app.js"></script>', f"<script>(async () => {{{calls}{APP}{leave}}})();</script>"
    )


async def never(_request):
    await asyncio.sleep(3600)
    return web.Response()


HANGS = SHELL.replace("/app.js", "/never.js")
SPINS = SHELL.replace('<script src="/app.js"></script>', "<script>while (true) {}</script>")
GROWS = SHELL.replace(
    '<script src="/app.js"></script>', "<script>document.body.append('word '.repeat(60000))</script>"
)
POLLS = SHELL.replace("</body>", "<script>setInterval(() => fetch('/api/poll'), 100)</script></body>")


def paper(site, other):
    """A paper whose pages are shells; ``other`` is a server on a port that is not allowed."""
    site.pages = {
        "/feed": rss(*(site.url(f"/{name}") for name in ("north", "prowler", "hangs", "spins", "grows", "polls"))),
        "/app.js": raw(SCRIPT.encode(), **{"Content-Type": "text/javascript"}),
        "/never.js": never,
        "/north": SHELL,
        # Another port of this address; another address, by name, by number, and by a redirect of our own.
        "/prowler": prowler(
            [other.url(""), f"http://localhost:{other.port}", f"http://127.0.0.2:{site.port}", site.url("/away")]
        ),
        "/away/fetch": redirect(other.url("/redirected")),
        "/away/script": redirect("http://127.0.0.2/redirected"),
        "/hangs": HANGS,
        "/spins": SPINS,
        "/grows": GROWS,
        "/polls": POLLS,
        **{f"/api/{name}": story(name) for name in ("north", "prowler", "polls")},
    }


def chromiums():
    """The numbers of the browsers that run for tests."""
    return naming("playwright_chromiumdev_profile")


@pytest.fixture(scope="module")
def visited(server, template, tmp_path_factory):
    """The same paper twice, with and without ``javascript``."""
    url = server.create(template=template)
    with ExitStack() as stack:
        other = stack.enter_context(Site({"/fetch": "not for you"}))
        sites = {name: stack.enter_context(Site()) for name in ("plain", "rendered")}
        for site in sites.values():
            paper(site, other)
        sources = [
            {"name": name, "url": site.url("/"), "feeds": [site.url("/feed")], "javascript": name == "rendered"}
            for name, site in sites.items()
        ]
        crawl = {"timeout": "10s", "max_page_bytes": 200_000}
        config = configuration(tmp_path_factory.mktemp("config"), *sources, crawl=crawl, log={"level": "debug"})
        _, runs, log = crawled(config, url)
        with psycopg.connect(url, row_factory=dict_row) as connection:
            rows = connection.execute(
                "SELECT s.name, p.* FROM tidings.pages p JOIN tidings.sources s USING (source_id)"
            ).fetchall()
            articles = connection.execute("SELECT headline, article_body FROM tidings.articles").fetchall()
        pages = {name: {} for name in sites}
        for row in rows:
            pages[row["name"]][row["url"].rpartition("/")[2]] = row
        yield SimpleNamespace(sites=sites, other=other, runs=runs, log=log, pages=pages, articles=articles)
    server.drop(url)


@needs_chromium
def test_a_page_that_its_script_writes_is_stored(visited):
    """What is an empty shell without ``javascript`` is an article with it."""
    assert visited.pages["plain"]["north"]["reason"] in {"not_article", "too_short"}
    assert visited.pages["rendered"]["north"]["reason"] == "new_text"
    assert "Bridge of north to be repaired" in {row["headline"] for row in visited.articles}


@needs_chromium
def test_pages_that_poll_are_taken_as_they_are(visited):
    """A page that asks for data for ever is read once it has loaded."""
    assert visited.pages["rendered"]["polls"]["reason"] == "new_text"


@needs_chromium
def test_pictures_and_styles_are_not_fetched(visited):
    """Nobody looks at the page: of what it asks for, only scripts and data are fetched."""
    paths = set(visited.sites["rendered"].paths)
    assert "/api/north" in paths
    assert not paths & {"/photo.png", "/style.css", "/favicon.ico"}


@needs_chromium
def test_a_script_is_fetched_once_a_run(visited):
    """Pages are made by the same scripts, and the browser is made to forget them."""
    assert visited.sites["rendered"].paths.count("/app.js") == 1


@needs_chromium
def test_a_script_reaches_nothing_that_is_not_allowed(visited):
    """No request of a page gets to another port, a private address or a WebSocket; the page is read."""
    assert visited.pages["rendered"]["prowler"]["reason"] == "new_text"
    assert visited.other.paths == []
    refused = {line["url"]: line["reason"] for line in visited.log if line["event"] == "request.refused"}
    site, other = visited.sites["rendered"], visited.other
    assert refused[other.url("/fetch")] == "port_not_allowed"
    assert refused[site.url("/away/fetch")] == "port_not_allowed"
    assert refused[f"http://127.0.0.2:{site.port}/fetch"] == "private_address"
    assert refused[site.url("/away/script")] == "private_address"


@needs_chromium
@pytest.mark.parametrize(("page", "reason"), [("hangs", "timeout"), ("spins", "timeout"), ("grows", "too_large")])
def test_a_page_without_end_comes_to_one(visited, page, reason):
    """A script that never loads, one that never ends, and one that writes without measure cost one page each."""
    assert visited.pages["rendered"][page]["reason"] == reason


@needs_chromium
def test_no_browser_is_left_behind(visited):
    """With the run ends the browser."""
    assert visited.runs["rendered"]["outcome"] == "succeeded"
    eventually(lambda: not chromiums())


@pytest.fixture
def loading(server, template, tmp_path):
    """``tidings once`` in the midst of a page that never ends; its process, its worker and its browsers."""
    url = server.create(template=template)
    with Site() as site:
        paper(site, site)
        site.pages["/feed"] = rss(site.url("/spins"), site.url("/north"))
        source = {"name": "a", "url": site.url("/"), "feeds": [site.url("/feed")], "javascript": True}
        config = configuration(tmp_path, source, crawl={"timeout": "20s"})
        others = chromiums()
        settings = {"TIDINGS_DATABASE_URL": url}
        with running("once", "--config", str(config), log=tmp_path / "log", **settings) as process:
            # A renderer is there when there is a page.
            eventually(lambda: naming("--type=renderer") & chromiums() - others)
            (worker,) = set(children(process.pid)) & naming("scheduler.workers")
            browsers = chromiums() - others
            yield SimpleNamespace(process=process, worker=worker, browsers=browsers, log=tmp_path / "log")
    server.drop(url)


@needs_chromium
def test_the_browser_ends_with_a_worker_that_is_told_to(loading):
    """SIGTERM in the midst of a page leaves no browser."""
    loading.process.send_signal(signal.SIGTERM)
    loading.process.wait(120)
    eventually(lambda: not loading.browsers & chromiums())


@needs_chromium
def test_the_browser_ends_with_a_worker_that_is_killed(loading):
    """A worker that cannot clean up after itself leaves no browser either."""
    os.kill(loading.worker, signal.SIGKILL)
    eventually(lambda: not loading.browsers & chromiums())


@needs_chromium
def test_a_browser_that_dies_is_replaced(loading):
    """It costs no more than the page in whose midst it was killed."""
    (browser,) = loading.browsers - naming("--type=")
    os.kill(browser, signal.SIGKILL)
    loading.process.wait(120)
    pages = [line for line in events(loading.log.read_text()) if line["event"] == "page.finished"]
    assert {line["url"].rpartition("/")[2]: line["outcome"] for line in pages} == {
        "spins": "failed",
        "north": "new",
    }


def test_a_run_without_a_browser_says_so(database_url, tmp_path):
    """The source fails with a reason of its own, and the log says how to mend it; nothing is asked for in vain."""
    with Site() as site:
        paper(site, site)
        source = {"name": "a", "url": site.url("/"), "feeds": [site.url("/feed")], "javascript": True}
        config = configuration(tmp_path, source, crawl={"browser": "/nowhere/chromium"})
        code, runs, log = crawled(config, database_url)
        assert site.paths == []
    assert (code, runs["a"]["outcome"], runs["a"]["reason"]) == (1, "failed", "browser_missing")
    (line,) = (line for line in log if line["event"] == "run.refused")
    assert "/nowhere/chromium is not a program" in line["error"]


def test_a_browser_that_does_not_start_is_told(database_url, tmp_path):
    """It is the run that fails, not the source's pages; they are tried again."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no usable sandbox >&2; exit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    with Site() as site:
        site.pages = {"/feed": rss(site.url("/north")), "/north": SHELL}
        source = {"name": "a", "url": site.url("/"), "feeds": [site.url("/feed")], "javascript": True}
        config = configuration(tmp_path, source, crawl={"browser": str(broken), "timeout": "30s"})
        _, runs, log = crawled(config, database_url)
    assert (runs["a"]["outcome"], runs["a"]["reason"]) == ("failed", "browser_missing")
    (page,) = (line for line in log if line["event"] == "page.finished")
    assert (page["outcome"], page["reason"]) == ("failed", "extraction_error")
    assert "no usable sandbox" in page["detail"]
