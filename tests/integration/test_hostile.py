"""What a server can do to a fetch: each misdeed ends as one reason, and the good page beside it is fetched."""

import gzip
import zlib

import brotli
import pytest

from tests.support.fetching import fetch
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

PAGE = b"<!doctype html><html><head><title>Ferry</title></head><body>It runs again.</body></html>"
NOISE = bytes(range(256)) * 4


def with_line(response, line):
    """The response with a further header line."""
    return response.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


GOOD = {
    "in order": answer(PAGE),
    "chunked": chunked(PAGE[:10], PAGE[10:]),
    "ends with the connection": answer(PAGE, Content_Length=None),
    "of HTTP 1.0": answer(PAGE, Content_Length=None).replace(b"HTTP/1.1", b"HTTP/1.0"),
    "after early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(PAGE),
    "the same length twice": with_line(answer(PAGE), b"Content-Length: %d" % len(PAGE)),
    "a line without colon": with_line(answer(PAGE), b"hello there"),
    "NUL in a header": with_line(answer(PAGE), b"X-Odd: a\0b"),
    "odd bytes in a header": with_line(answer(PAGE), b"X-Odd: \xe4\xff\x80"),
    "more than announced": answer(PAGE) + b"HTTP/1.1 200 OK\r\n" * 50,
    "gzip": answer(gzip.compress(PAGE), Content_Encoding="gzip"),
    "x-gzip": answer(gzip.compress(PAGE), Content_Encoding="X-GZip"),
    "deflate": answer(zlib.compress(PAGE), Content_Encoding="deflate"),
    "brotli over gzip": answer(brotli.compress(gzip.compress(PAGE)), Content_Encoding="gzip, br"),
    "plain, called gzip": answer(PAGE, Content_Encoding="gzip"),
    "plain, called br": answer(PAGE, Content_Encoding="br"),
    "plain, called bogus": answer(PAGE, Content_Encoding="bogus"),
    "plain, called utf-8": answer(PAGE, Content_Encoding="utf-8"),
}

BAD = {
    "nothing": (b"", "connection"),
    "reset": (resets(), "connection"),
    "no status line": (b"hello there\r\n\r\n" + PAGE, "connection"),
    "HTTP 0.9": (PAGE, "connection"),
    "ICY": (answer(PAGE).replace(b"HTTP/1.1", b"ICY"), "connection"),
    "noise": (NOISE, "connection"),
    "status 000": (answer(PAGE, status="000 Nothing"), "connection"),
    "status -200": (answer(PAGE, status="-200 OK"), "connection"),
    "status 1000": (answer(PAGE, status="1000 Many"), "connection"),
    "status 999": (answer(PAGE, status="999 Denied"), "http_5xx"),
    "unasked 304": (answer(PAGE, status="304 Not Modified"), "http_4xx"),
    "another protocol": (answer(PAGE, status="101 Switching Protocols"), "connection"),
    "interim answers without end": (without_end(b"HTTP/1.1 100 Continue\r\n\r\n"), "connection"),
    "a line without end": (without_end(b"x" * 1000), "connection"),
    "a header of 1 MB": (with_line(answer(PAGE), b"X-Long: " + b"x" * 1_000_000), "connection"),
    "10,000 headers": (with_line(answer(PAGE), b"\r\n".join([b"X-Many: x"] * 10_000)), "connection"),
    "headers without end": (
        without_end(b"X: y" * 100 + b"\r\n", first=b"HTTP/1.1 200 OK\r\n"),
        "connection",
    ),
    "lines without end": (without_end(b"a\n" * 1000, first=b"HTTP/1.1 200 OK\r\n"), "connection"),
    "a cookie of 200 KB": (answer(PAGE, Set_Cookie="a=" + "x" * 200_000), "connection"),
    "a negative length": (answer(PAGE, Content_Length="-5"), "connection"),
    "a length in words": (answer(PAGE, Content_Length="ten"), "connection"),
    "two lengths": (with_line(answer(PAGE), b"Content-Length: 4"), "connection"),
    "an unknown transfer coding": (answer(PAGE, Transfer_Encoding="gzip"), "connection"),
    "less than announced": (answer(PAGE, Content_Length="1000"), "truncated"),
    "reset within": (resets(first=answer(PAGE, Content_Length="1000")), "truncated"),
    "reset at an open end": (resets(first=answer(PAGE, Content_Length=None)), "truncated"),
    "a chunk cut": (chunked(PAGE, end=b"40\r\nhello"), "truncated"),
    "no last chunk": (chunked(PAGE, end=b""), "truncated"),
    "a chunk size in words": (chunked(PAGE, end=b"zz\r\nhello\r\n"), "truncated"),
    "a negative chunk size": (chunked(PAGE, end=b"-5\r\nhello\r\n"), "truncated"),
    "a vast chunk size": (chunked(PAGE, end=b"f" * 50 + b"\r\nhello\r\n"), "truncated"),
    "a quarter of a million chunks": (chunked(*[b"x"] * 260_000), "truncated"),
    "trailers without end": (without_end(b"X-Late: x\r\n" * 100, first=chunked(PAGE, end=b"0\r\n")), "truncated"),
    "gzip cut": (answer(gzip.compress(PAGE)[:-9], Content_Encoding="gzip"), "truncated"),
    "brotli cut": (answer(brotli.compress(NOISE)[:-9], Content_Encoding="br"), "truncated"),
    "noise, called gzip": (answer(NOISE, Content_Encoding="gzip"), "truncated"),
    "noise, called bogus": (answer(NOISE, Content_Encoding="bogus"), "truncated"),
    "compressed four times": (answer(gzip.compress(PAGE), Content_Encoding="gzip, gzip, gzip, gzip"), "truncated"),
    "a vast length": (answer(PAGE, Content_Length="9" * 12), "too_large"),
    "more than may be": (answer(b"x" * 400_000), "too_large"),
    "more than may be, in chunks": (chunked(*[b"x" * 40_000] * 10), "too_large"),
    "more than may be, compressed": (
        answer(gzip.compress(b"<html>" + b"x" * 400_000), Content_Encoding="gzip"),
        "too_large",
    ),
    "silence": (stays_silent(), "timeout"),
    "silence in the headers": (stays_silent(first=b"HTTP/1.1 200 OK\r\nX-"), "timeout"),
    "silence in the body": (stays_silent(first=answer(PAGE, Content_Length="1000")), "timeout"),
    "dripping headers": (drips(b"HTTP/1.1 200 OK\r\nX-Drip: xxxx"), "timeout"),
    "dripping body": (drips(b"x", first=answer(PAGE, Content_Length="1000")), "timeout"),
    "dripping chunks": (drips(b"1\r\nx\r\n" * 1000, first=chunked(PAGE, end=b"")), "timeout"),
    "dripping interim answers": (drips(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "timeout"),
}

REDIRECTS = {
    "relative": ("good", None),
    "absolute path": ("/good", None),
    "of the same scheme": ("//127.0.0.1:{port}/good", None),
    "to a fragment of another page": ("/good#top", None),
    "with white space around": (" \t/good ", None),
    "NUL in front": ("\0/good", None),
    "tabs within": ("/go\tod", None),
    "not ASCII": ("/gut-\xe4", None),
    "in several steps": ("/step-1", None),
    "empty": ("", "redirect_loop"),
    "to its own fragment": ("#top", "redirect_loop"),
    "to and fro": ("/fro", "redirect_loop"),
    "too often": ("/often-0", "redirect_loop"),
    "to ftp": ("ftp://127.0.0.1/good", "scheme_not_allowed"),
    "to a file": ("file:///etc/passwd", "scheme_not_allowed"),
    "to data": ("data:text/html,hello", "scheme_not_allowed"),
    "to a script": ("javascript:alert(1)", "scheme_not_allowed"),
    "to a private address": ("http://127.0.0.2:{port}/good", "private_address"),
    "to metadata": ("http://169.254.169.254/latest/meta-data/", "private_address"),
    "to a number": ("http://2130706434:{port}/good", "private_address"),
    "to full-width digits": ("http://\uff11\uff12\uff17\u30020\u30020\u30022:{port}/good", "private_address"),
    "to another port": ("http://127.0.0.1:22/", "port_not_allowed"),
    "to a port that is none": ("http://127.0.0.1:99999/", "url_invalid"),
    "to an open bracket": ("http://[::1/", "url_invalid"),
    "with a password": ("http://me:secret@127.0.0.1:{port}/good", "url_invalid"),
    "too far": ("/" + "a" * 3000, "url_too_long"),
    "against robots.txt": ("/private", "robots_disallowed"),
    "without end of time": ("/slow-0", "timeout"),
}


PAGES = {
    "/robots.txt": answer("User-agent: *\nDisallow: /private\n", Content_Type="text/plain"),
    "/good": answer(PAGE),
    "/private": answer(PAGE),
    "/gut-%C3%A4": answer(PAGE),
    "/step-1": moved("/step-2", status="301 Moved Permanently"),
    "/step-2": moved("/step-3", status="303 See Other"),
    "/step-3": moved("/step-4", status="307 Temporary Redirect"),
    "/step-4": moved("/good", status="308 Permanent Redirect"),
    "/fro": moved("/moved-to-and-fro"),
    **{f"/often-{n}": moved(f"/often-{n + 1}") for n in range(20)},
    **{f"/slow-{n}": late(moved(f"/slow-{n + 1}"), seconds=0.4) for n in range(20)},
}
NEVER_ENDING = "timeout"  # what ends for this reason is asked with little patience, all else with much


def path(kind, name):
    return f"/{kind}-{name}".replace(" ", "-").translate(str.maketrans("", "", ",."))


def script(case, port):
    if isinstance(case, str):
        return moved(case.format(port=port).encode().decode("latin-1"))
    return case


@pytest.fixture(scope="module")
def outcomes():
    """What became of every case, by its path, and the paths that were asked for."""
    cases = {path("good", name): (case, None) for name, case in GOOD.items()}
    cases |= {path("bad", name): case for name, case in BAD.items()}
    cases |= {path("moved", name): case for name, case in REDIRECTS.items()}
    with Hostile() as server:
        server.scripts = PAGES | {where: script(case, server.port) for where, (case, _) in cases.items()}
        found = {}
        for is_never_ending, timeout in ((False, "30s"), (True, "1s")):
            asked = [where for where, (_, reason) in cases.items() if (reason == NEVER_ENDING) == is_never_ending]
            crawl = {"timeout": timeout, "max_page_bytes": 300_000, "allow_ports": [80, 443, server.port]}
            session = fetch(*map(server.url, asked), server.url("/good"), crawl=crawl)
            found |= dict(zip(asked, session.pages[:-1], strict=True))
            assert session.pages[-1].num_bytes == len(PAGE)
            assert session.growth < 64 * 1024 * 1024
        yield found, server.paths


@pytest.mark.parametrize("name", GOOD)
def test_what_browsers_make_sense_of_is_fetched(outcomes, name):
    """Odd but whole answers are read whole."""
    page = outcomes[0][path("good", name)]
    assert (page.reason, page.num_bytes) == (None, len(PAGE)), page.detail


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, (_, reason) in BAD.items()])
def test_each_misdeed_ends_as_one_reason(outcomes, name, reason):
    """Nonsense, cut bodies, endless and dripping ones: each fails alone, for a reason of its own, in words."""
    page = outcomes[0][path("bad", name)]
    assert page.reason == reason, page.detail
    assert "Failure" not in page.detail


@pytest.mark.parametrize(("name", "reason"), [(name, reason) for name, (_, reason) in REDIRECTS.items()])
def test_redirects_are_followed_or_refused(outcomes, name, reason):
    """A Location is read as browsers read it, and where it leads is judged as if it were asked for first."""
    page = outcomes[0][path("moved", name)]
    assert page.reason == reason, page.detail


def test_redirects_are_eight_at_most(outcomes):
    """After the eighth nothing more is asked."""
    often = [where for where in outcomes[1] if where.startswith("/often")]
    assert len(often) == 8


def test_what_robots_disallow_is_not_asked_for_by_a_redirect(outcomes):
    """The rules hold for where a page leads, too."""
    assert "/private" not in outcomes[1]
