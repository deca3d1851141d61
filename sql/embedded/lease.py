"""The user's side: hold a lease on a data directory's server, and start a keeper if it has none."""

import fcntl
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from sql.embedded.layout import EmbeddedPostgresError, Layout, locate, make_data_dir, open_log
from sql.embedded.locks import try_lock

_TIMEOUT = 60.0
"""Seconds to wait for a server: a first start takes 1, a recovery replays at most max_wal_size (1 GB)."""

_LOG_LIMIT = 10_000_000
"""Bytes of log after which the next keeper starts a new one, keeping the old one as ``postgres.log.1``."""

_POLL = 0.02
"""Seconds between two looks at a lock or at a server that starts."""


@contextmanager
def embedded_postgres(data_dir: Path, *, linger: float = 0.0) -> Iterator[str]:
    """Hold a lease on the server of ``data_dir``, starting it if nobody runs it; yields the connection URL.

    The server stops by itself soon after its last user has gone, however that user ended; ``linger`` keeps
    it for so many seconds more. Raises EmbeddedPostgresError.
    """
    layout = locate(data_dir)
    deadline = time.monotonic() + _TIMEOUT
    try:
        make_data_dir(layout)
        lease = _take_lease(layout, deadline)
    except OSError as error:
        raise EmbeddedPostgresError(
            f"cannot use {layout.data_dir}: {error.strerror}; "
            "set database.data_dir to a directory this user may write to"
        ) from error
    try:
        _ensure_server(layout, deadline)
        yield layout.url("tidings", "tidings")
    finally:
        if linger > 0:
            write_linger(lease, until=time.time() + linger)
        os.close(lease)


def wait_until_stopped(data_dir: Path, *, seconds: float = 30.0) -> bool:
    """Wait until ``data_dir`` has no keeper; False when it still has one after ``seconds``.

    A keeper outlives its server, so that both are gone then; only a killed keeper's server ends a moment later.
    """
    layout = locate(data_dir)
    deadline = time.monotonic() + seconds
    while layout.data_dir.is_dir():
        if (lock := try_lock(layout.keeper_lock, fcntl.LOCK_SH)) is not None:
            os.close(lock)
            break
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def superuser_url(url: str) -> str:
    """Turn the URL of an embedded server into its superuser's, for databases that tests create and drop."""
    return url.replace("//tidings@/tidings?", "//postgres@/postgres?", 1)


def write_linger(lease: int, *, until: float) -> None:
    """Ask the keeper to keep an unused server until a Unix time. An earlier user's later wish stands."""
    if until > read_linger(lease):
        os.pwrite(lease, f"{until:020.6f}".encode(), 0)


def read_linger(lease: int) -> float:
    """Return the Unix time until which an unused server is wanted; 0.0 if nobody ever asked."""
    return float(os.pread(lease, 20, 0) or 0)


def _take_lease(layout: Layout, deadline: float) -> int:
    # A keeper that stops its server refuses new leases until the server is gone: 20 s at the very worst.
    while (lease := try_lock(layout.lease, fcntl.LOCK_SH)) is None:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"the PostgreSQL of {layout.data_dir} did not stop in time; see {layout.log}"
            )
        time.sleep(_POLL)
    return lease


def _ensure_server(layout: Layout, deadline: float) -> None:
    """Return once the server accepts connections: either its keeper's lock is free, and we start one, or wait."""
    while True:
        if (keeper_lock := try_lock(layout.keeper_lock, fcntl.LOCK_EX)) is not None:
            try:
                _start_keeper(layout, keeper_lock, deadline)
            finally:
                os.close(keeper_lock)
            return
        if (trouble := _connection_trouble(layout)) is None:
            return
        if time.monotonic() > deadline:
            raise _not_ready(layout, trouble)
        time.sleep(_POLL)


def _connection_trouble(layout: Layout) -> str | None:
    """Connect as the application does; None when that works."""
    try:
        psycopg.connect(layout.url("tidings", "tidings"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return " ".join(str(error).split())
    return None


def _start_keeper(layout: Layout, keeper_lock: int, deadline: float) -> None:
    """Start a keeper and wait for its report.

    The locked descriptor is handed down: the lock passes to the keeper without ever being free in between.
    """
    if layout.log.exists() and layout.log.stat().st_size > _LOG_LIMIT:
        layout.log.replace(layout.old_log)
    # -P: whatever the current directory holds, it must not shadow our packages or the standard library.
    command = [sys.executable, "-P", "-m", "sql.embedded", str(layout.data_dir), str(keeper_lock)]
    with (
        open_log(layout) as log,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            cwd="/",
            env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(keeper_lock,),
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        report = _read_line(process.stdout.fileno(), deadline)
    word, _, detail = report.partition(" ")
    if word == "error":
        raise EmbeddedPostgresError(detail)
    if word != "ready":
        raise _not_ready(layout, "its keeper said nothing")
    _log_started(layout, int(detail))


def _read_line(descriptor: int, deadline: float) -> str:
    """Read up to a newline, the end of the pipe or the deadline; a line cut short counts as nothing."""
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            chunk = os.read(descriptor, 4096)
            received += chunk
            if not chunk or received.endswith(b"\n"):
                break
    return received.decode().strip() if received.endswith(b"\n") else ""


def _not_ready(layout: Layout, trouble: str) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"the PostgreSQL of {layout.data_dir} is not ready ({trouble}); see {layout.log}, or try again later"
    )


def _log_started(layout: Layout, pid: int) -> None:
    import structlog

    structlog.get_logger().info("postgres.started", data_dir=str(layout.data_dir), pid=pid)
