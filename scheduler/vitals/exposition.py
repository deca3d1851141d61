"""The text of ``/metrics``: what the workers count, what we know ourselves, and what the database says."""

import asyncio
import struct
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psutil
import structlog

from crawler import metrics
from crawler.metrics import METRICS, Metric

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

    from scheduler.vitals.readings import Reading
    from scheduler.vitals.vitals import Vitals

log = structlog.get_logger("scheduler.vitals")

_WITHIN_SECONDS = 0.5  # for the database: who asks for metrics does not wait for it

Sample = tuple[Metric, float, tuple[str, ...]]
"""Of which metric, its value, the values of its labels."""


async def expose(vitals: "Vitals", accept: str) -> tuple[bytes, str]:
    """All metrics, and their content type, in the format that ``accept`` (of the request) asks for.

    Needs half a second at most, whatever the database does; what only it knows is left out if it does not say.
    """
    reading = await vitals.readings.latest(within=_WITHIN_SECONDS) if vitals.readings else None
    if vitals.watch.error:
        reading = None
    samples = [*_of_supervisor(vitals), *_of_process(), *_of_outage(vitals)]
    if reading is not None:
        samples += _of_database(reading)
    return await asyncio.to_thread(_text, vitals, samples, accept)


def _text(vitals: "Vitals", samples: Iterable[Sample], accept: str) -> tuple[bytes, str]:
    from prometheus_client.exposition import choose_encoder

    families = _counted(vitals)
    for metric, value, labels in samples:
        suffix = {"counter": "_total", "info": "_info"}.get(metric.kind, "")
        labelled = dict(zip(metric.labels, labels, strict=True))
        families[metric.name].add_sample(f"{metric.name}{suffix}", labelled, value)
    encode, content_type = choose_encoder(accept)
    return encode(_Registry(families)), content_type


class _Registry:
    """What prometheus_client's encoders ask for: families, in our order; those without a sample are left out."""

    def __init__(self, families: "dict[str, Family]") -> None:
        self._families = families

    def collect(self) -> "Iterator[Family]":
        return (family for family in self._families.values() if family.samples)


def _counted(vitals: "Vitals") -> "dict[str, Family]":
    """A family for every metric, with what the workers have counted together."""
    from prometheus_client.metrics_core import Metric as Family
    from prometheus_client.multiprocess import MultiProcessCollector

    families = {metric.name: Family(metric.name, metric.help, metric.kind, metric.unit) for metric in METRICS}
    files = [str(path) for path in vitals.counts.glob("*.db")] if vitals.counts else []
    try:
        merged = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, RuntimeError, struct.error) as error:  # a file that somebody has damaged
        log.warning("metrics.failed", error=f"{type(error).__name__}: {error}")
        return families
    for family in merged:
        if family.name in families:
            families[family.name].samples = family.samples
    return families


def _of_supervisor(vitals: "Vitals") -> Iterator[Sample]:
    pool, readings = vitals.pool, vitals.readings
    yield metrics.BUILD, 1, (version("tidings"),)
    yield metrics.WORKERS, pool.num_alive, ()
    yield metrics.WORKERS_EXPECTED, pool.size, ()
    yield metrics.WORKER_DEATHS, pool.num_deaths, ()
    yield metrics.SPOOL_LIMIT, pool.spool_limit, ()
    yield metrics.DUTIES_HUNG, len(vitals.progress.hung), ()
    is_silent = readings is not None and readings.is_silent
    yield metrics.DATABASE_UP, vitals.watch.error is None and not is_silent, ()
    if vitals.watch.answer_seconds is not None:
        yield metrics.DATABASE_ANSWER, vitals.watch.answer_seconds, ()
    if readings is None:
        return
    yield metrics.LEADER, vitals.is_leading, ()
    if (dispatched_at := vitals.dispatched_at) is not None:
        yield metrics.DISPATCHED, dispatched_at, ()
    connections = readings.connections
    for state in ("used", "idle"):
        yield metrics.POOL_CONNECTIONS, connections[state], ("supervisor", state)
    yield metrics.POOL_WAITING, connections["waiting"], ("supervisor",)


def _of_database(reading: "Reading") -> Iterator[Sample]:
    from crawler.alarms import Kind

    yield metrics.DATABASE_SIZE, reading.num_bytes, ()
    yield metrics.QUEUE, reading.num_waiting, ("waiting",)
    yield metrics.QUEUE, reading.num_running, ("running",)
    yield metrics.QUEUE_OLDEST, reading.queue_oldest_seconds, ()
    yield metrics.SOURCES, reading.num_enabled, ("enabled",)
    yield metrics.SOURCES, reading.num_disabled, ("disabled",)
    yield metrics.SOURCES_FAILING, reading.num_failing, ()
    yield metrics.SOURCES_OVERDUE, reading.num_overdue, ()
    yield metrics.DUE_OLDEST, reading.due_oldest_seconds, ()
    yield metrics.QUARANTINED, reading.num_quarantined, ()
    for kind in Kind:
        yield metrics.ALARMS, reading.alarms.get(kind, 0), (kind,)
    for kind_up, source in reading.alarms_named:
        yield metrics.ALARM, 1, (kind_up, source)


def _of_outage(vitals: "Vitals") -> Iterator[Sample]:
    """The one alarm that stands in no table, for the database is away."""
    from crawler.alarms import Kind

    if vitals.watch.alarm is not None:
        yield metrics.ALARMS, 1, (Kind.DATABASE,)
        yield metrics.ALARM, 1, (Kind.DATABASE, "")


def _of_process() -> Iterator[Sample]:
    # Not by prometheus_client's own collector: it reads /proc/stat, which the sandbox of our units hides.
    process = psutil.Process()
    with process.oneshot():
        times, memory = process.cpu_times(), process.memory_info()
        yield metrics.CPU, times.user + times.system, ()
        yield metrics.RESIDENT, memory.rss, ()
        yield metrics.VIRTUAL, memory.vms, ()
        yield metrics.STARTED, process.create_time(), ()
        yield metrics.OPEN_FILES, process.num_fds(), ()
        yield metrics.MOST_FILES, _most_files(), ()


def _most_files() -> Any:
    import resource

    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
