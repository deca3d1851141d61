"""A daemon's watch over the server that it uses: one that has died is started again."""

import fcntl
import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from sql.embedded.layout import EmbeddedPostgresError, Layout
from sql.embedded.locks import try_lock
from sql.embedded.starter import start_keeper

log = structlog.get_logger("sql.embedded.watch")

_LOOK_SECONDS = 0.5

_WAIT_SECONDS = (0.0, 1.0, 2.0, 5.0, 10.0)
"""Before an attempt, by how many have failed in a row; one whose server died young has failed, too."""

_STEADY_SECONDS = 60.0

_START_SECONDS = 60.0
"""How long a keeper is listened to; one that takes longer goes on all the same."""

_REPEAT_SECONDS = 60.0
"""After which a failure that lasts is logged again."""


@contextmanager
def watched(layout: Layout) -> Iterator[None]:
    """Start the server anew whenever it has no keeper; for the holder of a lease."""
    watch = _Watch(layout)
    thread = threading.Thread(target=watch.run, name="embedded postgres", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.stopped.set()
        thread.join()


class _Watch:
    """Looks at the keeper's lock: a keeper ends with its server, and the kernel ends a server with its keeper."""

    def __init__(self, layout: Layout) -> None:
        self.stopped = threading.Event()
        self._layout = layout
        self._runs_since: float | None = time.monotonic()
        self._num_failed = 0
        self._logged_at = -math.inf

    def run(self) -> None:
        """Look until stopped."""
        pause = _LOOK_SECONDS
        while not self.stopped.wait(pause):
            try:
                self._look()
            except EmbeddedPostgresError as error:
                self._fail(str(error))
            except OSError as error:
                self._fail(f"cannot use {self._layout.data_dir}: {error.strerror}")
            pause = _LOOK_SECONDS if self._runs_since else self._wait_seconds()

    def _wait_seconds(self) -> float:
        return _WAIT_SECONDS[min(self._num_failed, len(_WAIT_SECONDS) - 1)]

    def _look(self) -> None:
        keeper_lock = try_lock(self._layout.keeper_lock, fcntl.LOCK_EX)
        if keeper_lock is None:  # it runs, whoever started it
            self._runs_since = self._runs_since or time.monotonic()
            return
        try:
            if self._runs_since is not None:
                self._lose(self._runs_since)
                if self._num_failed:
                    return
            start_keeper(self._layout, keeper_lock, time.monotonic() + _START_SECONDS, self.stopped.is_set)
            self._runs_since, self._logged_at = time.monotonic(), -math.inf
        finally:
            os.close(keeper_lock)

    def _lose(self, since: float) -> None:
        died_young = time.monotonic() - since < _STEADY_SECONDS
        self._num_failed = self._num_failed + 1 if died_young else 0
        self._runs_since = None
        log.warning("postgres.lost", data_dir=str(self._layout.data_dir), retry_in=self._wait_seconds())

    def _fail(self, error: str) -> None:
        if self.stopped.is_set():  # we are leaving, and did not wait for the keeper's word
            return
        self._num_failed += 1
        if time.monotonic() - self._logged_at > _REPEAT_SECONDS:
            self._logged_at = time.monotonic()
            log.error("postgres.failed", data_dir=str(self._layout.data_dir), error=error)
