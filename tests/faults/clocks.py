"""Clocks of processes, which can be set while they run (libfaketime, github.com/wolfcw/libfaketime)."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sql.embedded import child
from sql.embedded.layout import locate
from sql.embedded.server import start_server, stop_server

_LIBRARIES = [
    found
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/lib")
    if (found := Path(folder, "faketime", "libfaketimeMT.so.1")).exists()
]

MISSING = "" if _LIBRARIES else "libfaketime is not installed: apt-get install faketime"
"""Why no clock can be set here; empty if it can."""


CACHE_SECONDS = 1
"""For so long a process goes by what the clock was; to ask each time would take most of its time."""


class Clock:
    """What a group of processes takes for the time of day; how time passes is real for them.

    In the handler of a signal libfaketime shows them the real time. By a clock that is behind it, PostgreSQL then
    takes the time of an idle session for over: who leads is replaced more often than by any real clock.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(timedelta(0))

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process go by this clock, and its children."""
        return {
            "LD_PRELOAD": str(_LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS),
            "NO_FAKE_STAT": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, ahead: timedelta) -> None:
        """Let it show the right time and so much more."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{ahead.total_seconds():+.3f}\n")
        fresh.chmod(0o644)
        fresh.replace(self._file)  # at no moment is there a file without a time in it
        self.ahead = ahead

    def set_to(self, moment: datetime) -> None:
        """Let it show this time now."""
        self.set(moment - datetime.now(UTC))


@contextmanager
def postgres_by(clock: Clock, folder: Path):
    """A server of its own that goes by the clock; the URL of its database."""
    layout = locate(folder)
    layout.data_dir.mkdir(mode=0o755)
    with patch.dict(child._ENVIRONMENT, clock.environment):
        server = start_server(layout, lambda: False)
    try:
        yield layout.url("tidings", "tidings")
    finally:
        stop_server(server)
