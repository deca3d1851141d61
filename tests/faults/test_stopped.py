"""SIGTERM, once and twice, at any time: everything ends in time, and nothing is left behind."""

import signal
import subprocess
import time

import psycopg
import pytest

from sql.advisory import MIGRATE, TRY_LOCK
from sql.embedded import embedded_postgres
from tests.faults.audit import audit
from tests.faults.cable import Cable
from tests.faults.daemon import Installation
from tests.faults.papers import Papers
from tests.support.cli import eventually
from tests.support.processes import alive, descendants, naming

SLOW_SECONDS = 90.0
"""Longer than anybody waits."""
SECONDS = {1: 30, 2: 3}
"""Within which a loaded process is gone after so many signals."""


@pytest.fixture
def papers():
    """Six papers with a few articles."""
    with Papers(sites=6, articles=8) as opened:
        yield opened


@pytest.fixture
def patience(full):
    """``[crawl]``: the short form does not wait for the ten seconds that requests have by default."""
    return {"timeout": "5m"} | ({} if full else {"shutdown_timeout": "2s"})


@pytest.fixture
def installation(papers, database_url, tmp_path, patience):
    """Tidings on a database that outlives it."""
    made = Installation(papers, database_url, tmp_path, crawl=patience)
    yield made
    made.end()


@pytest.fixture
def embedded(papers, short_folder, request, patience):
    """Tidings with the embedded server, whose programs may be run from a folder with a short path only."""
    folder = short_folder / request.node.name[-20:]
    folder.mkdir(mode=0o711)
    tables = {"database": {"data_dir": str(folder / "data")}}
    made = Installation(papers, "", folder, crawl={"workers": 2} | patience, **tables)
    yield made
    made.end()


def terminate(process: subprocess.Popen, *, times: int = 1, pause: float = 0.5) -> float:
    """Send SIGTERM; returns the ``time.monotonic()`` of the last one."""
    for number in range(times):
        if number:
            time.sleep(pause)
        process.send_signal(signal.SIGTERM)
    return time.monotonic()


def test_an_idle_daemon_stops_at_once(installation, figures):
    """Two seconds, and no child is left."""
    daemon = installation.start()
    installation.come_to_rest()
    below = descendants(daemon.pid)
    assert below
    since = terminate(daemon)
    figures.within(2, "idle daemon gone", lambda: daemon.poll() is not None, since=since)
    assert daemon.returncode == 0
    eventually(lambda: not any(map(alive, below)), seconds=2)
    assert installation.log()[-1]["event"] == "daemon.stopped"


@pytest.mark.parametrize("times", [1, 2])
def test_a_loaded_daemon_stops_in_time(embedded, papers, figures, times):
    """With slow sites, two workers, its own server: no child and no server left; the next start goes on."""
    daemon = embedded.start()
    _load(embedded, papers)
    below = descendants(daemon.pid)
    seconds = SECONDS[times]
    since = terminate(daemon, times=times)
    data_dir = embedded.folder / "data"
    figures.within(
        seconds,
        f"loaded daemon gone with its server, {times} x SIGTERM",
        lambda: daemon.poll() is not None and not naming(str(data_dir)),
        since=since,
    )
    assert not any(map(alive, below))
    papers.latency = 0.0
    with embedded_postgres(data_dir) as embedded.database_url:
        if times == 1:
            assert embedded.fetch(HELD) == []
            assert embedded.fetch(UNFINISHED) == [("aborted", "shutdown")]
        embedded.start()
        embedded.come_to_rest()
        audit(embedded)
        embedded.end()


HELD = """
    SELECT r.run_id FROM tidings.runs r JOIN tidings.procrastinate_jobs j ON j.id = r.job_id AND j.status = 'doing'
    UNION ALL
    SELECT run_id FROM tidings.sources WHERE due_at > now() AND run_id IS NULL"""
"""Runs that a worker has not handed back, and sources that would have to wait for their turn."""
UNFINISHED = "SELECT DISTINCT outcome::text, reason FROM tidings.runs WHERE outcome = 'aborted'"
"""How the runs ended that were cut short."""


@pytest.mark.parametrize("ending", [("worker", 1), ("once", 2), ("worker", 2), ("once", 1)])
def test_workers_and_once_stop_as_the_daemon_does(installation, papers, figures, full, ending):
    """The same bounds; what was begun is taken up by whoever comes next."""
    command, times = ending
    if ending in {("worker", 2), ("once", 1)} and not full:
        pytest.skip("in the full form alone")
    seconds = SECONDS[times]
    daemon = installation.start() if command == "worker" else None
    process = installation.start(command)
    if daemon:
        eventually(lambda: len(installation.log("worker.started")) >= 2)
    _load(installation, papers)
    below = descendants(process.pid)
    since = terminate(process, times=times)
    what = f"loaded {command} gone, {times} x SIGTERM"
    figures.within(seconds, what, lambda: process.poll() is not None, since=since)
    assert not any(map(alive, below))
    papers.latency = 0.0
    if not daemon:
        installation.start()
    installation.come_to_rest()
    audit(installation)


def _load(installation, papers):
    """Let every paper be asked for articles that it is not going to give for a long time."""
    eventually(lambda: len(papers.article_requests) >= papers.num_sites)
    papers.latency = SLOW_SECONDS
    asked = len(papers.requests)
    eventually(lambda: len(papers.requests) >= asked + papers.num_sites)


def test_a_daemon_stops_while_it_waits_for_others_to_migrate(installation, empty_database_url, figures):
    """SIGTERM during start-up, before there is anything to end."""
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        assert other.execute(TRY_LOCK, (MIGRATE,)).fetchone() == (True,)
        daemon = installation.start(TIDINGS_DATABASE_URL=empty_database_url)
        eventually(lambda: _is_connected(other, "tidings migrate"))
        since = terminate(daemon)
        figures.within(2, "starting daemon gone", lambda: daemon.poll() is not None, since=since)
    assert daemon.returncode == 0


def test_a_daemon_stops_in_the_middle_of_a_migration(installation, empty_database_url, figures):
    """SIGTERM while a statement of a migration runs: nothing of it is left, and the next start does it."""
    with (
        psycopg.connect(empty_database_url) as other,
        psycopg.connect(empty_database_url, autocommit=True) as watching,
    ):
        other.execute("CREATE SCHEMA tidings")  # not committed: who wants to create it waits for us
        daemon = installation.start(TIDINGS_DATABASE_URL=empty_database_url)
        eventually(lambda: _is_connected(watching, "tidings migrate"))
        since = terminate(daemon)
        figures.within(2, "migrating daemon gone", lambda: daemon.poll() is not None, since=since)
        other.rollback()
    installation.database_url = empty_database_url
    ready = len(installation.log("daemon.ready"))
    installation.start()
    eventually(lambda: len(installation.log("daemon.ready")) > ready)
    installation.come_to_rest()
    audit(installation)


@pytest.mark.parametrize("command", ["run", "once", "worker"])
def test_a_start_without_an_answer_from_the_database_can_be_stopped(installation, database_url, figures, command):
    """SIGTERM while the database takes the connection, and says nothing."""
    with Cable(database_url) as cable:
        cable.cut()
        process = installation.start(command, TIDINGS_DATABASE_URL=cable.url)
        eventually(lambda: cable.num_connections)
        since = terminate(process)
        figures.within(2, f"{command} gone", lambda: process.poll() is not None, since=since)


def test_a_daemon_at_work_stops_without_its_database(installation, papers, database_url, figures):
    """SIGTERM while the database is cut off: within the same bound; what was fetched is not asked for again."""
    with Cable(database_url) as cable:
        daemon = installation.start(TIDINGS_DATABASE_URL=cable.url)
        eventually(lambda: len(papers.article_requests) >= papers.num_sites)
        below = descendants(daemon.pid)
        cable.cut()
        since = terminate(daemon)
        figures.within(30, "daemon gone without its database", lambda: daemon.poll() is not None, since=since)
    assert not any(map(alive, below))
    installation.start()
    installation.come_to_rest()
    audit(installation)


def _is_connected(connection: psycopg.Connection, application_name: str) -> bool:
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    )
    row = connection.execute(statement, [application_name]).fetchone()
    return row is not None and row[0] > 0
