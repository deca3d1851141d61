"""What a fetch keeps to itself, what it costs, and what it is not talked into."""

import gzip
import zlib
from functools import cache

import brotli
import pytest

from crawler.download.codings import zstd
from tests.support.cli import configuration, tidings, told
from tests.support.fetching import fetch
from tests.support.hostile import Hostile, answer, drips, moved, stays_silent

MIB = 1024 * 1024
PAGE = b"<!doctype html><html><head><title>Ferry</title></head><body>It runs again.</body></html>"
SECRETS = {
    "Authorization": "Basic c2VjcmV0",
    "Cookie": "session=secret",
    "X-Api-Key": "secret",
    "Referer": "secret",
}


def raw_deflate(data):
    compressor = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def quick_gzip(data):
    return gzip.compress(data, 1)


def wide_brotli(data):
    return brotli.compress(data, lgwin=24, quality=2)


BOMBS = {
    "gzip": ("gzip", quick_gzip),
    "deflate": ("deflate", lambda data: zlib.compress(data, 1)),
    "deflate without header": ("deflate", raw_deflate),
    "brotli": ("br", wide_brotli),
    "zstd": ("zstd", zstd.compress),
    "gzip over gzip": ("gzip, gzip", lambda data: gzip.compress(quick_gzip(data))),
    "three of brotli": ("br, br, br", lambda data: wide_brotli(wide_brotli(wide_brotli(data)))),
}


@cache
def bomb(name):
    """100 MiB of zeros, compressed, which takes longer than to fetch them."""
    codings, compress = BOMBS[name]
    return answer(compress(b"<html>" + bytes(100 * MIB)), Content_Encoding=codings)


@pytest.mark.parametrize("max_bytes", [10 * MIB, 50 * MIB], ids=["page", "sitemap"])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_memory(name, max_bytes):
    """100 MiB of zeros are too_large, for less than 64 MiB of memory, in every coding and under every limit."""
    with Hostile({"/bomb": bomb(name)}) as server:
        request = {"url": server.url("/bomb"), "meta": {"download_maxsize": max_bytes}}
        session = fetch(request, crawl={"timeout": "60s"})
    assert session.pages[0].reason == "too_large"
    assert session.growth < 64 * MIB


@pytest.mark.parametrize("size", [17 * MIB, 50 * MIB])
def test_a_large_body_within_its_limit_is_read_whole(size):
    """A sitemap may have 50 MiB, compressed or not."""
    body = answer(gzip.compress(bytes(size), 1), Content_Encoding="gzip")
    with Hostile({"/sitemap": body}) as server:
        request = {"url": server.url("/sitemap"), "meta": {"download_maxsize": 50 * MIB}}
        (page,) = fetch(request, crawl={"timeout": "60s"}).pages
    assert (page.reason, page.num_bytes) == (None, size)


def test_what_is_zipped_as_a_file_stays_zipped():
    """Of a file .gz that is sent as such, nothing is undone; if it is compressed for the way, that is."""
    zipped = gzip.compress(b"<urlset/>")
    answers = {
        "/a.xml.gz": answer(zipped, Content_Type="application/gzip"),
        "/b.xml.gz": answer(gzip.compress(zipped), Content_Type="application/gzip", Content_Encoding="gzip"),
    }
    with Hostile(answers) as server:
        pages = fetch(*map(server.url, answers)).pages
    assert [page.num_bytes for page in pages] == [len(zipped)] * 2


def sent(server, path):
    """The headers of the one request for a path, in lower case."""
    (head,) = [head for head in server.heads if head.startswith(f"GET {path} ".encode())]
    lines = head.decode("latin-1").strip().splitlines()[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_secrets_stay_with_their_origin():
    """What is sent along to one origin goes with its own redirects, and to no other; a Referer goes nowhere."""
    with Hostile({"/there": answer(PAGE)}) as other, Hostile({"/here": answer(PAGE)}) as first:
        first.scripts |= {"/near": moved("/here"), "/far": moved(other.url("/there"))}
        requests = [{"url": first.url(path), "headers": SECRETS} for path in ("/near", "/far")]
        crawl = {"allow_ports": [first.port, other.port]}
        assert {page.reason for page in fetch(*requests, crawl=crawl).pages} == {None}
    near, far = sent(first, "/here"), sent(other, "/there")
    assert near["authorization"] == SECRETS["Authorization"]
    assert near["cookie"] == SECRETS["Cookie"]
    assert near["x-api-key"] == "secret"
    assert "referer" not in near
    assert set(far) == {"host", "user-agent", "accept", "accept-encoding"}


def test_proxies_of_the_environment_are_ignored():
    """What HTTP_PROXY and its kin say is for others."""
    with Hostile({"/page": answer(PAGE)}) as server, Hostile() as proxy:
        names = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        (page,) = fetch(server.url("/page"), **dict.fromkeys(names, proxy.url())).pages
    assert page.reason is None
    assert proxy.heads == []


def test_a_page_may_send_its_reader_on():
    """A refresh within five seconds is followed, as one of the eight redirects; every rule holds for it."""
    tag = '<!doctype html><html><head><meta http-equiv="refresh" content="{}"></head><body>Soon</body></html>'
    cases = {
        "/tag": (answer(tag.format("0; url=/page")), "/page", None),
        "/header": (answer(PAGE, Refresh="3;URL=page"), "/page", None),
        "/zipped": (
            answer(gzip.compress(tag.format("1;url=/page").encode()), Content_Encoding="gzip"),
            "/page",
            None,
        ),
        "/late": (answer(tag.format("30; url=/page")), "/late", None),
        "/reload": (answer(tag.format("2; url=/reload")), "/reload", None),
        "/reload-too": (answer(tag.format("2")), "/reload-too", None),
        "/to-script": (answer(tag.format("0; url=javascript:alert(1)")), "/to-script", None),
        "/to-file": (answer(tag.format("0; url=file:///etc/passwd")), "/to-file", None),
        "/to-nothing": (answer(tag.format("0; url=http://[::1")), "/to-nothing", None),
        "/hidden": (answer(f"<html><noscript>{tag.format('0; url=/page')}</noscript>"), "/hidden", None),
        "/to-private": (answer(tag.format("0; url=http://127.0.0.2/")), "", "private_address"),
        "/to-and-fro": (answer(tag.format("0; url=/fro")), "", "redirect_loop"),
    }
    with Hostile({path: script for path, (script, _, _) in cases.items()}) as server:
        server.scripts |= {"/page": answer(PAGE), "/fro": moved("/to-and-fro")}
        pages = fetch(*map(server.url, cases), crawl={"timeout": "30s"}).pages
        found = {
            path: (page.url.removeprefix(server.url("")), page.reason)
            for path, page in zip(cases, pages, strict=True)
        }
    assert found == {path: (where, reason) for path, (_, where, reason) in cases.items()}


@pytest.mark.parametrize("play", [drips(b"\x16\x03\x03\x40\x00" + bytes(1000)), stays_silent()])
def test_a_handshake_keeps_the_deadline(play):
    """Nor can a server that drips its side of TLS, or keeps silent, hold us for longer."""
    with Hostile(at_once=play) as server:
        (page,) = fetch(server.url("/", scheme="https"), crawl={"timeout": "1s"}).pages
    assert page.reason == "timeout"


def test_rubbish_in_place_of_a_handshake_is_tls():
    """What is no TLS is a matter of TLS."""
    with Hostile(at_once=drips(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10, seconds=0.001)) as server:
        (page,) = fetch(server.url("/", scheme="https")).pages
    assert page.reason == "tls"


def test_an_answer_before_the_question_harms_nobody():
    """A server that speaks first is either understood or has failed, and others are fetched."""
    with Hostile(at_once=drips(answer(PAGE), seconds=0)) as hasty, Hostile({"/": answer(PAGE)}) as server:
        pages = fetch(hasty.url("/"), server.url("/")).pages
    assert pages[0].reason in {None, "connection", "robots_unreachable"}
    assert pages[1].reason is None


def test_silent_name_servers_hold_up_nobody_else():
    """Thirty names that do not resolve keep the deadline, and leave a thread for the name that does."""
    with Hostile({"/": answer(PAGE)}) as server:
        silent = [f"http://{n}.silent.example/" for n in range(30)]
        crawl = {"timeout": "3s", "allow_networks": ["127.0.0.1/32", "::1/128"]}
        pages = fetch(*silent, server.url("/", host="localhost"), crawl=crawl).pages
    assert pages.pop().reason is None
    assert {page.reason for page in pages} == {"timeout"}


def test_a_name_that_leads_inside_is_refused():
    """A name is as good as the address that it has at the moment of connecting."""
    with Hostile({"/": answer(PAGE)}) as server:
        (page,) = fetch(server.url("/", host="localhost"), crawl={"allow_networks": []}).pages
        assert page.reason == "private_address"
        assert server.heads == []


READ = [None, "robots_disallowed"]


def rules(end):
    return f"User-agent: *\nDisallow: /shut\n{'# padding' * 6}\n".encode() + end


@pytest.mark.parametrize(
    ("robots", "reasons"),
    [
        pytest.param(
            answer(gzip.compress(rules(b"")), Content_Encoding="gzip"), [None, "robots_disallowed"], id="gzip"
        ),
        pytest.param(
            answer(rules(b""), Content_Encoding="gzip"), [None, "robots_disallowed"], id="plain, called gzip"
        ),
        pytest.param(
            answer(quick_gzip(rules(b"#\n" * 10_000_000)), Content_Encoding="gzip"),
            READ,
            id="bomb",
        ),
        pytest.param(
            answer(gzip.compress(rules(b""))[:-20], Content_Encoding="gzip"), ["truncated"] * 2, id="gzip cut"
        ),
        pytest.param(moved("http://127.0.0.2/robots.txt"), ["robots_unreachable"] * 2, id="moved inside"),
        pytest.param(moved("ftp://example.org/"), ["robots_unreachable"] * 2, id="moved to ftp"),
    ],
)
def test_robots_are_read_or_obeyed_blindly(robots, reasons):
    """The rules hold in any coding, and their beginning is enough; where none are to be had, nothing is asked."""
    with Hostile({"/robots.txt": robots, "/open": answer(PAGE), "/shut": answer(PAGE)}) as server:
        pages = fetch(server.url("/open"), server.url("/shut"), crawl={"timeout": "30s"}).pages
        assert [page.reason for page in pages] == reasons, pages
        assert "/shut" not in server.paths


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answer(PAGE, Content_Length="1000"), "truncated"),
        (answer(gzip.compress(bytes(20 * MIB), 1), Content_Encoding="gzip"), "too_large"),
        (drips(b"x", first=answer(PAGE, Content_Length="1000")), "timeout"),
        (moved("http://127.0.0.2/"), "private_address"),
        (moved("file:///etc/passwd"), "scheme_not_allowed"),
        (moved("/page"), "redirect_loop"),
    ],
    ids=["cut", "bomb", "drips", "moved inside", "moved to a file", "moved to itself"],
)
def test_a_single_page_is_fetched_no_less_carefully(tmp_path, script, reason):
    """What holds in a run holds for ``tidings extract URL``."""
    with Hostile({"/page": script}) as server:
        config = configuration(tmp_path, crawl={"timeout": "1s", "allow_ports": [80, server.port]})
        done = tidings("extract", server.url("/page"), "--config", config)
    assert reason in told(done, 1)
