"""What is usual of a source, learned from its last eight weeks: medians, which an odd week does not move."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from statistics import median
from typing import Any, Self
from zoneinfo import ZoneInfo

from crawler.alarms.fields import Usual, learn_fields
from crawler.alarms.hours import HOUR, HOURS, Hour, hour_of_week, midnight

WEEKS = 8
FEWEST_WEEKS = 2
FEWEST_NEW = 4
"""Under so many weeks or new articles nothing is known of a source's rhythm."""

# What came in an hour is spread over so many hours around it as bring three articles a week together: of a source
# with one article a day the median of every single hour is nought. Where three come in an hour, nothing is spread.
_WIDTHS = (1, 3, 5, 9, 15, 25, 73, HOURS)
_ENOUGH = 3.0
_TINY = 1e-9
# Of the longest gaps one for each quarter of the weeks is forgiven: a holiday, an outage of ours.
_WEEKS_FOR_A_GAP = 4
_NOTHING = (0.0,) * HOURS


@dataclass(frozen=True, slots=True)
class Baseline:
    """A row of ``tidings.baselines``."""

    num_weeks: int = 0
    num_new: int = 0
    """New articles in these weeks."""
    usual: tuple[float, ...] = _NOTHING
    """New articles in each hour of the week."""
    spread: tuple[float, ...] = _NOTHING
    longest_silence: timedelta | None = None
    """Between two new articles, by the clock."""
    longest_quiet: float = 0.0
    """The same by how many articles are usual of such a time: a night counts little."""
    fields: dict[str, Usual] = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """From the columns of the table."""
        fields = {name: Usual(**values) for name, values in row["fields"].items()}
        values = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "usual": tuple(row["usual"]), "spread": tuple(row["spread"]), "fields": fields})

    @property
    def knows_rhythm(self) -> bool:
        """Whether its weeks were enough to tell when it publishes."""
        return self.num_weeks >= FEWEST_WEEKS and self.num_new >= FEWEST_NEW

    @property
    def a_day(self) -> float:
        """New articles on a day, in the mean over the week."""
        return sum(self.usual) / 7


def learn(hours: Sequence[Hour], zone: ZoneInfo, now: datetime) -> Baseline:
    """The baseline of a source. ``hours`` go from the oldest to the latest, with or without those that are empty.

    The weeks end with the day of the last new article, and not later than today began: what a source published
    stays known while it is silent. Its first day is left out, for then it brings what its feed had before.
    """
    news = [hour for hour in hours if hour.num_new]
    if not news:
        return Baseline(fields=learn_fields(hours))
    after_last = midnight(midnight(news[-1].start, zone) + 36 * HOUR, zone)
    end = min(midnight(now, zone), after_last)
    begin = midnight(midnight(hours[0].start, zone) + 36 * HOUR, zone)
    num_weeks = max(0, min(WEEKS, (end - begin + 2 * HOUR) // timedelta(weeks=1)))
    counts = _by_local_hour(news, zone, end, num_weeks)
    usual, spread = _smooth(counts, num_weeks) if num_weeks else (_NOTHING, _NOTHING)
    # The series begins at the hour of the week at which it ends.
    shift = hour_of_week(end, zone)
    usual, spread = (_turned(values, shift) for values in (usual, spread))
    silence, quiet = _longest_gaps(news, usual, zone, num_weeks)
    return Baseline(num_weeks, sum(counts), usual, spread, silence, quiet, learn_fields(hours))


def _by_local_hour(news: Sequence[Hour], zone: ZoneInfo, end: datetime, num_weeks: int) -> list[int]:
    """New articles by the hours of whole weeks on the wall clock, which no clock change shifts."""
    counts = [0] * (num_weeks * HOURS)
    last = end.astimezone(zone).replace(tzinfo=None)
    for hour in news:
        local = hour.start.astimezone(zone).replace(minute=0, tzinfo=None)
        before = (last - local) // HOUR
        if 0 < before <= len(counts):
            counts[-before] += hour.num_new
    return counts


def _smooth(counts: Sequence[int], num_weeks: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The median of each hour of the week over the weeks, and the median absolute deviation from it."""
    spread_out = _spread_out(counts, _widths(counts, num_weeks))
    weeks = [spread_out[week * HOURS : week * HOURS + HOURS] for week in range(num_weeks)]
    totals = [sum(counts[week * HOURS : week * HOURS + HOURS]) for week in range(num_weeks)]
    usual = [median(hour) for hour in zip(*weeks, strict=True)]
    total = median(totals)
    if total < _ENOUGH:
        total = sum(totals) / num_weeks
    if not sum(usual):
        usual = [1 / HOURS] * HOURS
    # Medians of small numbers are a little under their means.
    usual = [value * total / sum(usual) for value in usual]
    spread = [
        median(abs(value - middle) for value in hour)
        for hour, middle in zip(zip(*weeks, strict=True), usual, strict=True)
    ]
    return tuple(usual), tuple(spread)


def _widths(counts: Sequence[int], num_weeks: int) -> list[int]:
    """Over how many hours around it is spread what came in each hour of the week."""
    means = [sum(counts[hour::HOURS]) / num_weeks for hour in range(HOURS)]
    sums = [0.0, *accumulate(means * 3)]
    widths = []
    for hour in range(HOURS, 2 * HOURS):
        for width in _WIDTHS:
            if sums[hour + width // 2 + 1] - sums[hour - width // 2] >= _ENOUGH:
                break
        widths.append(width)
    return widths


def _spread_out(counts: Sequence[int], widths: Sequence[int]) -> list[float]:
    """The same number in all; what is spread beyond an end goes on at the other."""
    changes = [0.0] * (len(counts) + 1)
    for place, count in enumerate(counts):
        if not count:
            continue
        width = widths[place % HOURS]
        first, last = place - width // 2, place + (width - 1) // 2 + 1
        for begin, end in _within(first, last, len(counts)):
            changes[begin] += count / width
            changes[end] -= count / width
    return [value if value > _TINY else 0.0 for value in accumulate(changes[:-1])]


def _within(first: int, last: int, length: int) -> list[tuple[int, int]]:
    if first < 0:
        return [(0, last), (first + length, length)]
    if last > length:
        return [(first, length), (0, last - length)]
    return [(first, last)]


def _turned(values: tuple[float, ...], shift: int) -> tuple[float, ...]:
    return values[HOURS - shift :] + values[: HOURS - shift] if shift else values


def _longest_gaps(
    news: Sequence[Hour], usual: Sequence[float], zone: ZoneInfo, num_weeks: int
) -> tuple[timedelta, float]:
    """The longest times without a new article that were nothing unusual: by the clock, and by what is usual."""
    cumulated = [0.0, *accumulate(usual)]
    silences, quiets = [HOUR], [0.0]
    for before, after in pairwise(news):
        start, end = before.start + HOUR, after.start
        if end > start:
            silences.append(end - before.start)
            quiets.append(sum_of(cumulated, hour_of_week(start, zone), (end - start) // HOUR))
    place = min(num_weeks // _WEEKS_FOR_A_GAP, len(quiets) - 1)
    return sorted(silences, reverse=True)[place], sorted(quiets, reverse=True)[place]


def sum_of(cumulated: Sequence[float], first: int, number: int) -> float:
    """What is usual of so many hours from the hour ``first`` of the week on, by the sums up to each hour."""
    weeks, rest = divmod(number, HOURS)
    last = first + rest
    part = (
        cumulated[last] - cumulated[first]
        if last <= HOURS
        else cumulated[HOURS] - cumulated[first] + cumulated[last - HOURS]
    )
    return weeks * cumulated[HOURS] + part
