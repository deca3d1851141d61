"""What a source is asked with arrives at its own door, and nowhere else."""

import base64
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

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
OWN_HEADERS = {"X-Key": "1234", "Accept-Language": "tlh"}
UNKNOWN = "gazette.invalid"
WAYS = {
    "http-address": "127.0.0.1",
    "http-name": "localhost",
    "https-address": "127.0.0.1",
    "https-name": "localhost",
}
"""Sources by the scheme of their sites and how their proxies are named, with the name."""


@contextmanager
def paper(ssl_context=None, host="127.0.0.1"):
    """A site with a feed and one article; ``host`` is what the feed calls it."""
    with Site(ssl_context=ssl_context) as site:
        site.pages = {"/feed": rss(site.url("/1", host)), "/1": article(f"One at {site.port}")}
        yield site


def source(name, site, host="127.0.0.1", **more):
    return {"name": name, "url": site.url("/", host), "feeds": [site.url("/feed", host)], **more}


def headers(site, path):
    """What came with the requests for a path, as a list of headers."""
    return [request.headers for request in site.requests if request.path == path]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of a server whose certificate nobody has signed."""
    return server_context(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def visit(server, template, tmp_path_factory):
    """A function that visits sources with one ``tidings once``, given variables and keys of ``[crawl]``."""
    databases = []

    def crawl(sources, variables=None, **crawl):
        databases.append(url := server.create(template=template))
        config = configuration(tmp_path_factory.mktemp("config"), *sources, crawl=crawl)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (variables or {}).items():
                patch.setenv(name, value)
            code, runs, log = crawled(config, url)
        logs = {name: [line for line in log if line.get("source") == name] for name in runs}
        return SimpleNamespace(code=code, runs=runs, log=log, logs=logs, database_url=url)

    yield crawl
    for url in databases:
        server.drop(url)


@pytest.fixture(scope="module")
def asked(visit, tmp_path_factory):
    """One visit to sites that each want something else, and get it."""
    secret = tmp_path_factory.mktemp("secrets") / "session"
    secret.write_text("s3ss10n-of-mine\n")
    login = {"basic_auth": "env:GAZETTE_LOGIN"}
    wanted = {
        "complete": {
            "headers": {"Accept-Language": "en", "X-Key": f"file:{secret}"},
            "cookies": {"consent": "yes", "session": f"file:{secret}"},
            "user_agent": "gazettebot/1.0",
            **login,
        },
        "bearer": {"bearer_token": "env:TOKEN"},
        "moved": {"headers": OWN_HEADERS, "cookies": {"session": "5678"}, **login},
        "spread": {"hosts": ["localhost"], "cookies": {"a": "b"}, **login},
        "shut": {"user_agent": "gazettebot/1.0"},
        "slow": {"delay": "1s"},
    }
    with ExitStack() as stack:
        sites = {name: stack.enter_context(paper()) for name in wanted}
        stranger, other = stack.enter_context(Site()), stack.enter_context(Site({"/2": article("Two")}))
        sites["moved"].pages["/feed"] = redirect(stranger.url("/feed", host="localhost"))
        stranger.pages["/feed"] = rss(sites["moved"].url("/1"))
        sites["spread"].pages["/feed"] = rss(sites["spread"].url("/1"), other.url("/2", host="localhost"))
        sites["shut"].pages["/robots.txt"] = "User-agent: gazettebot\nDisallow: /1\n"
        visited = visit(
            [source(name, sites[name], **more) for name, more in wanted.items()],
            {"GAZETTE_LOGIN": LOGIN, "TOKEN": "abc.def"},
            allow_ports=[stranger.port, other.port],
        )
        visited.sites = sites | {"stranger": stranger, "other": other}
        yield visited


@pytest.fixture(scope="module")
def locked(visit):
    """One visit to a site whose log-in is missing, and to one that wants none, where others have a proxy."""
    with paper() as locked, paper() as plain:
        visited = visit(
            [source("locked", locked, basic_auth="env:GAZETTE_LOGIN_NOT_SET"), source("plain", plain)],
            {"http_proxy": "http://127.0.0.1:9"},
        )
        visited.sites = {"locked": locked, "plain": plain}
        yield visited


@pytest.fixture(scope="module")
def unsigned(visit, certificate):
    """One visit to sites with such a certificate, by sources that mind and sources that do not."""
    with paper(certificate) as first, paper(certificate) as second, paper(certificate) as shared:
        sources = [
            source("strict", first),
            source("lax", second, verify_tls=False),
            source("lax-neighbour", shared, verify_tls=False),
            source("strict-neighbour", shared, verify_tls=True),
        ]
        yield visit(sources)


@pytest.fixture(scope="module")
def proxied(visit, certificate):
    """One visit to sites that only proxies know, with no network allowed; one proxy is not given its log-in."""
    names = [*WAYS, "refused"]
    with ExitStack() as stack:
        proxies = {name: stack.enter_context(Proxy(BASIC)) for name in names}
        contexts = {name: None if name.startswith("http-") else certificate for name in names}
        sites = {name: stack.enter_context(paper(contexts[name], UNKNOWN)) for name in names}
        logins = {f"PROXY_{n}": (name, host) for n, (name, host) in enumerate(WAYS.items())}
        variables = {key: f"http://{LOGIN}@{host}:{proxies[name].port}" for key, (name, host) in logins.items()}
        addresses = {name: f"env:{key}" for key, (name, _) in logins.items()}
        addresses["refused"] = f"http://127.0.0.1:{proxies['refused'].port}"
        sources = [
            source(name, sites[name], UNKNOWN, verify_tls=False, proxy=address)
            for name, address in addresses.items()
        ]
        visited = visit(sources, variables, allow_networks=[])
        visited.sites, visited.proxies = sites, proxies
        yield visited


def test_every_request_for_the_sites_own_pages_carries_what_its_operator_wrote(asked):
    """Headers, cookies and the log-in come with robots.txt, feed and pages; secrets from variables and files."""
    assert (asked.code, asked.runs["complete"]["num_new"]) == (0, 1)
    for path in ("/robots.txt", "/feed", "/1"):
        (told,) = headers(asked.sites["complete"], path)
        assert told["Authorization"] == BASIC
        assert told["Cookie"] == "consent=yes; session=s3ss10n-of-mine"
        assert (told["Accept-Language"], told["X-Key"]) == ("en", "s3ss10n-of-mine")
        assert told["User-Agent"] == "gazettebot/1.0"
    with psycopg.connect(asked.database_url) as connection:
        (stored,) = connection.execute(
            "SELECT definition::text FROM tidings.sources WHERE name = 'complete'"
        ).fetchone()
    assert "env:GAZETTE_LOGIN" in stored
    for text in (stored, str(asked.log)):
        assert "hunter2" not in text
        assert "s3ss10n" not in text


def test_a_bearer_token_is_sent(asked):
    """``bearer_token`` becomes the header of RFC 6750."""
    assert headers(asked.sites["bearer"], "/1")[0]["Authorization"] == "Bearer abc.def"


def test_nothing_goes_to_another_site(asked):
    """A redirect leads a feed to another site: no header, cookie or log-in goes there; then they come again."""
    assert asked.runs["moved"]["num_new"] == 1
    stranger = asked.sites["stranger"]
    assert len(stranger.requests) == 2
    for request in stranger.requests:
        assert not {*OWN_HEADERS, "Cookie", "Authorization"} & set(request.headers)
    assert headers(asked.sites["moved"], "/1")[0]["Authorization"] == BASIC


def test_a_site_of_its_own_without_documents_sees_no_log_in(asked):
    """A host of the source that has none of its documents is told the log-in neither; over http nothing at all."""
    (told,) = headers(asked.sites["other"], "/2")
    assert not {"Cookie", "Authorization"} & set(told)


def test_a_missing_secret_fails_the_run_before_anything_is_asked(locked):
    """The run fails as ``secret_missing``; the log names the key, and the variable that is not set."""
    assert locked.code == 1
    assert (locked.runs["locked"]["outcome"], locked.runs["locked"]["reason"]) == ("failed", "secret_missing")
    (refused,) = [line for line in locked.log if line["event"] == "run.refused"]
    assert refused["error"] == "basic_auth: the environment variable GAZETTE_LOGIN_NOT_SET is not set"
    assert locked.sites["locked"].requests == []


def test_robots_txt_is_obeyed_by_the_sources_own_name(asked):
    """The product token of the source's user agent decides, not that of the others."""
    assert asked.runs["shut"]["num_rejected"] == 1
    assert "robots_disallowed" in {line.get("reason") for line in asked.logs["shut"]}


def test_a_source_may_be_asked_more_slowly_than_others(asked):
    """``delay`` takes the place of that of ``[crawl]``."""
    times = asked.sites["slow"].times
    assert len(times) == 3
    # The distance is kept when sending; the rest of a gap is the road.
    assert all(later - earlier > 0.5 for earlier, later in pairwise(times))


def test_scrapys_own_command_asks_in_the_same_way(database_url, tmp_path, monkeypatch):
    """``scrapy crawl news`` has the source's headers and settings, and a missing secret fails its run, too."""
    with paper() as gazette:
        config = configuration(
            tmp_path,
            source("gazette", gazette, user_agent="gazettebot/1.0", cookies={"a": "env:A_COOKIE"}),
            source("locked", gazette, bearer_token="env:NOT_SET_AT_ALL"),
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


@pytest.mark.parametrize(("name", "result"), [("strict", ("failed", "tls")), ("lax", ("succeeded", None))])
def test_a_certificate_that_nobody_signed(unsigned, name, result):
    """It is ``tls``, but for a source that does not mind."""
    assert (unsigned.runs[name]["outcome"], unsigned.runs[name]["reason"]) == result


def test_one_source_does_not_mind_for_another(unsigned):
    """Of two sources with the same certificate, in one worker, the one that minds is refused."""
    runs = unsigned.runs
    assert (runs["lax-neighbour"]["outcome"], runs["strict-neighbour"]["reason"]) == ("succeeded", "tls")


@pytest.mark.parametrize("way", WAYS)
def test_a_source_is_asked_through_its_proxy(proxied, way):
    """The proxy may be at a private address, and gets its log-in; the site is not told of it."""
    site = proxied.sites[way]
    assert proxied.runs[way]["num_new"] == 1
    assert site.paths == ["/robots.txt", "/feed", "/1"]
    assert not any("Proxy-Authorization" in request.headers for request in site.requests)
    there = f"{UNKNOWN}:{site.port}"
    is_plain = way.startswith("http-")
    wanted = {f"GET http://{there}{path}" for path in site.paths} if is_plain else {f"CONNECT {there}"}
    assert set(proxied.proxies[way].asked) == wanted
    assert "hunter2" not in str(proxied.log)


def test_a_proxy_is_no_way_into_a_network(visit):
    """What it is asked for is judged as ever: addresses, and names that resolve here to a private one."""
    private = ["127.0.0.1", "localhost"]
    with Proxy() as proxy, paper(host=UNKNOWN) as site:
        urls = [site.url("/secret", host) for host in private]
        site.pages |= {"/feed": rss(site.url("/1", UNKNOWN), *urls), "/secret": article("Secret")}
        more = {"hosts": private, "proxy": f"http://127.0.0.1:{proxy.port}"}
        visited = visit([source("gazette", site, UNKNOWN, **more)], allow_networks=[])
    assert {line["url"] for line in visited.log if line.get("reason") == "private_address"} == set(urls)
    assert visited.runs["gazette"]["num_new"] == 1
    assert not any("localhost" in asked or "/secret" in asked for asked in proxy.asked)


def test_a_proxy_that_refuses_is_no_connection(proxied):
    """A proxy that wants a log-in it was not given: ``connection``, and its answer is told."""
    assert proxied.runs["refused"]["reason"] == "connection"
    log = proxied.logs["refused"]
    assert "407" in next(line["error"] for line in log if line["event"] == "document.failed")


def test_proxies_of_the_environment_are_not_used(locked):
    """``http_proxy`` is for others."""
    assert locked.runs["plain"]["num_new"] == 1
