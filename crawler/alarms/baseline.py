"""What is usual of a source, learned from its last eight weeks: medians, which an odd week or two does not move."""

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

# An hour is smoothed over its neighbours, just so far that three articles are usual of all of them together: for a
# source with one article a day the median of every single hour is nought.
_WIDTHS = (1, 3, 5, 9, 15, 25, 73, HOURS)
_ENOUGH = 3.0
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
    """The median of each hour of the week and the median absolute deviation from it."""
    sums = [0, *accumulate(counts)]
    usual, spread = [], []
    for hour in range(HOURS):
        for width in _WIDTHS:
            around = [_around(sums, week * HOURS + hour, width) for week in range(num_weeks)]
            middle = median(around)
            if middle * width >= _ENOUGH:
                break
        usual.append(middle)
        spread.append(median(abs(value - middle) for value in around))
    return tuple(usual), tuple(spread)


def _around(sums: Sequence[int], place: int, width: int) -> float:
    """The mean of so many hours around one; at the ends of the weeks, of those that there are."""
    first, last = max(place - width // 2, 0), min(place + width // 2 + 1, len(sums) - 1)
    return (sums[last] - sums[first]) / (last - first)


def _turned(values: tuple[float, ...], shift: int) -> tuple[float, ...]:
    return values[HOURS - shift :] + values[: HOURS - shift] if shift else values


def _longest_gaps(
    news: Sequence[Hour], usual: Sequence[float], zone: ZoneInfo, num_weeks: int
) -> tuple[timedelta, float]:
    """The longest times without a new article that were nothing unusual: by the clock, and by what was usual then."""
    cumulated = [0.0, *accumulate(usual)]
    silences, quiets = [HOUR], [0.0]
    for before, after in pairwise(news):
        start, end = before.start + HOUR, after.start
        if end > start:
            silences.append(end - before.start)
            quiets.append(_sum_of(cumulated, hour_of_week(start, zone), (end - start) // HOUR))
    place = min(num_weeks // _WEEKS_FOR_A_GAP, len(quiets) - 1)
    return sorted(silences, reverse=True)[place], sorted(quiets, reverse=True)[place]


def _sum_of(cumulated: Sequence[float], first: int, number: int) -> float:
    """What is usual of so many hours from the hour ``first`` of the week on."""
    weeks, rest = divmod(number, HOURS)
    last = first + rest
    part = (
        cumulated[last] - cumulated[first]
        if last <= HOURS
        else cumulated[HOURS] - cumulated[first] + cumulated[last - HOURS]
    )
    return weeks * cumulated[HOURS] + part

