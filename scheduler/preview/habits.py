"""What a run of a source takes and asks for: by its past runs, or by what is usual."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawler.intervals.freshness import Measured
from crawler.sites import host_of, politeness_key
from crawler.source import Source
from scheduler.timetable import DEFAULT_EVERY

if TYPE_CHECKING:
    from sql.database import Connection

# Of a source without past runs: what a middling paper publishes a day, and how often an article is visited.
_ARTICLES_PER_DAY = 50.0
_VISITS_PER_ARTICLE = 6.0
_SECONDS_PER_REQUEST = 1.0
_UNNAMED_DOCUMENTS = 2
_DAY = 86_400.0
_LATENCY_FACTOR = 2.0  # as crawler.download.pace spaces requests to slow hosts
_LONGEST_SPACING = 60.0


@dataclass(frozen=True, slots=True)
class Habits:
    """Of the runs of the last two weeks. ``pages`` is by hour of the week, in UTC, from Monday 0:00 on."""

    num_runs: int = 0
    seconds: float = 0.0
    polls: dict[str, float] = field(default_factory=dict)
    pages: dict[int, float] = field(default_factory=dict)
    mean_pages: float = 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A source, where it stands on its timetable, its habits, and how far apart its requests to each host are."""

    source: Source
    slot_at: datetime | None = None
    due_at: datetime | None = None
    learned_every: timedelta | None = None
    habits: Habits = Habits()
    delay: float = 1.0
    latencies: dict[str, float] = field(default_factory=dict)

    @property
    def interval(self) -> timedelta:
        """That of an adaptive source: the learned one, or else the one that its first run comes to."""
        if self.learned_every is not None:
            return self.learned_every
        return Measured(0).interval_for(self.source.freshness) if self.source.freshness else DEFAULT_EVERY

    @property
    def host(self) -> str:
        """Who is asked for its pages."""
        return host_of(self.source.url)

    @property
    def host_lock(self) -> str:
        """Runs that share it wait for each other."""
        return politeness_key(self.source.url)

    @property
    def has_past(self) -> bool:
        """Whether anything is known of its runs; else all is estimated."""
        return self.habits.num_runs > 0

    def polls(self) -> dict[str, float]:
        """How often each host is asked for feeds, sitemaps and listings in a run."""
        if self.has_past:
            return self.habits.polls
        polls: dict[str, float] = defaultdict(float)
        for url in self.source.documents or [self.source.url] * _UNNAMED_DOCUMENTS:
            polls[host_of(url)] += 1
        return polls

    def pages(self, hour_of_week: int, gap: float) -> float:
        """How many pages a run in that hour visits, ``gap`` seconds after the one before."""
        if self.has_past:
            return self.habits.pages.get(hour_of_week, self.habits.mean_pages)
        visits = _VISITS_PER_ARTICLE if self.source.revisit else 1.0
        return min(_ARTICLES_PER_DAY * visits * gap / _DAY, self.source.max_pages)

    def spacing(self, host: str) -> float:
        """Seconds from one request to the next; 0 where there is no limit. See crawler.download.pace."""
        slow = min(_LATENCY_FACTOR * self.latencies.get(host, 0.0), _LONGEST_SPACING)
        return max(self.delay, slow) if self.delay else 0.0

    def seconds(self, num_requests: float) -> float:
        """How long a run takes: the median of the past ones, else as its requests are apart."""
        return self.habits.seconds or num_requests * max(self.spacing(self.host), _SECONDS_PER_REQUEST)


def read_watched(
    connection: "Connection | None", wanted: Iterable[Source] | None, delay: timedelta
) -> list[Watched]:
    """The sources of the configuration file (``wanted``) and those added by hand; without a file, all there are.

    Without a database all is as if nothing had run yet. Disabled sources are left out.
    """
    stored = _stored(connection) if connection else {}
    habits = _habits(connection) if connection else {}
    latencies = _latencies(connection) if connection else {}
    by_name = {source.name: source for source in wanted or ()}
    for name, row in stored.items():
        if wanted is None or row["origin"] == "command":
            by_name.setdefault(name, Source.model_validate(row["definition"]))
    watched = []
    for name, source in sorted(by_name.items()):
        row = stored.get(name, {"state": "enabled"})
        if row["state"] != "enabled":
            continue
        is_as_stored = row.get("definition") == source.definition()
        watched.append(
            Watched(
                source,
                row.get("slot_at") if is_as_stored else None,
                row.get("due_at") if is_as_stored else None,
                row.get("learned_every"),
                habits.get(row.get("source_id", 0), Habits()),
                (delay if source.delay is None else source.delay).total_seconds(),
                latencies,
            )
        )
    return watched


def _stored(connection: "Connection") -> dict[str, dict[str, Any]]:
    from sql.database import rows

    return {row["name"]: row for row in rows(connection, "list_timetables")}


def _latencies(connection: "Connection") -> dict[str, float]:
    from sql.database import rows

    return {row["host"]: row["latency_ms"] / 1000 for row in rows(connection, "list_latencies")}


def _habits(connection: "Connection") -> dict[int, Habits]:
    from sql.database import rows

    polls: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows(connection, "measure_poll_habits"):
        polls[row["source_id"]][host_of(row["url"])] += row["num_polls"]
    pages: dict[int, dict[int, float]] = defaultdict(dict)
    for row in rows(connection, "measure_pages"):
        pages[row["source_id"]][row["hour_of_week"]] = row["mean_pages"]
    return {
        row["source_id"]: Habits(
            row["num_runs"],
            row["seconds"],
            {host: total / row["num_runs"] for host, total in polls[row["source_id"]].items()},
            pages[row["source_id"]],
            row["mean_pages"],
        )
        for row in rows(connection, "measure_runs")
    }
