"""What Postgres may do while pages are fetched: nothing is lost or doubled, nobody has to come and mend it."""

import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pytest

from sql.migrate import migrate
from tests.faults.audit import audit
from tests.faults.daemon import Installation, kill_group
from tests.faults.papers import Papers
from tests.support.cli import eventually
from tests.support.postgres import OwnServer
from tests.support.processes import children
from tests.support.relay import Relay


@pytest.fixture(scope="module")
def own_server(short_folder):
    """A server that these tests may stop."""
    with OwnServer(short_folder / "faults") as server:
        server.do("ALTER SYSTEM SET fsync = off")
        server.do("ALTER SYSTEM SET max_connections = 60")
        server.do("ALTER ROLE tidings PASSWORD 'secret'")
        server.do("CREATE ROLE other LOGIN")
        server.ask_for_passwords()
        server.stop()
        server.start()
        yield server


@pytest.fixture(scope="module")
def relay(own_server):
    """The way to an empty database on it."""
    migrate(_url_of(own_server))
    with Relay(_url_of(own_server)) as opened:
        yield opened


@pytest.fixture(scope="module")
def papers():
    """Two papers, which list more and more."""
    with Papers(sites=2, articles=1000, listed=5, latency=0.05) as opened:
        yield opened


@pytest.fixture(scope="module")
def installation(papers, own_server, relay, tmp_path_factory):
    """Tidings, whose database is at the other end of the relay."""
    made = Installation(papers, _url_of(own_server), tmp_path_factory.mktemp("tidings"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def scene(installation, own_server, relay):
    """The daemon, which lives through all that these tests do to its database."""
    return Scene(installation, own_server, relay)


@pytest.fixture(autouse=True)
def _at_work(scene):
    """Pages are being fetched, and stored."""
    scene.list_more(20)


def _url_of(server):
    return f"{server.url}&password=secret"


class Scene:
    """A daemon at work, whose database is at the other end of a relay."""

    def __init__(self, installation, server, relay):
        self.installation, self.server, self.relay = installation, server, relay
        self.start()
        eventually(lambda: is_ready(installation))
        self.processes = processes(self.daemon)

    def start(self, **settings):
        """Start the daemon."""
        self.daemon = self.installation.start(TIDINGS_DATABASE_URL=self.relay.url(password="secret"), **settings)

    def num_pages(self):
        """How many visits are recorded."""
        return self.installation.value("SELECT count(*) FROM tidings.pages")

    def has_stored_more(self, num_pages):
        """Whether the server answers, and more visits are recorded than so many."""
        with suppress(psycopg.OperationalError):
            return self.num_pages() > num_pages

    def list_more(self, number):
        """The papers list so many more articles each; returns when the first of them is stored."""
        before, self.num_lines = self.num_pages(), len(self.installation.log())
        self.installation.papers.num_listed += number
        with psycopg.connect(self.installation.database_url) as connection:
            connection.execute("UPDATE tidings.sources SET due_at = now()")
        eventually(lambda: self.num_pages() > before)

    def come_to_rest(self, figures, *, is_requeued=False):
        """Everything is stored once, by the processes that were there before, each run in one attempt."""
        self.relay.latency = 0.0
        self.installation.come_to_rest()
        eventually(lambda: self.installation.value("SELECT count(*) FROM tidings.procrastinate_jobs") == 0)
        assert processes(self.daemon) == self.processes
        audit(self.installation)
        papers = self.installation.papers
        asked = papers.article_requests
        figures.note("requests per article", asked.total() / len(papers.expected))
        assert asked.total() == len(papers.expected), [url for url, times in asked.items() if times > 1]
        events = {line["event"] for line in self.installation.log()[self.num_lines :]}
        assert ("run.requeued" in events) is is_requeued


def health(installation, path="readyz"):
    """The daemon's own word: status code and JSON; None if it does not listen yet."""
    ready = installation.log("daemon.ready")
    return health_at(ready[-1]["page"], path) if ready else None


def health_at(page, path="readyz"):
    """The same, of the daemon with this page."""
    try:
        with urllib.request.urlopen(f"{page}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except urllib.error.URLError:
        return None


def is_down(installation):
    told = health(installation)
    return told and told[1]["status"] == "database down"


def is_ready(installation):
    told = health(installation)
    return told and told[0] == 200


def processes(daemon):
    """The supervisor, and its workers."""
    return {daemon.pid, *children(daemon.pid)}


@contextmanager
def stopped(server, relay):
    server.stop()
    yield
    server.start()


@contextmanager
def killed(server, relay):
    server.kill()
    yield
    server.start()


@contextmanager
def hole(server, relay):
    relay.is_hole = True
    yield
    relay.is_hole = False


@contextmanager
def read_only(server, relay):
    server.do("ALTER SYSTEM SET default_transaction_read_only = on")
    server.do("SELECT pg_reload_conf()")
    yield
    server.do("ALTER SYSTEM RESET default_transaction_read_only")
    server.do("SELECT pg_reload_conf()")


@contextmanager
def another_password(server, relay):
    server.do("ALTER ROLE tidings PASSWORD 'another'")
    server.cut_off()
    yield
    server.do("ALTER ROLE tidings PASSWORD 'secret'")


@contextmanager
def no_connections(server, relay):
    """Others have all of them."""
    with ExitStack() as others:
        server.do("ALTER ROLE tidings CONNECTION LIMIT 0")
        server.cut_off()
        with suppress(psycopg.OperationalError):
            while True:
                others.enter_context(psycopg.connect(server.url_of("other")))
        server.do("ALTER ROLE tidings CONNECTION LIMIT -1")
        yield


FAULTS = {
    "stopped": (stopped, 5, 30),
    "killed": (killed, 4, 30),
    "black hole": (hole, 8, 60),
    "read-only": (read_only, 5, 30),
    "password": (another_password, 5, 30),
    "no connections": (no_connections, 5, 30),
}
"""What is done to the database, for how many seconds: in the short form, and in the full one."""


@pytest.mark.parametrize("name", FAULTS)
def test_the_database_goes_and_comes_back(scene, figures, full, name):
    """All processes live on and say what is wrong; each page is stored once, and asked for once."""
    fault, short, long = FAULTS[name]
    installation = scene.installation
    requests = installation.papers.requests
    with fault(scene.server, scene.relay):
        num_lines, began = len(installation.log()), time.monotonic()
        figures.within(10, "until health says so", lambda: is_down(installation), since=began)
        assert health(installation)[0] == 503
        assert health(installation, "healthz")[0] == 200
        assert health(installation, "healthz")[1]["database"] == "down"
        num_asked = len(requests)
        while time.monotonic() - began < (long if full else short):
            time.sleep(0.2)
        minutes = max(1.0, (time.monotonic() - began) / 60)
        figures.note("log lines a minute", (len(installation.log()) - num_lines) / minutes, at_most=100)
        figures.note("requests since it was known", len(requests) - num_asked)
        spool = (installation.folder / "spool").glob("*.pages")
        figures.note("on disk", sum(file.stat().st_size for file in spool) / 1024, "KiB")
    num_pages, back = scene.num_pages(), time.monotonic()
    installation.papers.num_listed += 2
    figures.within(15, "until health is ready", lambda: is_ready(installation), since=back)
    figures.within(15, "until the first new row", lambda: scene.num_pages() > num_pages, since=back)
    scene.come_to_rest(figures)


def test_a_session_of_the_server_is_killed(scene, figures, full):
    """The server ends all sessions and recovers; so do we, each time."""
    for _ in range(10 if full else 2):
        num_pages, began = scene.num_pages(), time.monotonic()
        scene.installation.papers.num_listed += 3
        scene.server.kill_backend()
        figures.within(
            15,
            "until the first new row",
            lambda num_pages=num_pages: scene.has_stored_more(num_pages),
            since=began,
        )
    scene.come_to_rest(figures)


@pytest.mark.parametrize("latency", [0.2, 2.0])
def test_the_database_is_far_away(scene, figures, full, latency):
    """No round trip is so slow that a worker is taken for dead, or a run for lost."""
    if latency > 1 and not full:
        pytest.skip("takes minutes, and is in the full form")
    began, num_pages = time.monotonic(), scene.num_pages()
    scene.relay.latency = latency
    for _ in range(4 if full else 1):
        num_pages = scene.num_pages()
        scene.installation.papers.num_listed += 5
        eventually(lambda num_pages=num_pages: scene.num_pages() >= num_pages + 10, seconds=400)
    while full and time.monotonic() - began < 60:
        time.sleep(1)
    figures.note("until they were stored", time.monotonic() - began, "s")
    assert is_ready(scene.installation)
    scene.come_to_rest(figures)


def test_what_was_fetched_outlives_its_worker(scene, figures):
    """The daemon is killed while its database is away: what it had fetched the next one stores, not fetches."""
    installation = scene.installation
    requests = installation.papers.requests
    scene.come_to_rest(figures)
    installation.papers.latency = 0.5  # so that the run is in the middle of it when its first page is stored
    scene.list_more(30)
    scene.server.stop()
    eventually(lambda: time.monotonic() - requests[-1][0] > 3)
    kill_group(scene.daemon)
    installation.papers.latency = 0.0
    scene.server.start()
    scene.start()
    eventually(lambda: is_ready(installation))
    scene.processes = processes(scene.daemon)
    scene.come_to_rest(figures, is_requeued=True)
    assert installation.log("spool.taken_over")
    assert not installation.log("page.discarded")


def test_a_start_without_a_database(scene, figures):
    """The daemon waits, says so in its log and at its page, and works as soon as the database is there.

    `once` ends with exit code 2.
    """
    installation = scene.installation
    scene.come_to_rest(figures)
    installation.stop(scene.daemon)
    scene.server.stop()
    num_lines, num_asked = len(installation.log()), len(installation.papers.requests)
    listen = f"127.0.0.1:{free_port()}"
    scene.start(TIDINGS_WEB_LISTEN=listen)
    eventually(lambda: installation.log()[num_lines:])
    down = figures.within(10, "until health says so", lambda: health_at(f"http://{listen}/"))
    assert (down[0], down[1]["status"]) == (503, "database down")
    assert health_at(f"http://{listen}/", "healthz")[0] == 200
    assert installation.start("once", TIDINGS_DATABASE_URL=scene.relay.url(password="secret")).wait(60) == 2
    assert scene.daemon.poll() is None
    assert [line["event"] for line in installation.log()[num_lines:]] == ["database.lost"]
    scene.server.start()
    began = time.monotonic()
    scene.list_more(1)
    figures.within(
        15, "until the first request", lambda: len(installation.papers.requests) > num_asked, since=began
    )
    eventually(lambda: is_ready(installation))
    scene.processes = processes(scene.daemon)
    scene.come_to_rest(figures)


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
