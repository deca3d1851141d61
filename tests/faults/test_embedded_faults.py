"""The embedded server, its keeper and its backends are killed while the daemon is at work."""

import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sql.embedded import embedded_postgres
from tests.faults.audit import audit
from tests.faults.embedded import EmbeddedInstallation, kill, processes_of, short_folder, small_disk
from tests.faults.papers import Papers
from tests.support.cli import eventually, running, tidings, told

VICTIMS = ("postmaster", "keeper", "both", "backend")


@pytest.fixture
def papers():
    """One that lists no article yet."""
    with Papers(sites=1, articles=200, listed=0) as opened:
        yield opened


@pytest.fixture
def installation(papers, tmp_path):
    """Tidings with an embedded server, not started yet."""
    with short_folder() as folder:
        made = EmbeddedInstallation(papers, folder, tmp_path)
        yield made
        made.end()


def test_the_server_is_killed_under_the_daemon(installation, papers, figures, full):
    """Whatever of it is killed, the daemon has it back by itself, with all that was fetched meanwhile stored."""
    daemon = installation.start()
    eventually(lambda: installation.log("daemon.ready"))
    papers.num_listed = 20
    eventually(installation.all_stored)
    for turn in range(5 if full else 1):
        for victim in VICTIMS:
            before = papers.num_listed
            papers.num_listed = 20 + 10 * (turn * len(VICTIMS) + VICTIMS.index(victim) + 1) * (1 if full else 2)
            eventually(lambda before=before: papers.article_requests.get(papers.url(0, f"/a/{before}")))
            kill(*_pids(installation, victim))
            killed = time.monotonic()
            figures.within(30, f"serves again after {victim}", installation.all_stored, since=killed)
    installation.come_to_rest()
    audit(installation)
    lost = installation.log("postgres.lost")
    assert len(lost) == 3 * (5 if full else 1), "one line for each time, none for a backend"
    assert daemon.poll() is None
    figures.within(30, "the end of all processes", lambda: installation.stop(daemon) == 0)
    figures.within(10, "the end of its server", lambda: not installation.processes())


def _pids(installation, victim):
    if victim == "both":
        return installation.keeper(), installation.postmaster()
    return (getattr(installation, victim)(),)


def test_two_daemons_start_at_once_on_one_data_directory(installation, papers):
    """One of them starts the server, both use it, and it stays until the last of them has gone."""
    papers.num_listed = 10
    daemons = [installation.start(), installation.start()]
    eventually(lambda: len(installation.log("daemon.ready")) == 2)
    assert len(installation.log("postgres.started")) == 1
    assert installation.stop(daemons[0]) == 0
    papers.num_listed = 20
    installation.come_to_rest()
    audit(installation)
    assert installation.stop(daemons[1]) == 0
    eventually(lambda: not installation.processes(), seconds=30)


MOMENTS = ("PG_VERSION", "global/pg_control", "base/1/PG_VERSION", "base/5/PG_VERSION")
"""Files that initdb makes one after the other."""


def test_the_first_start_is_killed_half_way(tmp_path, full):
    """Whatever initdb has left unfinished, the next start makes a whole one."""
    for moment in MOMENTS if full else MOMENTS[1:2]:
        with short_folder() as folder:
            config = tmp_path / "tidings.toml"
            config.write_text(f'[database]\ndata_dir = "{folder}"\n', encoding="utf-8")
            with running("db", "status", "--config", config, log=tmp_path / "out"):
                eventually(
                    lambda folder=folder, moment=moment: list(folder.glob(f"postgres.unfinished-*/{moment}"))
                )
                kill(*processes_of(folder))
            eventually(lambda folder=folder: not processes_of(folder))
            with embedded_postgres(folder) as url, psycopg.connect(url) as connection:
                connection.execute("SELECT")
            assert not list(folder.glob("postgres.unfinished-*"))
            eventually(lambda folder=folder: not processes_of(folder))


@contextmanager
def other_version(folder: Path):
    """The cluster of an older PostgreSQL."""
    cluster = folder / "postgres"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("17\n", encoding="ascii")
    yield "belongs to PostgreSQL 17"
    assert [entry.name for entry in cluster.iterdir()] == ["PG_VERSION"]


@contextmanager
def somebody_elses(folder: Path):
    """A folder with a file that is not ours."""
    (folder / "postgres").mkdir()
    (folder / "postgres" / "thesis.txt").write_text("chapter one", encoding="ascii")
    yield "move it away"
    assert (folder / "postgres" / "thesis.txt").read_text(encoding="ascii") == "chapter one"


@contextmanager
def read_only(folder: Path):
    """A disk on which nothing may be written."""
    with small_disk(folder, 1, options="ro"):
        yield "Read-only file system"


@contextmanager
def no_room(folder: Path):
    """A disk that is too small for a cluster."""
    with small_disk(folder, 40):
        yield "No space left on device"


@pytest.mark.parametrize("state", [other_version, somebody_elses, read_only, no_room])
def test_the_daemon_refuses_with_one_line(tmp_path, state):
    """What it cannot use it leaves alone: exit code 2, and one line that says what is the matter and where."""
    with short_folder() as folder, state(folder) as words:
        line = told(tidings("run", TIDINGS_DATABASE_DATA_DIR=str(folder), cwd=tmp_path), 2)
        assert words in line
        assert str(folder) in line
