"""The user's side: hold a lease on a data directory's server, and start a keeper if it has none."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg

from sql.embedded.layout import EmbeddedPostgresError, Layout, locate, make_data_dir
from sql.embedded.locks import try_lock
from sql.embedded.starter import not_ready, start_keeper
from sql.embedded.watch import watched

_TIMEOUT = 60.0
"""Seconds to wait for a server: a first start takes 1, a recovery replays at most max_wal_size (1 GB)."""

_POLL = 0.02
"""Seconds between two looks at a lock or at a server that starts."""


@contextmanager
def embedded_postgres(data_dir: Path, *, linger: float = 0.0, watch: bool = False) -> Iterator[str]:
    """Hold a lease on the server of ``data_dir``, starting it if nobody runs it; yields the connection URL.

    The server stops by itself soon after its last user has gone, however that user ended; ``linger`` keeps
    it for so many seconds more. With ``watch`` one that dies meanwhile is started again. Raises
    EmbeddedPostgresError.
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
        with watched(layout) if watch else nullcontext():
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
                start_keeper(layout, keeper_lock, deadline)
            finally:
                os.close(keeper_lock)
            return
        if (trouble := _connection_trouble(layout)) is None:
            return
        if time.monotonic() > deadline:
            raise not_ready(layout, trouble)
        time.sleep(_POLL)


def _connection_trouble(layout: Layout) -> str | None:
    """Connect as the application does; None when that works."""
    try:
        psycopg.connect(layout.url("tidings", "tidings"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return " ".join(str(error).split())
    return None
