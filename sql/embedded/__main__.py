"""The keeper: the server's parent process, which stops it once nobody uses it. Started by ``lease`` alone."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from sql.embedded.layout import EmbeddedPostgresError, Layout
from sql.embedded.lease import read_linger
from sql.embedded.locks import try_lock
from sql.embedded.server import Server, has_clients, start_server, stop_server

_POLL = 0.25
"""Seconds between two looks whether anybody still uses the server."""


def main() -> None:
    """Keep the server of the data directory named first on the command line.

    The second argument is an inherited descriptor of its keeper's lock, held exclusively; anything else fails.
    """
    _, data_dir, keeper_lock = sys.argv
    layout = Layout(Path(data_dir))
    fcntl.flock(int(keeper_lock), fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Nobody's child: our starter may live long and would keep us as a zombie.
    if os.fork():
        os._exit(0)
    keep(layout, _listen_for_sigterm())


def keep(layout: Layout, cancelled: Callable[[], bool]) -> None:
    """Run the server until it is no longer wanted, reporting on standard output how the start went."""
    os.umask(0o022)  # staged programs and their folders are for another user to read
    try:
        server = start_server(layout, cancelled)
    except EmbeddedPostgresError as error:
        _report(f"error {error}")
        return
    except (OSError, psycopg.Error, subprocess.SubprocessError) as error:
        _report(f"error cannot start PostgreSQL in {layout.data_dir}: {' '.join(str(error).split())}")
        return
    try:
        _report(f"ready {server.pid}")
        lease = _watch(layout, server, cancelled)  # kept open: new users wait until the server is gone
    finally:
        stop_server(server)
    _log_stopped(layout, server, unused=lease is not None)


def _watch(layout: Layout, server: Server, cancelled: Callable[[], bool]) -> int | None:
    """Return when the server has died or SIGTERM has come, or with the lease's exclusive lock: it is unused."""
    while server.poll() is None and not cancelled():
        try:
            lease = try_lock(layout.lease, fcntl.LOCK_EX)
        except FileNotFoundError:  # somebody has removed the data directory
            return None
        if lease is not None:
            if time.time() >= read_linger(lease) and not has_clients(layout):
                return lease
            os.close(lease)
        time.sleep(_POLL)
    return None


def _listen_for_sigterm() -> Callable[[], bool]:
    received: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    return lambda: bool(received)


def _report(line: str) -> None:
    """Tell the starter, who may be gone, and let go of the pipe it reads."""
    with suppress(BrokenPipeError):
        os.write(1, f"{line}\n".encode())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _log_stopped(layout: Layout, server: Server, *, unused: bool) -> None:
    import structlog

    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        [
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    )
    with suppress(OSError):  # a full disk
        logger.info("postgres.stopped", data_dir=str(layout.data_dir), pid=server.pid, unused=unused)


if __name__ == "__main__":
    main()
