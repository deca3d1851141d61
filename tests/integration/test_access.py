"""What a source is asked with arrives at its own door, and nowhere else."""

import base64
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

import crawler
from tests.support.certificates import server_context
from tests.support.cli import configuration, crawled, environment, events, out, tidings
from tests.support.pages import article, rss
from tests.support.proxy import Proxy
from tests.support.sites import Site, redirect

LOGIN = "reader:hunter2-and-more"
BASIC = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"


@pytest.fixture
def certificate(tmp_path):
    """Of a server whose certificate nobody has signed."""
    return server_context(tmp_path)


@pytest.fixture
def gazette():
    """A site with a feed and one article."""
    with Site() as site:
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        yield site


def source(site, **more):
    return {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], **more}


def headers(site, path):
    """What came with the requests for a path, as a list of headers."""
    return [request.headers for request in site.requests if request.path == path]


def test_every_request_for_the_sites_own_pages_carries_what_its_operator_wrote(
    gazette, database_url, tmp_path, monkeypatch
):
    """Headers, cookies and the log-in come with robots.txt, feed and pages; secrets from variables and files."""
    monkeypatch.setenv("GAZETTE_LOGIN", LOGIN)
    secret = tmp_path / "session"
    secret.write_text("s3ss10n-of-mine\n")
    more = {
        "headers": {"Accept-Language": "en", "X-Key": f"file:{secret}"},
        "cookies": {"consent": "yes", "session": f"file:{secret}"},
        "basic_auth": "env:GAZETTE_LOGIN",
        "user_agent": "gazettebot/1.0",
    }
    code, runs, log = crawled(configuration(tmp_path, source(gazette, **more)), database_url)
    assert (code, runs["gazette"]["num_new"]) == (0, 1)
    for path in ("/robots.txt", "/feed", "/1"):
        (told,) = headers(gazette, path)
        assert told["Authorization"] == BASIC
        assert told["Cookie"] == "consent=yes; session=s3ss10n-of-mine"
        assert (told["Accept-Language"], told["X-Key"]) == ("en", "s3ss10n-of-mine")
        assert told["User-Agent"] == "gazettebot/1.0"
    with psycopg.connect(database_url) as connection:
        (stored,) = connection.execute("SELECT definition::text FROM tidings.sources").fetchone()
    assert "env:GAZETTE_LOGIN" in stored
    for text in (stored, str(log)):
        assert "hunter2" not in text
        assert "s3ss10n" not in text


def test_a_bearer_token_is_sent(gazette, database_url, tmp_path, monkeypatch):
    """``bearer_token`` becomes the header of RFC 6750."""
    monkeypatch.setenv("TOKEN", "abc.def")
    crawled(configuration(tmp_path, source(gazette, bearer_token="env:TOKEN")), database_url)
    assert headers(gazette, "/1")[0]["Authorization"] == "Bearer abc.def"


def test_nothing_goes_to_another_site(gazette, database_url, tmp_path, monkeypatch):
    """A redirect leads a feed to another site: no header, cookie or log-in goes there; then they come again."""
    monkeypatch.setenv("GAZETTE_LOGIN", LOGIN)
    with Site() as stranger:
        gazette.pages["/feed"] = redirect(stranger.url("/feed", host="localhost"))
        stranger.pages["/feed"] = rss(gazette.url("/1"))
        own = {"X-Key": "1234", "Accept-Language": "tlh"}
        more = {"headers": own, "cookies": {"session": "5678"}, "basic_auth": "env:GAZETTE_LOGIN"}
        crawl = {"allow_ports": [stranger.port]}
        config = configuration(tmp_path, source(gazette, **more), crawl=crawl)
        _, runs, _ = crawled(config, database_url)
        assert runs["gazette"]["num_new"] == 1
        assert len(stranger.requests) == 2
        for request in stranger.requests:
            assert not {*own, "Cookie", "Authorization"} & set(request.headers)
    assert headers(gazette, "/1")[0]["Authorization"] == BASIC


def test_a_site_of_its_own_without_documents_sees_no_log_in(gazette, database_url, tmp_path, monkeypatch):
    """A host of the source that has none of its documents is told the log-in neither; over http nothing at all."""
    monkeypatch.setenv("GAZETTE_LOGIN", LOGIN)
    with Site({"/2": article("Two")}) as other:
        gazette.pages["/feed"] = rss(gazette.url("/1"), other.url("/2", host="localhost"))
        more = {"hosts": ["localhost"], "cookies": {"a": "b"}, "basic_auth": "env:GAZETTE_LOGIN"}
        config = configuration(tmp_path, source(gazette, **more), crawl={"allow_ports": [other.port]})
        crawled(config, database_url)
        (told,) = headers(other, "/2")
    assert not {"Cookie", "Authorization"} & set(told)


def test_a_missing_secret_fails_the_run_before_anything_is_asked(gazette, database_url, tmp_path):
    """The run fails as ``secret_missing``; the log names the key, and the variable that is not set."""
    config = configuration(tmp_path, source(gazette, basic_auth="env:GAZETTE_LOGIN_NOT_SET"))
    code, runs, log = crawled(config, database_url)
    assert code == 1
    assert (runs["gazette"]["outcome"], runs["gazette"]["reason"]) == ("failed", "secret_missing")
    (refused,) = [line for line in log if line["event"] == "run.refused"]
    assert refused["error"] == "basic_auth: the environment variable GAZETTE_LOGIN_NOT_SET is not set"
    assert gazette.requests == []


def test_robots_txt_is_obeyed_by_the_sources_own_name(gazette, database_url, tmp_path):
    """The product token of the source's user agent decides, not that of the others."""
    gazette.pages["/robots.txt"] = "User-agent: gazettebot\nDisallow: /1\n"
    config = configuration(tmp_path, source(gazette, user_agent="gazettebot/1.0"))
    _, runs, log = crawled(config, database_url)
    assert runs["gazette"]["num_rejected"] == 1
    assert "robots_disallowed" in {line.get("reason") for line in log}


def test_a_source_may_be_asked_more_slowly_than_others(gazette, database_url, tmp_path):
    """``delay`` takes the place of that of ``[crawl]``."""
    crawled(configuration(tmp_path, source(gazette, delay="1s")), database_url)
    assert len(gazette.times) == 3
    # The distance is kept when sending; the rest of a gap is the road.
    assert all(later - earlier > 0.5 for earlier, later in pairwise(gazette.times))


def test_scrapys_own_command_asks_in_the_same_way(gazette, database_url, tmp_path, monkeypatch):
    """``scrapy crawl news`` has the source's headers and settings, and a missing secret fails its run, too."""
    config = configuration(
        tmp_path,
        source(gazette, user_agent="gazettebot/1.0", cookies={"a": "env:A_COOKIE"}),
        source(gazette, bearer_token="env:NOT_SET_AT_ALL") | {"name": "locked"},
    )
    monkeypatch.setenv("A_COOKIE", "of-a-kind")
    out(tidings("sources", "apply", config, TIDINGS_DATABASE_URL=database_url))
    settings = environment(TIDINGS_DATABASE_URL=database_url, TIDINGS_CONFIG=str(config))
    root = Path(crawler.__file__).parent.parent
    finished = {}
    for name in ("gazette", "locked"):
        command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"source={name}"]
        done = subprocess.run(command, cwd=root, env=settings, capture_output=True, check=False)
        log = events(done.stderr.decode())
        finished[name] = next(line for line in log if line["event"] == "run.finished")
    assert finished["gazette"]["num_new"] == 1
    assert (finished["locked"]["outcome"], finished["locked"]["reason"]) == ("failed", "secret_missing")
    assert {request.headers["User-Agent"] for request in gazette.requests} == {"gazettebot/1.0"}
    assert {request.headers["Cookie"] for request in gazette.requests} == {"a=of-a-kind"}


@pytest.mark.parametrize(
    ("more", "result"), [({}, ("failed", "tls")), ({"verify_tls": False}, ("succeeded", None))]
)
def test_a_certificate_that_nobody_signed(certificate, database_url, tmp_path, more, result):
    """It is ``tls``, but for a source that does not mind."""
    with Site(ssl_context=certificate) as site:
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        _, runs, _ = crawled(configuration(tmp_path, source(site, **more)), database_url)
    assert (runs["gazette"]["outcome"], runs["gazette"]["reason"]) == result


def test_one_source_does_not_mind_for_another(certificate, database_url, tmp_path):
    """Of two sources with the same certificate, in one worker, the one that minds is refused."""
    with Site(ssl_context=certificate) as site:
        site.pages = {"/feed": rss(site.url("/1")), "/1": article("One")}
        lax = source(site, verify_tls=False)
        _, runs, _ = crawled(
            configuration(tmp_path, lax, lax | {"name": "strict", "verify_tls": True}), database_url
        )
    assert (runs["gazette"]["outcome"], runs["strict"]["reason"]) == ("succeeded", "tls")


@pytest.mark.parametrize("way", ["http 127.0.0.1", "http localhost", "https 127.0.0.1", "https localhost"])
def test_a_source_is_asked_through_its_proxy(way, certificate, database_url, tmp_path, monkeypatch):
    """The proxy may be at a private address, and gets its log-in; the site is not told of it."""
    scheme, host = way.split()
    with Proxy(BASIC) as proxy, Site(ssl_context=certificate if scheme == "https" else None) as site:
        monkeypatch.setenv("GAZETTE_PROXY", f"http://{LOGIN}@{host}:{proxy.port}")
        there = f"gazette.invalid:{site.port}"
        base = f"{scheme}://{there}"
        site.pages = {"/feed": rss(f"{base}/1"), "/1": article("One")}
        gazette = {"name": "gazette", "url": f"{base}/", "feeds": [f"{base}/feed"], "verify_tls": False}
        config = configuration(tmp_path, gazette | {"proxy": "env:GAZETTE_PROXY"}, crawl={"allow_networks": []})
        _, runs, log = crawled(config, database_url)
        assert runs["gazette"]["num_new"] == 1
        assert site.paths == ["/robots.txt", "/feed", "/1"]
        assert not any("Proxy-Authorization" in request.headers for request in site.requests)
    wanted = {f"CONNECT {there}"} if scheme == "https" else {f"GET {base}{path}" for path in site.paths}
    assert set(proxy.asked) == wanted
    assert "hunter2" not in str(log)


def test_a_proxy_is_no_way_into_a_network(database_url, tmp_path):
    """What it is asked for is judged as ever: addresses, and names that resolve here to a private one."""
    with Proxy() as proxy, Site() as site:
        base, private = f"http://gazette.invalid:{site.port}", ["http://127.0.0.1", "http://localhost"]
        urls = [f"{host}:{site.port}/secret" for host in private]
        site.pages = {"/feed": rss(f"{base}/1", *urls), "/1": article("One"), "/secret": article("Secret")}
        gazette = {
            "name": "gazette",
            "url": f"{base}/",
            "feeds": [f"{base}/feed"],
            "hosts": ["127.0.0.1", "localhost"],
        }
        gazette["proxy"] = f"http://127.0.0.1:{proxy.port}"
        config = configuration(tmp_path, gazette, crawl={"allow_networks": []})
        _, runs, log = crawled(config, database_url)
    assert {line["url"] for line in log if line.get("reason") == "private_address"} == set(urls)
    assert runs["gazette"]["num_new"] == 1
    assert not any("localhost" in asked or "/secret" in asked for asked in proxy.asked)


def test_a_proxy_that_refuses_is_no_connection(certificate, database_url, tmp_path):
    """A proxy that wants a log-in it was not given: ``connection``, and its answer is told."""
    with Proxy(BASIC) as proxy, Site(ssl_context=certificate) as site:
        more = {"verify_tls": False, "proxy": f"http://127.0.0.1:{proxy.port}"}
        _, runs, log = crawled(configuration(tmp_path, source(site, **more)), database_url)
    assert runs["gazette"]["reason"] == "connection"
    assert "407" in next(line["error"] for line in log if line["event"] == "document.failed")


def test_proxies_of_the_environment_are_not_used(gazette, database_url, tmp_path, monkeypatch):
    """``http_proxy`` is for others."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    _, runs, _ = crawled(configuration(tmp_path, source(gazette)), database_url)
    assert runs["gazette"]["num_new"] == 1
