"""The daemon as an operator meets it: started, reloaded, killed, stopped."""

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from importlib.metadata import version

import psycopg
import pytest

from sql.embedded import embedded_postgres
from tests.support.cli import configuration, events, eventually, running, tidings
from tests.support.pages import article, rss
from tests.support.processes import alive, children
from tests.support.sites import Site, slow


@pytest.fixture
def site():
    """A paper with twelve articles, three of them the same text."""
    with Site() as opened:
        opened.pages = {f"/{n}": article(f"Number {n}" if n > 2 else "The same") for n in range(12)}
        opened.pages["/feed"] = rss(*(opened.url(f"/{n}") for n in range(12)))
        yield opened


@pytest.fixture
def config(site, tmp_path):
    """A configuration with the paper, visited every second."""
    source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "every": "1s"}
    return configuration(tmp_path, source, crawl={"timeout": "2m"}, log={"file": str(tmp_path / "tidings.log")})


@pytest.fixture
def log(tmp_path):
    """What has been logged so far, all of it or one event of it."""

    def read(event=None):
        path = tmp_path / "tidings.log"
        lines = events(path.read_text(encoding="utf-8")) if path.exists() else []
        return [line for line in lines if event in {None, line["event"]}]

    return read


def counted(url, table="articles"):
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT count(*) FROM tidings.{table}").fetchone()[0]


def get(address):
    with urllib.request.urlopen(address, timeout=60) as response:  # our own daemon's page
        return response.status, response.read().decode(), response.headers


def test_articles_become_rows_and_stay_one(config, site, database_url, log, tmp_path):
    """Every URL has its copy and each text is stored once; a restart of the daemon adds nothing.

    Months are made ahead, by the daemon alone.
    """
    for _ in range(2):
        before = len(log("run.finished"))
        with running("run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=database_url) as daemon:
            eventually(lambda before=before: len(log("run.finished")) >= before + 2)
            eventually(lambda: len(log("partition.created")) == 12)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(120) == 0
        assert (counted(database_url), counted(database_url, "article_urls")) == (10, 12)
    assert site.paths.count("/5") == 1
    assert [line["event"] for line in log()][-1] == "daemon.stopped"


def test_the_end_of_the_daemon_is_the_end_of_its_workers(config, database_url, log, tmp_path):
    """After SIGTERM no child is left; after kill -9 of the daemon alone, its workers end by themselves."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with running("run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=database_url) as daemon:
            before = len(log("worker.started"))
            eventually(lambda before=before: len(log("worker.started")) > before)
            workers = children(daemon.pid)
            assert workers
            daemon.send_signal(number)
            daemon.wait(120)
            eventually(lambda workers=workers: not any(map(alive, workers)))


def test_the_page_and_the_health_endpoints(config, database_url, log, tmp_path):
    """The page shows source and article, the run page its pages; health says ready; nothing may be scripted."""
    with running("run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=database_url):
        ready = eventually(lambda: log("daemon.ready"))[0]
        page = ready["page"]
        assert ready["version"] == version("tidings")
        run = eventually(lambda: log("run.finished"))[0]
        status, text, headers = get(page)
        assert status == 200
        assert "gazette" in text
        assert "Number 11" in text
        assert "script-src 'self'; " in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "new_text" in get(f"{page}runs/{run['run_id']}")[1]
        assert json.loads(get(f"{page}readyz")[1])["status"] == "ready"
        assert json.loads(get(f"{page}healthz")[1])["status"] == "alive"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"{page}runs/none")


def test_a_scraped_text_stays_text_on_the_page(config, database_url, log, tmp_path):
    """Markup in a headline is shown, not obeyed, and no link but http(s) is made."""
    with running("run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=database_url):
        page = eventually(lambda: log("daemon.ready"))[0]["page"]
        eventually(lambda: log("run.finished"))
        with psycopg.connect(database_url) as connection:
            connection.execute("UPDATE tidings.articles SET headline = '<script>alert(1)</script>'")
            connection.execute("UPDATE tidings.urls SET url = 'javascript:alert(' || url_id || ')'")
        text = get(page)[1]
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "javascript:" not in text


def test_systemd_is_told(config, database_url, log, tmp_path):
    """READY=1 when the daemon works, WATCHDOG=1 while its duties go on, STOPPING=1 at the end; and how it is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(120)
        settings = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        with running(
            "run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=database_url, **settings
        ) as daemon:
            heard = {channel.recv(100) for _ in range(4)}
            daemon.send_signal(signal.SIGTERM)
            while b"STOPPING=1" not in heard:
                heard.add(channel.recv(100))
            daemon.wait(120)
    states = {state for state in heard if not state.startswith(b"STATUS=")}
    assert states == {b"READY=1", b"WATCHDOG=1", b"STOPPING=1"}


def test_the_demo_shows_rows(short_folder):
    """`tidings demo --once`: everything real, nothing configured; a summary, and nothing left behind."""
    home = short_folder / "demo-home"
    home.mkdir(mode=0o711)
    # As root the demo's data lies outside the home; either way it begins anew.
    done = tidings("demo", "--once", HOME=str(home), XDG_DATA_HOME=str(home))
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    for expected in ("harbour-courier", "new_text", "known_text", "robots_disallowed", "http_404", "Articles"):
        assert expected in text


def test_a_database_that_goes_away_costs_no_page(config, site, short_folder, log, tmp_path):
    """The server stops in the middle of a run and comes back: the same attempt ends the run, with every page."""
    data_dir = short_folder / "outage"
    site.pages |= {f"/{n}": slow(0.4, article(f"Number {n}")) for n in range(12)}
    with (
        embedded_postgres(data_dir) as url,
        running("run", "--config", config, log=tmp_path / "out", TIDINGS_DATABASE_URL=url) as daemon,
    ):
        eventually(lambda: len(site.paths) > 5)
        postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGINT)  # PostgreSQL's "fast shutdown"
        eventually(lambda: log("database.lost"))
        with embedded_postgres(data_dir):
            finished = eventually(lambda: log("run.finished"))[0]
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(120) == 0
    assert (finished["attempt"], finished["num_new"]) == (1, 12)
    assert log("page.discarded") == []
