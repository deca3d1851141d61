"""One PostgreSQL server as a child process: start it, make its database, stop it."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import psycopg

from sql.embedded.binaries import Account, check_reachable, installed_postgres, server_account, stage
from sql.embedded.child import child_options
from sql.embedded.cluster import ensure_cluster
from sql.embedded.layout import PORT, UNFINISHED, EmbeddedPostgresError, Layout, open_log
from sql.embedded.orphan import clear_orphan

Server = subprocess.Popen[bytes]

_LEAST_ROOM = 65536
"""Bytes below which a file system counts as full."""

_FATAL = re.compile(r"(?:FATAL|PANIC): +(?! |the database system is )(.*)")

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "128MB",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "client_connection_check_interval": "1s",  # a killed client's long query ends soon after its client
}
_RECOVERY = 600.0
"""Seconds a server may take until it accepts connections: a recovery that is cut short starts over."""

_FAST_SHUTDOWN = 20.0
"""Seconds until a fast shutdown (SIGINT) becomes an immediate one (SIGQUIT), which the next start recovers."""

_OLD_BACKENDS = 30.0
"""Seconds for the backends of a killed postmaster to notice its death and let go of the shared memory."""


def start_server(layout: Layout, cancelled: Callable[[], bool]) -> Server:
    """Start the server, creating whatever is missing, and return once its database takes clients.

    The caller must hold the keeper's lock; ``cancelled`` is asked while waiting. Raises EmbeddedPostgresError.
    """
    for leftover in layout.data_dir.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    account = server_account(layout)
    if account is None:
        prefix = installed_postgres()
    else:
        check_reachable(layout, account)
        prefix = stage(layout)
    _ensure_socket_dir(layout, account)
    ensure_cluster(layout, prefix, account)
    clear_orphan(layout)
    server = _spawn_until_ready(layout, prefix, account, cancelled)
    try:
        _ensure_database(layout)
    except BaseException:
        stop_server(server)
        raise
    return server


def stop_server(server: Server) -> None:
    """Stop the server and wait for its end: clients are cut off, committed work is safe."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_FAST_SHUTDOWN)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def has_clients(layout: Layout) -> bool:
    """Tell whether anybody is connected; not if the server cannot be asked, for nobody can use it then."""
    try:
        with psycopg.connect(layout.url("postgres", "postgres"), connect_timeout=5) as connection:
            others = connection.execute(
                "SELECT FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1"
            )
            return others.rowcount > 0
    except psycopg.OperationalError:
        return False


def _ensure_socket_dir(layout: Layout, account: Account | None) -> None:
    layout.socket_dir.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(layout.socket_dir, account.uid, account.gid, follow_symlinks=False)


def _spawn_until_ready(
    layout: Layout, prefix: Path, account: Account | None, cancelled: Callable[[], bool]
) -> Server:
    """Start the server, again if backends of a killed postmaster are still at work on the cluster."""
    give_up = time.monotonic() + _OLD_BACKENDS
    while True:
        with open_log(layout) as log:
            end_of_log = log.tell()
            server = _spawn(layout, prefix, account, log)
        if _becomes_ready(server, layout, cancelled):
            return server
        if server.poll() is None:
            stop_server(server)
            raise EmbeddedPostgresError(f"PostgreSQL in {layout.cluster} took no clients; see {layout.log}")
        cause = _cause_of_death(layout, end_of_log)
        if "is still in use" not in cause or time.monotonic() > give_up:
            raise EmbeddedPostgresError(f"PostgreSQL in {layout.cluster} did not start: {cause}; see {layout.log}")
        time.sleep(0.5)


def _spawn(layout: Layout, prefix: Path, account: Account | None, log: BinaryIO) -> Server:
    command = [str(prefix / "bin" / "postgres"), "-D", str(layout.cluster)]
    # The setting is a list: quotes keep a blank in the path from ending it.
    settings = {**_SETTINGS, "unix_socket_directories": f'"{layout.socket_dir}"'}
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(  # noqa: S603 - a fixed program and our own paths
        command, stdout=log, stderr=log, **child_options(layout, account)
    )


def _becomes_ready(server: Server, layout: Layout, cancelled: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _RECOVERY
    while server.poll() is None and time.monotonic() < deadline and not cancelled():
        try:
            psycopg.connect(layout.url("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return True
    return False


def _ensure_database(layout: Layout) -> None:
    with psycopg.connect(layout.url("postgres", "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'tidings'").rowcount:
            connection.execute("CREATE ROLE tidings LOGIN")
        if not connection.execute("SELECT FROM pg_database WHERE datname = 'tidings'").rowcount:
            connection.execute("CREATE DATABASE tidings OWNER tidings")


def _cause_of_death(layout: Layout, offset: int) -> str:
    """Return what a server said last, from ``offset`` bytes of the log on: its fatal message if there is one.

    "FATAL: the database system is starting up" and the like are answers to clients, ourselves among them.
    """
    with layout.log.open("rb") as file:
        file.seek(offset)
        lines = file.read().decode(errors="replace").splitlines()
    found = (_FATAL.search(line) for line in lines)
    fatal = [match[1] for match in found if match]
    return (fatal or lines or [_silence(layout)])[-1]


def _silence(layout: Layout) -> str:
    """Why a server has logged nothing."""
    room = os.statvfs(layout.data_dir)
    return "No space left on device" if room.f_bavail * room.f_frsize < _LEAST_ROOM else "it said nothing"
