"""``python -m tests.benchmarks.alarms``: false alarms, and how soon faults raise one, in simulated weeks."""

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial

from crawler.alarms.hours import HOUR
from tests.support.newsweeks import Fault, Publisher, crowd, with_calendar
from tests.support.weekwatch import Result, look_every_hour

# A Monday; the twelve weeks end in the New Year, and have clock changes, holidays and Christmas.
BEGIN = datetime(2026, 10, 12, tzinfo=UTC)
HOLIDAYS = frozenset({date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 8)})
CHRISTMAS = (date(2026, 12, 23), date(2027, 1, 1))
_LEARNED = timedelta(weeks=6)
_WEEK = timedelta(weeks=1)
FAULTS = ("freeze", "fields", "body", "article")


def planted(publisher: Publisher, place: int, weeks: int) -> Fault:
    """A fault at some hour of the last weeks, of a kind in turn."""
    draw = random.Random(f"fault {publisher.name}")
    span = (weeks * _WEEK - _LEARNED - 2 * _WEEK) // HOUR
    return Fault(FAULTS[place % len(FAULTS)], BEGIN + _LEARNED + draw.randrange(span) * HOUR)


def _run(job: tuple[Publisher, int, int, Fault | None]) -> Result:
    publisher, seed, weeks, fault = job
    return look_every_hour(publisher, seed, BEGIN, BEGIN + weeks * _WEEK, fault)


def size_of(publisher: Publisher) -> str:
    """Its class, by articles a day."""
    a_day = publisher.working_day
    return "over 50 a day" if a_day > 50 else "5 to 50 a day" if a_day > 5 else "under 5 a day"


def percentile(values: Iterable[float], share: float) -> float:
    """Of the sorted values the one at this place."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def false_alarms(results: list[Result]) -> list[list[str]]:
    """By size: what was raised although nothing was wrong."""
    lines = []
    by_size: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_size[size_of(result.publisher)].append(result)
    for size, some in [*sorted(by_size.items()), ("all", results)]:
        years = sum(one.days for one in some) / 365
        kinds = Counter(kind for one in some for kind, *_ in one.raised)
        lines.append(
            [size, str(len(some)), f"{years:.0f}"]
            + [f"{kinds[kind]} ({kinds[kind] / years:.3f})" for kind in ("silence", "drift")]
        )
    return lines


def detections(results: list[Result]) -> list[list[str]]:
    """By fault and size: how many were found, how soon, and after how many articles."""
    lines = []
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        assert result.fault
        groups[result.fault.kind, size_of(result.publisher)].append(result)
    for (kind, size), some in sorted(groups.items()):
        wanted = "silence" if kind == "freeze" else "drift"
        hits = {}
        for one in some:
            assert one.fault
            found = [raised for raised in one.raised if raised[0] == wanted and raised[1] > one.fault.at]
            if found:
                hits[one.publisher.name] = (one, found[0])
        cells = [kind, size, f"{len(hits)} of {len(some)}"]
        if hits:
            delays = [(found[1] - one.fault.at) / HOUR for one, found in hits.values() if one.fault]
            cells += [f"{percentile(delays, 0.5):.0f} h", f"{percentile(delays, 0.95):.0f} h"]
            articles = [one.num_since for one, _ in hits.values()]
            if wanted == "drift":
                cells += [f"{percentile(articles, 0.5)}", f"{percentile(articles, 0.95)}"]
                off = [abs((found[2] - one.fault.at) / HOUR) for one, found in hits.values() if one.fault]
                cells.append(f"{percentile(off, 0.5):.0f} h")
        lines.append([*cells, *["-"] * (8 - len(cells))])
    return lines


def table(head: list[str], lines: list[list[str]]) -> None:
    """Print it."""
    print("| " + " | ".join(head) + " |")
    print("| --- " * len(head) + "|")
    for line in lines:
        print("| " + " | ".join(line) + " |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--tell", action="store_true", help="name every false alarm")
    given = parser.parse_args()
    calendar = partial(with_calendar, holidays=HOLIDAYS, quiet=CHRISTMAS)
    publishers = [calendar(publisher) for publisher in crowd(given.sources, given.seed)]
    well = [(publisher, given.seed, given.weeks, None) for publisher in publishers]
    ill = [
        (publisher, given.seed, given.weeks, planted(publisher, place, given.weeks))
        for place, publisher in enumerate(publishers)
    ]
    with ProcessPoolExecutor(given.processes) as pool:
        healthy = list(pool.map(_run, well, chunksize=4))
        faulty = list(pool.map(_run, ill, chunksize=4))
    print(f"seed {given.seed}: false alarms (per source and year)\n")
    table(["publishers", "sources", "years", "silence", "drift"], false_alarms(healthy))
    print("\nplanted faults\n")
    head = ["fault", "publishers", "found", "p50", "p95", "pages p50", "pages p95", "since off by"]
    table(head, detections(faulty))
    if given.tell:
        for result in healthy:
            for kind, at, since, what in result.raised:
                print(
                    f"{result.publisher}: {kind} {what} at {at:%a %Y-%m-%d %H:%M}, since {since:%a %Y-%m-%d %H:%M}"
                )


if __name__ == "__main__":
    main()
