"""Starting a keeper, and hearing from it whether its server takes clients."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable

import structlog

from sql.embedded.layout import EmbeddedPostgresError, Layout, open_log

_LOG_LIMIT = 10_000_000
"""Bytes of log after which the next keeper starts a new one, keeping the old one as ``postgres.log.1``."""

_POLL = 0.2
"""Seconds between two looks whether we still want to hear."""


def start_keeper(
    layout: Layout, keeper_lock: int, deadline: float, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Start a keeper and wait for its report, until the deadline (of the monotonic clock) or until ``cancelled``.

    The locked descriptor is handed down: the lock passes to the keeper without ever being free in between. Raises
    EmbeddedPostgresError; OSError if not even the keeper can be started.
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
        report = _read_line(process.stdout.fileno(), deadline, cancelled)
    word, _, detail = report.partition(" ")
    if word == "error":
        raise EmbeddedPostgresError(detail)
    if word != "ready":
        raise not_ready(layout, "its keeper said nothing")
    _log_started(layout, int(detail))


def _read_line(descriptor: int, deadline: float, cancelled: Callable[[], bool]) -> str:
    """Read up to a newline, the end of the pipe or the deadline; a line cut short counts as nothing."""
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while time.monotonic() < deadline and not cancelled():
            if not selector.select(_POLL):
                continue
            chunk = os.read(descriptor, 4096)
            received += chunk
            if not chunk or received.endswith(b"\n"):
                break
    return received.decode().strip() if received.endswith(b"\n") else ""


def not_ready(layout: Layout, trouble: str) -> EmbeddedPostgresError:
    """The error for a server that takes no clients, and has not said why."""
    return EmbeddedPostgresError(
        f"the PostgreSQL of {layout.data_dir} is not ready ({trouble}); see {layout.log}, or try again later"
    )


def _log_started(layout: Layout, pid: int) -> None:
    structlog.get_logger().info("postgres.started", data_dir=str(layout.data_dir), pid=pid)
