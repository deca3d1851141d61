"""How fresh a source's articles are when stored, how often it must be asked for that, and what is in the way."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from math import ceil
from typing import Any, Self

from crawler.intervals.cadence import FIRST, LONGEST, SPREAD

FEWEST_ARTICLES = 20
"""Of fewer dated articles nothing is said: the slowest of twenty is the 95th percentile."""
SHORTEST = timedelta(minutes=1)
"""However urgent, a source is not asked more often."""

# Polls take up at most this share of the time in which a host may be asked at all; the rest is for the articles.
_SHARE_FOR_POLLS = 0.5
# Where an article waits evenly between two polls, one in twenty waits longer than this share of the time between.
_P95_OF_WAIT = 0.95
# Once this much of the target is spent elsewhere, no interval can meet it: it is asked as if half were left.
_HALF = 0.5
_MINUTE = timedelta(minutes=1)
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article that came by the timetable: when it was published, asked for, and stored."""

    published: datetime
    polled_before: datetime
    """The last good poll at which it was not there yet."""
    polled_at: datetime
    """The poll that listed it."""
    stored_at: datetime

    @property
    def latency(self) -> timedelta:
        """From publication to row; 0 where the publisher's clock is ahead."""
        return max(self.stored_at - self.published, _ZERO)

    @property
    def listed_late(self) -> timedelta:
        """How long the publisher itself has kept it back, at the least: a poll after its date did not list it."""
        return max(self.polled_before - self.published, _ZERO)

    @property
    def handling(self) -> timedelta:
        """How long it took from the poll to the row: the requests before it, at the host's pace."""
        return max(self.stored_at - self.polled_at, _ZERO)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a poll of a source costs, and what held its runs up; of its latest runs."""

    num_requests: float = 1.0
    """For feeds, sitemaps and listings, a run."""
    poll_time: timedelta = _ZERO
    """From the beginning of a run until the last of them has answered, at the host's pace."""
    num_sharing: int = 1
    """How many sources share the host, and with it its time."""
    wait: timedelta = _ZERO
    """How long runs waited for a worker (p95)."""
    put_off: timedelta = _ZERO
    """By how much slots were put off for pauses and failures (p95)."""

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """From the columns of ``measure_polls``."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__ if row[name] is not None})

    @property
    def shortest(self) -> timedelta:
        """The shortest interval that politeness allows."""
        return max(SHORTEST, self.poll_time * self.num_sharing / _SHARE_FOR_POLLS)


@dataclass(frozen=True, slots=True)
class Measured:
    """The freshness of a source; ``p50`` and ``p95`` are None where too few articles have a time of day."""

    num_articles: int
    p50: timedelta | None = None
    p95: timedelta | None = None
    listed_late: timedelta = _ZERO
    handling: timedelta = _ZERO
    costs: Costs = field(default_factory=Costs)

    def interval_for(self, target: timedelta) -> timedelta:
        """How often to ask, so that 95 of 100 articles are stored within ``target`` of their publication.

        What is left of the target when the publisher, the queue and the pages had their part, is the longest that
        an article may wait for the next poll.
        """
        if self.p95 is None:
            left = target * _HALF
        else:
            left = target - self.listed_late - self.handling - self.costs.wait
            left = left if left >= self.costs.shortest else target * _HALF
        return min(max(left / _P95_OF_WAIT / (1 + SPREAD), self.costs.shortest), LONGEST)


def measure(arrivals: Sequence[Arrival], costs: Costs, zone: tzinfo) -> Measured:
    """Of the articles that have a time of day. One dated midnight by the source's clocks has only a date."""
    timed = [arrival for arrival in arrivals if has_time(arrival.published, zone)]
    if len(timed) < FEWEST_ARTICLES:
        return Measured(len(timed), costs=costs)
    latencies = [arrival.latency for arrival in timed]
    return Measured(
        len(timed),
        percentile(latencies, 0.5),
        percentile(latencies, 0.95),
        percentile([arrival.listed_late for arrival in timed], 0.95),
        percentile([arrival.handling for arrival in timed], 0.95),
        costs,
    )


def has_time(published: datetime, zone: tzinfo) -> bool:
    """Whether a date of publication has a time of day: one that has none is stored as midnight of ``zone``."""
    local = published.astimezone(zone)
    return (local.hour, local.minute, local.second) != (0, 0, 0)


def percentile(values: Sequence[timedelta], share: float) -> timedelta:
    """The smallest of the values that this share of them does not exceed (nearest rank)."""
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)]


@dataclass(frozen=True, slots=True)
class State:
    """How a source stands at present."""

    is_enabled: bool = True
    failure: str | None = None
    """Why its last run failed."""
    pause: str | None = None
    """Why its host is left alone at present."""


def judge(
    target: timedelta, measured: Measured, interval: timedelta | None, state: State
) -> tuple[bool | None, list[str]]:
    """Whether a source meets its target (None: it cannot be told), and what is in the way, in words."""
    causes = list(_troubles(state))
    if measured.p95 is None:
        few = f"too few articles with a time of day to tell: {measured.num_articles} of {FEWEST_ARTICLES}"
        return None, [*causes, few]
    if measured.p95 <= target:
        return True, causes
    return False, [*causes, *_delays(target, measured, interval)]


def _troubles(state: State) -> list[str]:
    troubles = []
    if not state.is_enabled:
        troubles.append("the source is switched off")
    if state.failure in {"robots_disallowed", "robots_unreachable"}:
        troubles.append(f"robots.txt keeps us from its feeds ({state.failure})")
    elif state.failure:
        troubles.append(f"its feeds could not be had at the last visit ({state.failure})")
    if state.pause:
        troubles.append(f"its host has asked to be left alone for a while ({state.pause})")
    return troubles


def _delays(target: timedelta, measured: Measured, interval: timedelta | None) -> list[str]:
    costs, parts = measured.costs, []
    if measured.listed_late > target / 4:
        parts.append(f"the publisher lists articles {minutes(measured.listed_late)} after their date")
    if costs.shortest > SHORTEST and costs.shortest > target * _HALF:
        sharing = f", and {costs.num_sharing} sources share the host" if costs.num_sharing > 1 else ""
        parts.append(
            f"the host's delay allows a poll every {minutes(costs.shortest)} only: one takes"
            f" {costs.num_requests:.0f} requests, or {costs.poll_time.total_seconds():.0f} s{sharing}"
        )
    if costs.put_off > target / 4:
        parts.append(f"slots were put off by {minutes(costs.put_off)}, for pauses (Retry-After) or failures")
    if costs.wait > target / 4:
        parts.append(f"runs wait {minutes(costs.wait)} for a worker: start more of them")
    if measured.handling > target / 4:
        parts.append(
            f"{minutes(measured.handling)} pass from the poll to the row, for its pages are many at this pace"
        )
    if not parts and (interval or FIRST) > measured.interval_for(target):
        parts.append("the interval has only just been shortened; what was stored since is not enough to tell")
    return parts or ["no single cause: several small delays add up"]


def minutes(span: timedelta) -> str:
    """A length of time for a person, in minutes."""
    return f"{max(span / _MINUTE, 0):.0f} min" if span >= 10 * _MINUTE else f"{max(span / _MINUTE, 0):.1f} min"
