"""Every metric of ``/metrics``: name, type, unit, labels, what it says. scheduler/metrics.md is the list to read.

Names are promises: they are added to, never changed. Times are in seconds and sizes in bytes, as OpenMetrics has
them; the samples of a counter end in ``_total``, which is not written here.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram", "info"]

Origin = Literal["workers", "supervisor", "database", "process"]
"""Who knows it: the workers of this host, counted together; their supervisor; the database, of the whole
installation; or the supervisor's process, as the system sees it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One family of time series."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    """With which the name ends."""
    buckets: tuple[float, ...] = ()
    """Upper bounds, in the unit; the last one, without a bound, goes without saying."""
    origin: Origin = "workers"


# Buckets lie where a decision lies: each boundary is a figure that somebody may want to promise.
_REQUEST = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # to [crawl] timeout, which is 30 s
_READING = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)  # to [crawl] extraction_timeout, 10 s
_LOADING = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0)  # to the time that a statement has, 20 s
_RUN = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)  # to [crawl] run_timeout, 1 h
_DELAY = (0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1800.0)  # beyond a minute somebody should know
_FRESHNESS = (
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    21600.0,
    86400.0,
)  # what is asked of sources

# What happened, counted by the workers

PAGES = Metric(
    "tidings_pages",
    "counter",
    "Visits to pages, and links refused, by how they ended.",
    ("outcome", "reason"),
)
PAGES_DISCARDED = Metric(
    "tidings_pages_discarded",
    "counter",
    "Pages that came for a run that another worker had by then.",
)
ARTICLES = Metric(
    "tidings_articles",
    "counter",
    "Texts found: new ones, changed ones, and duplicates of known ones.",
    ("kind",),
)
POLLS = Metric(
    "tidings_polls",
    "counter",
    "Requests for feeds, sitemaps and listings.",
    ("outcome",),
)
RUNS = Metric(
    "tidings_runs",
    "counter",
    "Runs that were closed.",
    ("outcome",),
)
FETCHED = Metric(
    "tidings_fetched_bytes",
    "counter",
    "Bodies of answers, as they came over the wire.",
    ("kind",),
    unit="bytes",
)
REQUEST = Metric(
    "tidings_request_duration_seconds",
    "histogram",
    "From a request to the end of its answer.",
    ("kind",),
    unit="seconds",
    buckets=_REQUEST,
)
READING = Metric(
    "tidings_reading_duration_seconds",
    "histogram",
    "What the reading process took over a page or document.",
    unit="seconds",
    buckets=_READING,
)
LOADING = Metric(
    "tidings_load_duration_seconds",
    "histogram",
    "Storing a batch of up to 200 pages.",
    unit="seconds",
    buckets=_LOADING,
)
RUN = Metric(
    "tidings_run_duration_seconds",
    "histogram",
    "From the start of a run to its end.",
    unit="seconds",
    buckets=_RUN,
)
START_DELAY = Metric(
    "tidings_run_start_delay_seconds",
    "histogram",
    "From when a run was queued to its first start.",
    unit="seconds",
    buckets=_DELAY,
)
FRESHNESS = Metric(
    "tidings_freshness_seconds",
    "histogram",
    "From publication, by the publisher's word, to the row.",
    unit="seconds",
    buckets=_FRESHNESS,
)

# How the workers of this host are, added up

SPOOL_PAGES = Metric(
    "tidings_spool_pages",
    "gauge",
    "Pages that wait for the database, in memory or on disk.",
)
SPOOL_BYTES = Metric(
    "tidings_spool_bytes",
    "gauge",
    "What the spool has on disk.",
    unit="bytes",
)
POOL_CONNECTIONS = Metric(
    "tidings_pool_connections",
    "gauge",
    "Connections to the database.",
    ("process", "state"),
)
POOL_WAITING = Metric(
    "tidings_pool_waiting",
    "gauge",
    "How many wait for a connection.",
    ("process",),
)

# What the supervisor knows

BUILD = Metric(
    "tidings_build",
    "info",
    "The version that runs.",
    ("version",),
    origin="supervisor",
)
WORKERS = Metric(
    "tidings_workers",
    "gauge",
    "Worker processes of this host.",
    origin="supervisor",
)
WORKERS_EXPECTED = Metric(
    "tidings_workers_expected",
    "gauge",
    "How many there should be.",
    origin="supervisor",
)
WORKER_DEATHS = Metric(
    "tidings_worker_deaths",
    "counter",
    "Workers that ended without being told.",
    origin="supervisor",
)
SPOOL_LIMIT = Metric(
    "tidings_spool_limit_bytes",
    "gauge",
    "What the spool may have on disk ([crawl] spool_max_bytes).",
    unit="bytes",
    origin="supervisor",
)
LEADER = Metric(
    "tidings_leader",
    "gauge",
    "1 if this process leads: it alone decides what is due.",
    origin="supervisor",
)
DISPATCHED = Metric(
    "tidings_dispatch_timestamp_seconds",
    "gauge",
    "When the leader last looked for what is due; others do not say.",
    unit="seconds",
    origin="supervisor",
)
DUTIES_HUNG = Metric(
    "tidings_duties_hung",
    "gauge",
    "Duties of this process that make no progress.",
    origin="supervisor",
)
DATABASE_UP = Metric(
    "tidings_database_up",
    "gauge",
    "1 if the database answers, and may be written to.",
    origin="supervisor",
)
DATABASE_ANSWER = Metric(
    "tidings_database_answer_seconds",
    "gauge",
    "How long it took to answer the last ping.",
    unit="seconds",
    origin="supervisor",
)

# What the database knows: of the whole installation, so every daemon says the same

DATABASE_SIZE = Metric(
    "tidings_database_size_bytes",
    "gauge",
    "What the database takes on disk.",
    unit="bytes",
    origin="database",
)
QUEUE = Metric(
    "tidings_queue_runs",
    "gauge",
    "Runs on the queue: waiting for a worker, or running.",
    ("state",),
    origin="database",
)
QUEUE_OLDEST = Metric(
    "tidings_queue_oldest_seconds",
    "gauge",
    "For how long the oldest run on the queue has waited.",
    unit="seconds",
    origin="database",
)
SOURCES = Metric(
    "tidings_sources",
    "gauge",
    "Sources that are not removed.",
    ("state",),
    origin="database",
)
SOURCES_FAILING = Metric(
    "tidings_sources_failing",
    "gauge",
    "Enabled sources that have failed since their last good run.",
    origin="database",
)
SOURCES_OVERDUE = Metric(
    "tidings_sources_overdue",
    "gauge",
    "Sources that are due for over a minute, and have no run.",
    origin="database",
)
DUE_OLDEST = Metric(
    "tidings_due_oldest_seconds",
    "gauge",
    "For how long the first of all sources that are due has been.",
    unit="seconds",
    origin="database",
)
ALARMS = Metric(
    "tidings_alarms",
    "gauge",
    "Alarms that are up.",
    ("kind",),
    origin="database",
)
ALARM = Metric(
    "tidings_alarm",
    "gauge",
    "1 for an alarm that is up; the 100 oldest, one series each.",
    ("kind", "source"),
    origin="database",
)
QUARANTINED = Metric(
    "tidings_quarantined_pages",
    "gauge",
    "Pages that are not visited for what they do to their reader.",
    origin="database",
)

# The supervisor's process, under the names that such figures have everywhere

CPU = Metric(
    "process_cpu_seconds",
    "counter",
    "Processor time used.",
    unit="seconds",
    origin="process",
)
RESIDENT = Metric(
    "process_resident_memory_bytes",
    "gauge",
    "Memory in use.",
    unit="bytes",
    origin="process",
)
VIRTUAL = Metric(
    "process_virtual_memory_bytes",
    "gauge",
    "Memory mapped.",
    unit="bytes",
    origin="process",
)
STARTED = Metric(
    "process_start_time_seconds",
    "gauge",
    "When it was started.",
    unit="seconds",
    origin="process",
)
OPEN_FILES = Metric(
    "process_open_fds",
    "gauge",
    "Files and sockets that are open.",
    origin="process",
)
MOST_FILES = Metric(
    "process_max_fds",
    "gauge",
    "How many may be.",
    origin="process",
)

MOST_ALARMS_NAMED = 100
"""However many alarms are up, no more of them have a time series of their own."""

METRICS: tuple[Metric, ...] = tuple(value for value in globals().values() if isinstance(value, Metric))
"""All of them, in the order in which they are served."""
