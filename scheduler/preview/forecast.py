"""From coming runs to who waits for whom, and what each host is asked in an hour, against what it may be asked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from scheduler.preview.coming import Run, coming_runs
from scheduler.preview.habits import Watched

HOUR = 3600.0
_DAY = 86_400.0
_HOURS_OF_WEEK = 168
_THURSDAY = 72  # 1970 began on one: the hour of the week, from Monday on


@dataclass(slots=True)
class HostHour:
    """What a host is asked in an hour (since 1970); ``busy`` is how much of it that takes, requests spaced."""

    host: str
    hour: int
    requests: float = 0.0
    busy: float = 0.0
    sources: dict[str, float] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When the hour begins."""
        return datetime.fromtimestamp(self.hour * HOUR, UTC)

    @property
    def limit(self) -> float:
        """How many requests the hour has room for; infinite where they are not spaced."""
        return self.requests / self.busy if self.busy else float("inf")

    @property
    def is_over(self) -> bool:
        """Whether more is to be asked than the hour has room for."""
        return self.busy > 1


@dataclass(slots=True)
class Overlap:
    """Runs of sources that share a politeness key, and fall due while another of them is under way."""

    host_lock: str
    num_runs: int = 0
    longest: float = 0.0
    at: float = 0.0
    source: str = ""
    behind: str = ""


@dataclass(slots=True)
class Forecast:
    """All of it. ``requests`` is by source; ``durations`` is the mean of a source's runs, in seconds."""

    start: datetime
    until: datetime
    watched: list[Watched]
    runs: dict[str, list[Run]]
    requests: dict[str, float] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)
    host_hours: list[HostHour] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)

    @property
    def num_runs(self) -> int:
        """Of all sources."""
        return sum(map(len, self.runs.values()))

    @property
    def over(self) -> list[HostHour]:
        """Where hosts are over their limits, the worst hour of each host first."""
        return sorted((found for found in self.host_hours if found.is_over), key=lambda found: -found.busy)


def forecast(watched: Iterable[Watched], start: datetime, until: datetime) -> Forecast:
    """What is to come between two moments."""
    every = list(watched)
    made = Forecast(start, until, every, {one.source.name: coming_runs(one, start, until) for one in every})
    hours: dict[tuple[str, int], HostHour] = {}
    shared: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for one in every:
        name = one.source.name
        runs = _loaded(one, made.runs[name], hours)
        made.requests[name] = sum(requests for _, _, requests in runs)
        made.durations[name] = sum(seconds for _, seconds, _ in runs) / len(runs) if runs else 0.0
        shared[one.host_lock] += [(at, seconds, name) for at, seconds, _ in runs]
    made.host_hours = list(hours.values())
    made.overlaps = [found for lock, runs in shared.items() if (found := _overlap(lock, sorted(runs))).num_runs]
    made.overlaps.sort(key=lambda found: -found.num_runs)
    return made


def _loaded(
    one: Watched, runs: list[Run], hours: dict[tuple[str, int], HostHour]
) -> list[tuple[float, float, float]]:
    """Add the requests of a source's runs to the hours; returns each run's time, duration, and requests."""
    name, host = one.source.name, one.host
    polls = one.polls()
    num_polls = sum(polls.values())
    spacings = {asked: one.spacing(asked) / HOUR for asked in {*polls, host}}
    loaded = []
    for number, run in enumerate(runs):
        hour = int(run.at // HOUR)
        neighbour = runs[number - 1] if number else runs[min(1, len(runs) - 1)]
        gap = abs(run.at - neighbour.at) or _DAY
        pages = one.pages((hour + _THURSDAY) % _HOURS_OF_WEEK, gap)
        for asked, requests in (*polls.items(), (host, pages)):
            found = hours.get((asked, hour))
            if found is None:
                found = hours[asked, hour] = HostHour(asked, hour)
            busy = requests * spacings[asked]
            found.requests += requests
            found.busy += busy
            found.sources[name] = found.sources.get(name, 0.0) + requests
        loaded.append((run.at, one.seconds(num_polls + pages), num_polls + pages))
    return loaded


def _overlap(host_lock: str, runs: list[tuple[float, float, str]]) -> Overlap:
    """Have the runs wait for each other. One that falls due before its source's last run is over adds none."""
    found = Overlap(host_lock)
    free_at, holder = 0.0, ""
    ends: dict[str, float] = {}
    for at, seconds, name in runs:
        if at < free_at:
            found.num_runs += 1
            if free_at - at > found.longest:
                found.longest, found.at, found.source, found.behind = free_at - at, at, name, holder
            if at < ends.get(name, 0.0):
                continue  # it becomes one with the run that is under way, or waits, already
        free_at = max(at, free_at) + seconds
        holder, ends[name] = name, free_at
    return found
