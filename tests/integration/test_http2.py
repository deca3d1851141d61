"""Sources that are asked over HTTP/2."""

import pytest

from tests.support.certificates import server_context
from tests.support.cli import configuration, crawled
from tests.support.hostile import Hostile
from tests.support.hostile_http2 import HostileHttp2, begins, frame, says
from tests.support.http2 import Http2Site
from tests.support.pages import article, rss
from tests.support.sites import Site


def source(site, **more):
    return {
        "name": "gazette",
        "url": site.url("/"),
        "feeds": [site.url("/feed")],
        "verify_tls": False,
        "http2": True,
        **more,
    }


def test_whoever_speaks_http_2_is_asked_over_it(database_url, tmp_path):
    """Robots.txt, feed and pages come over HTTP/2, on loopback only by leave of ``allow_networks``."""
    with Http2Site(tmp_path) as site:
        site.pages = {"/feed": rss(site.url("/1"), site.url("/2")), "/1": article("One"), "/2": article("Two")}
        _, runs, log = crawled(configuration(tmp_path, source(site), crawl={"timeout": "10s"}), database_url)
        asked = list(site.asked)
        _, barred, _ = crawled(
            configuration(tmp_path, source(site), crawl={"allow_networks": []}), database_url, "gazette"
        )
        assert site.asked == asked
    visits = [(line["reason"], line.get("detail")) for line in log if line["event"] == "page.finished"]
    assert visits == [("new_text", None)] * 2
    assert runs["gazette"]["num_new"] == 2
    assert asked == [("2", "/robots.txt"), ("2", "/feed"), ("2", "/1"), ("2", "/2")]
    assert barred["gazette"]["reason"] == "private_address"


@pytest.mark.parametrize("kind", ["no ALPN", "HTTP/1.1 by ALPN"])
def test_whoever_does_not_is_asked_over_http_1(kind, database_url, tmp_path):
    """A server that offers no HTTP/2 is asked as ever."""
    if kind == "no ALPN":
        server = Site(ssl_context=server_context(tmp_path))
    else:
        server = Http2Site(tmp_path, protocols=("http/1.1",))
    with server as site:
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        _, runs, _ = crawled(configuration(tmp_path, source(site)), database_url)
        assert site.paths == ["/robots.txt", "/feed", "/1"]
    assert runs["gazette"]["num_new"] == 1


def test_the_limits_are_kept(database_url, tmp_path):
    """Too large and too slow a page are what they are over HTTP/1.1, and do not stand in the way of others."""
    with Http2Site(tmp_path) as site:
        large = {f"/large/{number}": bytes(400_000) for number in range(8)}
        site.pages = {**large, "/slow": 60.0, "/1": article("One"), "/2": article("Two")}
        site.pages["/feed"] = rss(*map(site.url, (*large, "/1", "/slow", "/2")))
        config = configuration(tmp_path, source(site), crawl={"max_page_bytes": 300_000})
        _, runs, log = crawled(config, database_url)
    reasons = {line["url"]: line["reason"] for line in log if line["event"] == "page.finished"}
    assert {reasons[site.url(path)] for path in large} == {"too_large"}
    assert reasons[site.url("/slow")] == "timeout"
    assert runs["gazette"]["num_new"] == 2


def test_its_certificate_is_judged(database_url, tmp_path):
    """A certificate that nobody signed is ``tls`` over HTTP/2, too."""
    with Http2Site(tmp_path) as site:
        _, runs, _ = crawled(configuration(tmp_path, source(site, verify_tls=True)), database_url)
    assert runs["gazette"]["reason"] == "tls"


def test_what_cannot_be_connected_to_is_told_at_once(database_url, tmp_path):
    """A closed port, a name that does not resolve, and rubbish for a handshake have their own reasons."""
    with Http2Site(tmp_path) as closed:
        pass
    with Hostile(at_once=rubbish) as plain:
        sources = [
            source(closed, name="closed"),
            {"name": "nobody", "url": "https://nobody.invalid/", "http2": True},
            {"name": "plain", "url": plain.url("/", scheme="https"), "http2": True},
        ]
        _, runs, _ = crawled(configuration(tmp_path, *sources), database_url)
    assert {name: run["reason"] for name, run in runs.items()} == {
        "closed": "connection",
        "nobody": "dns",
        "plain": "tls",
    }


async def rubbish(reader, writer):
    """Anything but TLS."""
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


OK = (":status", "200")
DATA, PING, WINDOW_UPDATE, UNKNOWN = 0x0, 0x6, 0x8, 0xFA


def test_nonsense_over_http_2_costs_one_page_each(database_url, tmp_path):
    """Floods of small frames, a status or a length that is no number, an overlong frame: ``connection``, at once.

    Frames that nobody knows, and those for streams that are over, are passed over.
    """
    odd = {
        "/pings": begins(OK, then=lambda _: frame(PING, bytes(8)) * 50_000),
        "/crumbs": begins(OK, then=lambda stream: frame(DATA, b"a", stream=stream) * 50_000),
        "/status": begins((":status", "fine")),
        "/length": begins(OK, ("content-length", "long")),
        "/overlong": begins(OK, then=lambda stream: frame(DATA, bytes(20_000), stream=stream)),
    }
    noise = frame(UNKNOWN, b"grease"), frame(WINDOW_UPDATE, (1).to_bytes(4, "big"), stream=1)
    pages = {f"/{number}": says(article(f"Number {number}"), *noise) for number in range(len(odd) + 1)}
    with HostileHttp2(tmp_path, odd | pages) as site:
        paths = [path for pair in zip(pages, [*odd, None], strict=True) for path in pair if path]
        site.scripts["/feed"] = says(rss(*map(site.url, paths)))
        config = configuration(tmp_path, source(site), crawl={"timeout": "20s"})
        _, _, log = crawled(config, database_url)
    reasons = {line["url"]: line["reason"] for line in log if line["event"] == "page.finished"}
    assert {path: reasons[site.url(path)] for path in odd} == dict.fromkeys(odd, "connection")
    assert {reasons[site.url(path)] for path in pages} == {"new_text"}
    assert not [line for line in log if line["event"] == "library.logged"]
