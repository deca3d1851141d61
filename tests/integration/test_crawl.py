"""One visit to a site on which everything goes wrong once: each page costs itself alone, and says why."""

import gzip
import ssl
import subprocess
from importlib.metadata import version
from threading import Event
from types import SimpleNamespace

import psycopg
import pytest
from psycopg.rows import dict_row

from crawler.outcomes import NEVER_FETCHED
from tests.support.cli import configuration, crawled
from tests.support.pages import article, rss, sitemap
from tests.support.sites import Site, cut_short, held, raw, redirect, status

BOMB = gzip.compress(b"<html>" + b"0" * 3_000_000, 9)


def pages_of(site):
    return {
        "/robots.txt": "User-agent: *\nDisallow: /private/\n",
        "/good": article("Bridge repairs on time"),
        "/copy": article("Bridge repairs on time"),
        "/nul": article("A headline with a \x00 byte"),
        "/long-headline": article("Long " * 1000),
        "/moved": redirect("/arrived"),
        "/arrived": article("The market moves to the harbour"),
        "/private/page": article("Not for robots"),
        "/missing": status(404),
        "/gone": status(410),
        "/forbidden": status(403),
        "/teapot": status(418),
        "/broken": status(500),
        "/busy": status(503),
        "/loop": redirect("/loop"),
        "/to-private": redirect(f"http://127.0.0.2:{site.port}/good"),
        "/large": article("Large", "x" * 400_000),
        "/bomb": raw(BOMB, **{"Content-Encoding": "gzip", "Content-Type": "text/html"}),
        "/slow": held(Event()),
        "/cut": cut_short(article("Cut short").encode()),
        "/paper.pdf": raw(b"%PDF-1.7 ...", **{"Content-Type": "application/pdf"}),
        "/gallery": "<html><title>Pictures</title><body><h1>Pictures</h1><p>Ten of them.</p></body></html>",
        "/empty": "",
    }


def odd_links(port):
    return {
        "private": f"http://127.0.0.2:{port}/",
        "decimal": f"http://2130706434:{port}/",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "ipv6": "http://[::1]/",
        "mapped": "http://[::ffff:127.0.0.2]/",
        "port": "http://127.0.0.1:1/",
        "scheme": "ftp://127.0.0.1/file",
        "dns": "http://nobody.invalid/",
        "invalid": "http://nobody..example/",
        "elsewhere": "http://elsewhere.example/story",
        "long": f"http://127.0.0.1:{port}/" + "a" * 2000,
    }


@pytest.fixture(scope="module")
def module_database(server, template):
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody has signed."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout key.pem -out cert.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.fixture(scope="module")
def visit(module_database, certificate, tmp_path_factory):
    """One ``tidings once`` over the site: what was asked for, what was logged, what was stored."""
    with Site() as site, Site({"/": article("Signed by nobody")}, ssl_context=certificate) as unsigned:
        site.pages = pages_of(site)
        odd = odd_links(site.port) | {"tls": unsigned.url("/")}
        listed = [site.url(path) for path in site.pages if path not in {"/robots.txt", "/arrived"}]
        half = len(listed) // 2
        site.pages["/feed"] = rss(*listed[:half], *odd.values())
        site.pages["/sitemap"] = sitemap(*listed[half:], listed[0])
        source = {
            "name": "gazette",
            "url": site.url("/"),
            "feeds": [site.url("/feed")],
            "sitemaps": [site.url("/sitemap")],
            "hosts": ["nobody.invalid", "nobody..example"],
        }
        crawl = {"timeout": "5s", "max_page_bytes": 300_000, "allow_ports": [80, 443, unsigned.port]}
        config = configuration(tmp_path_factory.mktemp("config"), source, crawl=crawl)
        code, runs, log = crawled(config, module_database)
        again = SimpleNamespace(requests=len(site.requests))
        again.code, again.runs, again.log = crawled(config, module_database, "gazette")
        again.paths = site.paths[again.requests :]
        with psycopg.connect(module_database, row_factory=dict_row) as connection:
            pages = connection.execute("SELECT * FROM tidings.pages ORDER BY page_id").fetchall()
            copies = connection.execute("SELECT * FROM tidings.copies").fetchall()
        yield SimpleNamespace(
            site=site, odd=odd, code=code, run=runs["gazette"], log=log, again=again, pages=pages, copies=copies
        )


def page(visit, path):
    url = visit.odd.get(path) or visit.site.url(path)
    (row,) = [row for row in visit.pages if row["url"] == url]
    return row


@pytest.mark.parametrize(
    ("path", "outcome", "reason"),
    [
        ("/good", "new", "new_text"),
        ("/copy", "duplicate", "known_text"),
        ("/nul", "new", "new_text"),
        ("/long-headline", "new", "new_text"),
        ("/moved", "new", "new_text"),
        ("/private/page", "rejected", "robots_disallowed"),
        ("/missing", "failed", "http_404"),
        ("/gone", "rejected", "http_410"),
        ("/forbidden", "failed", "http_403"),
        ("/teapot", "failed", "http_4xx"),
        ("/broken", "failed", "http_5xx"),
        ("/busy", "failed", "http_503"),
        ("/loop", "rejected", "redirect_loop"),
        ("/to-private", "rejected", "private_address"),
        ("/large", "rejected", "too_large"),
        ("/bomb", "rejected", "too_large"),
        ("/slow", "failed", "timeout"),
        ("/cut", "failed", "truncated"),
        ("/paper.pdf", "rejected", "not_html"),
        ("/gallery", "rejected", "not_article"),
        ("/empty", "rejected", "not_html"),
        ("private", "rejected", "private_address"),
        ("decimal", "rejected", "private_address"),
        ("metadata", "rejected", "private_address"),
        ("ipv6", "rejected", "private_address"),
        ("mapped", "rejected", "private_address"),
        ("port", "rejected", "port_not_allowed"),
        ("scheme", "rejected", "scheme_not_allowed"),
        ("dns", "failed", "dns"),
        ("invalid", "failed", "dns"),
        ("long", "rejected", "url_too_long"),
        ("elsewhere", "rejected", "off_site"),
        ("tls", "failed", "tls"),
    ],
)
def test_each_page_ends_in_its_outcome(visit, path, outcome, reason):
    """Every listed URL has one row with one outcome and the reason that is its own."""
    row = page(visit, path)
    assert (row["outcome"], row["reason"]) == (outcome, reason), row["detail"]


def test_the_run_counts_every_page(visit):
    """The counts of the run add up to its rows, and a listed URL counts once."""
    run = visit.run
    outcomes = ("new", "changed", "duplicate", "unchanged", "rejected", "failed")
    assert run["outcome"] == "succeeded"
    assert (
        sum(run[f"num_{outcome}"] for outcome in outcomes)
        == run["num_links"]
        == len({p["url"] for p in visit.pages})
    )
    assert run["num_fetched"] == len([p for p in visit.pages if p["reason"] not in NEVER_FETCHED])


def test_each_page_is_one_line_of_the_log(visit):
    """Visited URLs are page.finished, never fetched ones link.rejected, each once, with the run's context."""
    lines = [line for line in visit.log if line["event"] in {"page.finished", "link.rejected"}]
    assert sorted(line["url"][:500] for line in lines) == sorted({row["url"][:500] for row in visit.pages})
    assert {(line["source"], line["run_id"]) for line in lines} == {("gazette", visit.run["run_id"])}
    rejected = {line["reason"] for line in lines if line["event"] == "link.rejected"}
    assert rejected == {
        "robots_disallowed", "private_address", "port_not_allowed", "scheme_not_allowed", "url_too_long",
        "off_site",
    }  # fmt: skip


def test_every_line_of_a_run_says_which(visit):
    """From run.started to run.finished every line has source and run_id, a library's too."""
    about_processes = {
        "migration.applied", "partition.created", "sources.reconciled", "worker.started", "worker.stopped",
    }  # fmt: skip
    for line in visit.log:
        if line["event"] not in about_processes:
            assert line["source"] == "gazette", line
            assert line["run_id"], line


def test_a_worker_says_its_version(visit):
    """By which an upgrade is seen in the log."""
    (started,) = [line for line in visit.log if line["event"] == "worker.started"]
    assert started["version"] == version("tidings")


def test_what_may_not_be_fetched_is_not_asked_for(visit):
    """Neither what robots.txt disallows, nor anything on an address or port that is not allowed."""
    assert "/private/page" not in visit.site.paths
    assert visit.site.paths[0] == "/robots.txt"
    assert visit.site.paths.count("/robots.txt") == 2  # once a run


def test_we_ask_as_a_stranger(visit):
    """Our name in User-Agent, and neither Referer nor cookies."""
    for request in visit.site.requests:
        assert request.headers["User-Agent"].startswith("tidings/")
        assert not {"Referer", "Cookie", "Authorization"} & set(request.headers)


def test_a_second_visit_asks_for_nothing_new(visit):
    """What lists the same links as before is not read again, and a failed page not tried before its time."""
    assert visit.again.code == 0
    assert sorted(visit.again.paths) == ["/feed", "/robots.txt", "/sitemap"]
    assert visit.again.runs["gazette"]["num_links"] == 0


def test_a_text_stands_once_and_its_copies_beside_it(visit):
    """One article for two URLs with the same text; the redirected one stands where it led."""
    by_path = {row["url"].removeprefix(visit.site.url("")): row for row in visit.copies}
    assert by_path["/good"]["content_hash"] == by_path["/copy"]["content_hash"]
    assert "/arrived" in by_path
    assert "/moved" not in by_path


def test_fields_are_the_pages_own(visit):
    """Headline without the paper's name, authors, and the publishing time in UTC."""
    (row,) = [row for row in visit.copies if row["url"] == visit.site.url("/good")]
    assert row["headline"] == "Bridge repairs on time"
    assert row["authors"] == ["Ada Merrow"]
    assert row["date_published"].isoformat() == "2026-03-02T06:30:00+00:00"
    assert row["article_body"].startswith("The council of Lendmouth")
