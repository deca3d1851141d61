"""What machines that watch over the daemon are told by it, from the outside."""

import json
import os
import signal
import socket
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from crawler.metrics import METRICS
from tests.support.cli import configuration, events, eventually, running, tidings, told
from tests.support.pages import article, rss
from tests.support.processes import children, naming
from tests.support.sites import Site


@pytest.fixture
def site():
    """A paper with nine articles, two of them the same text, and a link that leads nowhere.

    One is of three minutes ago, one of some time of yesterday, and the others are months old.
    """
    now = datetime.now(UTC)
    dates = {2: (now - timedelta(minutes=3)).isoformat(), 3: (now - timedelta(days=1)).date().isoformat()}
    with Site() as opened:
        headlines = ["The same", "The same", *(f"Number {n}" for n in range(2, 9))]
        opened.pages = {
            f"/{n}": article(headline, published=dates.get(n, "2026-03-02T07:30:00+01:00"))
            for n, headline in enumerate(headlines)
        }
        opened.pages["/feed"] = rss(*(opened.url(f"/{n}") for n in range(10)))
        yield opened


@pytest.fixture
def manager(tmp_path):
    """A service manager's socket; returns the next thing that it hears which begins with a word."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(120)

        def hears(word):
            while not (said := channel.recv(1000).decode()).startswith(word):
                pass
            return said

        yield hears


def ask(address):
    """Status and text of an answer, asked for as Prometheus does."""
    request = urllib.request.Request(address, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.status, answer.read().decode()


def samples(page):
    """Every sample of /metrics by name and labels."""
    families = parsed(ask(f"{page}metrics")[1])
    return {
        (sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples
    }


def visits(url):
    """How the visits in the database ended."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT outcome, reason, count(*) FROM tidings.pages GROUP BY 1, 2").fetchall()
    return {("tidings_pages_total", outcome, reason): number for outcome, reason, number in rows}


def page_of(log):
    """The address of the daemon that logs there, once it is ready."""
    return eventually(
        lambda: next((line["page"] for line in events(log.read_text()) if line["event"] == "daemon.ready"), None)
    )


def test_a_daemon_tells_how_it_fares(site, manager, database_url, tmp_path):
    """Metrics agree with the database, and outlive a worker; systemd hears of it; no file is left."""
    source = {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")], "every": "1d"}
    config, log = configuration(tmp_path, source), tmp_path / "out"
    settings = {
        "TIDINGS_DATABASE_URL": database_url,
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "2000000",
    }
    with running("run", "--config", config, log=log, **settings) as daemon:
        assert manager("READY=1")
        assert manager("WATCHDOG=1")
        page = page_of(log)
        eventually(lambda: samples(page).get(("tidings_runs_total", "succeeded")) == 1)
        before = samples(page)
        counted = {key: value for key, value in before.items() if key[0] == "tidings_pages_total"}
        assert counted == visits(database_url)
        assert sum(counted.values()) == 10
        assert before["tidings_articles_total", "new"] == 8
        assert before["tidings_articles_total", "duplicate"] == 1
        assert before["tidings_polls_total", "read"] == 1
        assert before["tidings_request_duration_seconds_count", "page"] == 10
        assert before["tidings_run_start_delay_seconds_count",] == 1
        assert before["tidings_freshness_seconds_count",] == 1
        assert before["tidings_freshness_seconds_bucket", "120.0"] == 0
        assert before["tidings_leader",] == 1
        assert ask(f"{page}healthz") == (200, '{"status": "alive", "database": "up"}')
        assert eventually(lambda: ask(f"{page}readyz")[0] == 200)
        (worker,) = naming("scheduler.workers") & set(children(daemon.pid))
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: samples(page)["tidings_worker_deaths_total",] == 1)
        eventually(lambda: samples(page).get(("tidings_pool_connections", "workers", "idle")))
        after = samples(page)
        assert {key: after[key] for key in counted} == counted
        text = ask(f"{page}metrics")[1]
        assert {family.name for family in parsed(text)} == {metric.name for metric in METRICS} - {"tidings_alarm"}
        assert manager("STATUS=0 sources due, 1 worker, leading; 0 alarms")
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(60) == 0
    assert list((tmp_path / "spool" / "metrics").iterdir()) == []


def test_a_further_host_is_asked_where_it_was_told_to_listen(database_url, tmp_path):
    """Only there, and without a token only on loopback; an address that is taken is an error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        taken.listen()
        config = configuration(tmp_path)
        settings = {"TIDINGS_DATABASE_URL": database_url}
        done = tidings("worker", "--config", config, "--listen", address, **settings)
        assert f"--listen {address}: " in told(done, 2)
        done = tidings("worker", "--config", config, "--listen", "0.0.0.0:8412", **settings)
        assert "not a loopback address" in told(done, 2)
        public = address.replace("127.0.0.1", "0.0.0.0")
        token = {"TIDINGS_WEB_TOKEN": "0123456789abcdef0123"}
        done = tidings("worker", "--config", config, "--listen", public, **settings, **token)
        assert f"--listen {public}: " in told(done, 2), "with a token it would be listened on, were it not taken"
    with running("worker", "--config", config, "--listen", address, log=tmp_path / "out", **settings) as daemon:

        def is_ready():
            try:
                return ask(f"http://{address}/readyz")
            except urllib.error.URLError:
                return None

        status, said = eventually(lambda: (answer := is_ready()) and answer[0] == 200 and answer)
        assert (status, json.loads(said)["num_workers"]) == (200, 1)
        found = samples(f"http://{address}/")
        assert found["tidings_workers",] == 1
        assert ("tidings_leader",) not in found
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(60) == 0
