"""Counts what a worker does, in files that its supervisor reads (prometheus_client's multiprocess mode).

The files are mapped into memory: to count is to write a few bytes there, and what was counted outlives the
process, however that ends. A worker's files bear the number of its place, not of its process: the next worker in
that place goes on counting where the last one was.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.metrics import METRICS, Metric

if TYPE_CHECKING:
    from collections.abc import Callable

FILE_BYTES = 128 * 1024
"""Of each of a worker's three files: four times what all time series together take, so none ever grows."""

_FILES = ("counter", "histogram", "gauge_livesum")
_EAGER = {
    "tidings_articles": (("new",), ("changed",), ("duplicate",)),
    "tidings_polls": (("read",), ("unchanged",), ("failed",)),
    "tidings_runs": (("succeeded",), ("partial",), ("failed",), ("aborted",)),
    "tidings_fetched_bytes": (("page",), ("document",)),
    "tidings_request_duration_seconds": (("page",), ("document",)),
}
"""Series that begin at 0, so that their first increase is seen as one."""


class Meter:
    """Counts once it is opened. In a process that does not open it, such as a command, it does nothing."""

    def __init__(self) -> None:
        self._families: dict[str, Any] = {}
        self._series: dict[tuple[str, ...], Any] = {}

    @property
    def is_open(self) -> bool:
        """Whether anything is counted."""
        return bool(self._families)

    def open(self, folder: Path, place: str) -> None:
        """Count from now on, as the worker in ``place``, in files of ``folder``. Raises OSError if that cannot be.

        Room for the files is taken beforehand: to write into a mapped file on a full disk is death (SIGBUS).
        """
        for kind in _FILES:
            _take_room(folder / f"{kind}_{place}.db")
        # Read when the first value is made, and no argument anywhere.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        from prometheus_client import values

        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: place)  # type: ignore[no-untyped-call]
        for metric in METRICS:
            if metric.origin == "workers":
                self._families[metric.name] = _family(metric)
        for name, series in _EAGER.items():
            for labels in series:
                self._families[name].labels(*labels)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        if self._families:
            self._of(metric, labels).inc(by)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Add a value to a histogram."""
        if self._families:
            self._of(metric, labels).observe(value)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge; the supervisor adds up those of its workers."""
        if self._families:
            self._of(metric, labels).set(value)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Any:
        key = (metric.name, *labels)
        found = self._series.get(key)
        if found is None:
            family = self._families[metric.name]
            found = self._series[key] = family.labels(*labels) if labels else family
        return found


meter = Meter()
"""This process's: as it has one log, it has one count."""


def forget_gauges(folder: Path, place: str) -> None:
    """A worker is gone, and with it what it had at that moment; what it has counted stays."""
    with suppress(OSError):
        (folder / f"gauge_livesum_{place}.db").unlink(missing_ok=True)


def _take_room(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, FILE_BYTES)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)


def _family(metric: Metric) -> Any:
    from prometheus_client import Counter, Gauge, Histogram

    makers: dict[str, Callable[[], Any]] = {
        "counter": lambda: Counter(metric.name, metric.help, metric.labels, registry=None),
        "gauge": lambda: Gauge(
            metric.name, metric.help, metric.labels, registry=None, multiprocess_mode="livesum"
        ),
        "histogram": lambda: Histogram(
            metric.name, metric.help, metric.labels, registry=None, buckets=metric.buckets
        ),
    }
    return makers[metric.kind]()
