"""Sources that are asked over HTTP/2."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from tests.support.certificates import server_context
from tests.support.cli import configuration, crawled
from tests.support.hostile import Hostile
from tests.support.hostile_http2 import HostileHttp2, begins, frame, says
from tests.support.http2 import Http2Site
from tests.support.pages import article, rss
from tests.support.sites import Site


def source(name, site, **more):
    return {
        "name": name,
        "url": site.url("/"),
        "feeds": [site.url("/feed")],
        "verify_tls": False,
        "http2": True,
        **more,
    }


async def rubbish(reader, writer):
    """Anything but TLS."""
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


OK = (":status", "200")
DATA, PING, WINDOW_UPDATE, UNKNOWN = 0x0, 0x6, 0x8, 0xFA


ODD = {
    "/pings": begins(OK, then=lambda _: frame(PING, bytes(8)) * 50_000),
    "/crumbs": begins(OK, then=lambda stream: frame(DATA, b"a", stream=stream) * 50_000),
    "/status": begins((":status", "fine")),
    "/length": begins(OK, ("content-length", "long")),
    "/overlong": begins(OK, then=lambda stream: frame(DATA, bytes(20_000), stream=stream)),
}
NOISE = frame(UNKNOWN, b"grease"), frame(WINDOW_UPDATE, (1).to_bytes(4, "big"), stream=1)
NOISY = {f"/{n}": says(article(f"Noisy number {n}"), *NOISE) for n in range(len(ODD) + 1)}
LARGE = {f"/large/{n}": bytes(400_000) for n in range(8)}


@pytest.fixture(scope="module")
def visits(server, template, tmp_path_factory):
    """One ``tidings once`` over all of them, and one, without leave for loopback, over the best of them."""
    url = server.create(template=template)
    folder = tmp_path_factory.mktemp("config")

    def certified(name):
        return tmp_path_factory.mktemp(name)

    with ExitStack() as stack:
        sites = {
            "fluent": Http2Site(certified("fluent")),
            "without-alpn": Site(ssl_context=server_context(certified("without-alpn"))),
            "http1-by-alpn": Http2Site(certified("http1-by-alpn"), protocols=("http/1.1",)),
            "limited": Http2Site(certified("limited")),
            "judged": Http2Site(certified("judged")),
            "nonsense": HostileHttp2(certified("nonsense"), ODD | NOISY),
        }
        for site in sites.values():
            stack.enter_context(site)
        plain = stack.enter_context(Hostile(at_once=rubbish))
        with Http2Site(certified("closed")) as closed:
            pass
        for name in ("fluent", "without-alpn", "http1-by-alpn"):
            site, numbers = sites[name], (1, 2) if name == "fluent" else (1,)
            site.pages = {f"/{n}": article(f"Number {n} of {name}") for n in numbers}
            site.pages["/feed"] = rss(*map(site.url, site.pages))
        limited = sites["limited"]
        limited.pages = {**LARGE, "/slow": 60.0} | {f"/{n}": article(f"Limited number {n}") for n in (1, 2)}
        limited.pages["/feed"] = rss(*map(limited.url, (*LARGE, "/1", "/slow", "/2")))
        paths = [path for pair in zip(NOISY, [*ODD, None], strict=True) for path in pair if path]
        sites["nonsense"].scripts["/feed"] = says(rss(*map(sites["nonsense"].url, paths)))
        sources = [
            *(source(name, site, verify_tls=name == "judged") for name, site in sites.items()),
            source("closed", closed),
            {"name": "nobody", "url": "https://nobody.invalid/", "http2": True},
            {"name": "plain", "url": plain.url("/", scheme="https"), "http2": True},
        ]
        found = SimpleNamespace(sites=sites)
        config = configuration(folder, *sources, crawl={"max_page_bytes": 300_000})
        _, found.runs, found.log = crawled(config, url)
        found.asked = list(sites["fluent"].asked)
        config = configuration(folder, *sources, crawl={"allow_networks": []})
        _, found.barred, _ = crawled(config, url, "fluent")
        yield found
    server.drop(url)


def reasons(visits, name):
    """Why the visits to the pages of a site ended as they did, by path."""
    start = visits.sites[name].url("")
    ended = [line for line in visits.log if line["event"] == "page.finished" and line["url"].startswith(start)]
    return {line["url"].removeprefix(start): line["reason"] for line in ended}


def test_whoever_speaks_http_2_is_asked_over_it(visits):
    """Robots.txt, feed and pages come over HTTP/2, on loopback only by leave of ``allow_networks``."""
    ended = [line for line in visits.log if line["event"] == "page.finished" and line["source"] == "fluent"]
    assert [(line["reason"], line.get("detail")) for line in ended] == [("new_text", None)] * 2
    assert visits.runs["fluent"]["num_new"] == 2
    assert visits.asked == [("2", "/robots.txt"), ("2", "/feed"), ("2", "/1"), ("2", "/2")]
    assert visits.barred["fluent"]["reason"] == "private_address"
    assert visits.sites["fluent"].asked == visits.asked


@pytest.mark.parametrize("name", ["without-alpn", "http1-by-alpn"])
def test_whoever_does_not_is_asked_over_http_1(name, visits):
    """A server that offers no HTTP/2 is asked as ever."""
    assert visits.sites[name].paths == ["/robots.txt", "/feed", "/1"]
    assert visits.runs[name]["num_new"] == 1


def test_the_limits_are_kept(visits):
    """Too large and too slow a page are what they are over HTTP/1.1, and do not stand in the way of others."""
    found = reasons(visits, "limited")
    assert {found[path] for path in LARGE} == {"too_large"}
    assert found["/slow"] == "timeout"
    assert visits.runs["limited"]["num_new"] == 2


def test_its_certificate_is_judged(visits):
    """A certificate that nobody signed is ``tls`` over HTTP/2, too."""
    assert visits.runs["judged"]["reason"] == "tls"


@pytest.mark.parametrize(("name", "reason"), [("closed", "connection"), ("nobody", "dns"), ("plain", "tls")])
def test_what_cannot_be_connected_to_is_told_at_once(name, reason, visits):
    """A closed port, a name that does not resolve, and rubbish for a handshake have their own reasons."""
    assert visits.runs[name]["reason"] == reason


def test_nonsense_over_http_2_costs_one_page_each(visits):
    """Floods of small frames, a status or a length that is no number, an overlong frame: ``connection``, at once.

    Frames that nobody knows, and those for streams that are over, are passed over.
    """
    found = reasons(visits, "nonsense")
    assert {path: found[path] for path in ODD} == dict.fromkeys(ODD, "connection")
    assert {found[path] for path in NOISY} == {"new_text"}
    logged = [line for line in visits.log if line["event"] == "library.logged"]
    assert not [line for line in logged if line.get("source", "nonsense") == "nonsense"]
