"""``python -m tests.benchmarks.cadence``: what learned intervals cost and give, in simulated weeks."""

import argparse
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler.intervals.cadence import FIRST, NUM_POLLS, SHORTEST, adapt, rhythm_of, spread_out
from crawler.intervals.freshness import Arrival, Costs, measure, percentile

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
_WEEK, _DAY, _HOUR, _MINUTE = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
_HANDLING = timedelta(seconds=20)
_LEARNED_AFTER = 5  # weeks, before anything is counted
_COUNTED = 3  # weeks


@dataclass(frozen=True)
class Publisher:
    """So many articles on a working day, and on a day of the weekend, between two hours of the day."""

    name: str
    working_day: int
    weekend: int
    hours: tuple[int, int]
    num_listed: int
    """How many entries its feed has."""

    def publications(self, seed: int) -> list[datetime]:
        """When its articles appear, over all weeks, each at its own moment."""
        draw = random.Random(f"{self.name} {seed}")
        times = []
        for day in range(7 * (_LEARNED_AFTER + _COUNTED)):
            number = self.working_day if day % 7 < 5 else self.weekend
            for _ in range(number + draw.randint(-number // 4, number // 4)):
                hour = draw.uniform(*self.hours) if draw.random() < 0.97 else draw.uniform(0, 24)
                times.append(BEGIN + day * _DAY + hour * _HOUR)
        return sorted(times)


PUBLISHERS = (
    Publisher("wire, 600 a day", 600, 300, (5, 23), 50),
    Publisher("daily paper, 80 a day", 80, 25, (6, 22), 30),
    Publisher("regional paper, 25 a day", 25, 8, (7, 20), 30),
    Publisher("magazine, 2 a day", 2, 0, (9, 17), 20),
)


@dataclass
class History:
    """What a source has been seen to publish so far."""

    polls: list[datetime] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    """Of known links, latest first."""
    gaps: list[bool] = field(default_factory=list)
    every: timedelta = FIRST
    num_missed: int = 0


Strategy = Callable[[History], datetime]


def fixed(every: timedelta) -> Strategy:
    """A fixed interval."""
    return lambda history: history.polls[-1] + every


def auto(history: History) -> datetime:
    """As ``every = "auto"``."""
    has_gap = any(history.gaps[-NUM_POLLS:])
    asked_at = history.polls[-1]
    recent = [one.published for one in history.arrivals[-1000:] if one.published > asked_at - 4 * _WEEK]
    rhythm = rhythm_of(recent, UTC, asked_at)
    history.every = adapt(history.every, history.shares, rhythm, has_gap=has_gap)
    if history.gaps[-1]:
        history.every = max(SHORTEST, min(history.every, (asked_at - history.polls[-2]) / 2))
    slot = max(rhythm.after(asked_at, history.every), asked_at + SHORTEST)
    return spread_out(slot, history.every, "benchmark")


def freshness(target: timedelta) -> Strategy:
    """As ``freshness``."""

    def choose(history: History) -> datetime:
        costs = Costs(poll_time=timedelta(seconds=2))
        history.every = measure(history.arrivals[-200:], costs, UTC).interval_for(target)
        return spread_out(history.polls[-1] + history.every, history.every, "benchmark")

    return choose


def simulate(publisher: Publisher, strategy: Strategy, seed: int) -> History:
    """Poll a publisher's feed over all weeks."""
    times, history = publisher.publications(seed), History()
    now, end, num_seen = BEGIN, BEGIN + (_LEARNED_AFTER + _COUNTED) * _WEEK, 0
    while now < end:
        num_published = bisect_right(times, now)
        listed = times[max(num_published - publisher.num_listed, 0) : num_published]
        new = times[max(num_seen, num_published - publisher.num_listed) : num_published]
        if now >= BEGIN + _LEARNED_AFTER * _WEEK:
            history.num_missed += max(num_published - num_seen - publisher.num_listed, 0)
        if history.polls and listed:
            history.shares.insert(0, 1 - len(new) / len(listed))
            del history.shares[NUM_POLLS:]
        history.gaps.append(bool(history.polls) and len(new) == publisher.num_listed)
        before = history.polls[-1] if history.polls else now
        history.arrivals += [Arrival(time, before, now, now + _HANDLING) for time in new]
        history.polls.append(now)
        num_seen, now = num_published, strategy(history)
    return history


@dataclass(frozen=True)
class Figures:
    """Of the weeks that are counted."""

    polls_a_day: float
    p50: timedelta
    p95: timedelta
    num_missed: int


def figures(histories: Sequence[History]) -> Figures:
    """Over several seeds."""
    since = BEGIN + _LEARNED_AFTER * _WEEK
    latencies = [one.latency for history in histories for one in history.arrivals if one.published >= since]
    num_polls = sum(poll >= since for history in histories for poll in history.polls)
    return Figures(
        num_polls / (7 * _COUNTED * len(histories)),
        percentile(latencies, 0.5),
        percentile(latencies, 0.95),
        sum(history.num_missed for history in histories),
    )


def line(name: str, strategy: str, found: Figures, beside: Figures) -> str:
    """A line of the table."""
    cells = [
        name,
        strategy,
        f"{found.polls_a_day:.1f}",
        f"{found.p50 / _MINUTE:.0f}",
        f"{found.p95 / _MINUTE:.0f}",
        f"{found.polls_a_day / beside.polls_a_day:.2f}",
        f"{found.p50 / beside.p50:.2f}",
        f"{found.p95 / beside.p95:.2f}",
        str(found.num_missed),
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    head = ["publisher", "asked", "polls a day", "p50, min", "p95, min", "x polls", "x p50", "x p95", "missed"]
    print("| " + " | ".join(head) + " |")
    print("| --- " * len(head) + "|")
    for publisher in PUBLISHERS:

        def run(strategy: Strategy, publisher: Publisher = publisher) -> Figures:
            return figures([simulate(publisher, strategy, seed) for seed in seeds])

        quarter, learned = run(fixed(15 * _MINUTE)), run(auto)
        evenly, target = run(fixed(_DAY / learned.polls_a_day)), run(freshness(20 * _MINUTE))
        print(line(publisher.name, "every 15 min", quarter, quarter))
        print(line(publisher.name, "auto", learned, quarter))
        print(line(publisher.name, "as often, evenly", evenly, quarter))
        print(line(publisher.name, "freshness 20 min", target, quarter))


if __name__ == "__main__":
    main()
