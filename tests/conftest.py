"""The database of the tests: a server (embedded, or the one named), a migrated template, a copy of it per test.

The whole suite runs in several processes at once (pytest-xdist), which share the server. Each file stays in one
process, with the visits that its tests look at.
"""

import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql as composed
from psycopg.conninfo import make_conninfo

from sql.database import open_database
from sql.embedded import embedded_postgres, superuser_url, wait_until_stopped
from sql.migrate import migrate

_FOLDER = pytest.StashKey[Path]()
_MOST_PROCESSES = 8

settings.register_profile("tests", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("tests")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """One more than there are cores, since much of the time is waiting; named tests run in the one process."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return min(len(os.sched_getaffinity(0)) + 1, _MOST_PROCESSES)


def pytest_configure(config):
    """Make the folder that all processes share; the first of them does, and removes it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background: children would be deaf, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if (given := getattr(config, "workerinput", None)) is not None:
        config.stash[_FOLDER] = Path(given["folder"])
        return
    folder = config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="tidings-", dir="/tmp"))
    folder.chmod(0o711)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell a process where the folder is."""
    node.workerinput["folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config):
    """Remove the folder, once the server in it has stopped: it does when the last process has let go of it."""
    folder = config.stash.get(_FOLDER, None)
    if folder is not None and not hasattr(config, "workerinput"):
        wait_until_stopped(folder / "pg")
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """A PostgreSQL server on which databases can be made, all owned by the role that the tests connect as."""

    def __init__(self, url: str, admin_url: str) -> None:
        self.url = url
        self.admin_url = admin_url
        self._strategy = ""

    def create(self, *, template: str = "template1", prefix: str = "tidings_test") -> str:
        """Make a database with a name of its own, and return its URL."""
        name = f"{prefix}_{secrets.token_hex(6)}"
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            owner = psycopg.conninfo.conninfo_to_dict(self.url).get("user", "postgres")
            connection.execute(
                composed.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} {}").format(
                    *map(composed.Identifier, (name, str(owner), template)), composed.SQL(self._strategy)
                )
            )
        return replaced(self.url, name)

    def hurry(self) -> None:
        """Let the server wait for no disk: what it holds need not outlive the machine's next power cut."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(composed.SQL("ALTER SYSTEM SET {} = off").format(composed.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        self._strategy = "STRATEGY file_copy"  # half the time, where its two checkpoints cost nothing

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = composed.Identifier(name_of(url))
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(composed.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def name_of(url: str) -> str:
    """The database that a URL names."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def replaced(url: str, name: str) -> str:
    """The URL with another database in it."""
    parts = urlsplit(url)
    return parts._replace(path=f"/{name}").geturl() if parts.scheme else make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def short_folder(pytestconfig):
    """A folder with a short path that an unprivileged server may enter; pytest's own are neither."""
    return pytestconfig.stash[_FOLDER]


@pytest.fixture(scope="session")
def embedded_server(short_folder):
    """The embedded server, whatever other server the suite runs against."""
    with embedded_postgres(short_folder / "pg") as url:
        server = Server(url, superuser_url(url))
        server.hurry()
        yield server


@pytest.fixture(scope="session")
def server(request):
    """The server of ``TIDINGS_TEST_DATABASE_URL``, whose role may create databases; else the embedded one."""
    named = os.environ.get("TIDINGS_TEST_DATABASE_URL")
    return Server(named, named) if named else request.getfixturevalue("embedded_server")


@pytest.fixture(scope="session")
def template(server):
    """A migrated database that is only ever copied."""
    url = server.create()
    migrate(url)
    yield name_of(url)
    server.drop(url)


@pytest.fixture
def empty_database_url(server):
    """A database without our schema."""
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def database_url(server, template):
    """A database with our schema and no rows."""
    url = server.create(template=template)
    yield url
    server.drop(url)


@pytest.fixture
async def database(database_url):
    """The same, with a pool open on it."""
    async with open_database(database_url, application_name="tests", max_size=8) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    """Settings of the person who runs the tests must not decide their outcome."""
    for name in list(os.environ):
        if name.startswith("TIDINGS_") and name != "TIDINGS_TEST_DATABASE_URL":
            monkeypatch.delenv(name)
