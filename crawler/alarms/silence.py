"""Whether a source has been silent for far longer than is usual: a pure decision on its baseline.

What counts is not the time but how many articles are usual of it: a night or a Sunday counts as little as it brings.
Two things that happen to every publisher are allowed for, so that neither is an alarm:

- a quiet week (Christmas, August): for eight days only a third of what is usual is expected;
- a public holiday: one day is expected to be like the quietest of the week. Who publishes nothing on Sundays may so
  be silent for a day, and is told of on the next.

What remains has to be far beyond the longest gap that was nothing unusual of this source, and beyond what chance
brings in years: four articles.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from math import sqrt
from zoneinfo import ZoneInfo

from crawler.alarms.baseline import Baseline
from crawler.alarms.hours import HOUR, hour_of_week, parts_of_hours

_LEAST = 4.0
_BEYOND_LONGEST = 1.2
_QUIET_SPELL = timedelta(days=8)
_QUIET_SHARE = 1 / 3
# Longer than this nobody counts: whoever has been silent so long is silent.
_LONGEST = timedelta(weeks=26)
# Of a source that never brought anything, and of one whose rhythm is not known yet.
NEVER_ANYTHING = timedelta(days=3)
# It is over with the first article of a slow source, and with one in twenty of a day's of a fast one.
_SHARE_OF_DAY, _MOST_TO_END = 0.05, 5


@dataclass(frozen=True, slots=True)
class Silence:
    """The time since the last new article, counted in articles."""

    usual: float
    """So many are usual of it."""
    judged: float
    """So many of them are certain, with all that is allowed for."""
    limit: float
    """From so many on it is an alarm."""

    @property
    def is_alarm(self) -> bool:
        """Whether it is far longer than usual."""
        return self.judged >= self.limit


def measure_silence(baseline: Baseline, last: datetime, until: datetime, zone: ZoneInfo) -> Silence:
    """How long a source has been silent. ``last`` is the hour of its last new article, ``until`` our last look."""
    limit = max(_LEAST, _BEYOND_LONGEST * baseline.longest_quiet)
    start, end = last + HOUR, min(until, last + _LONGEST)
    if end <= start or not baseline.knows_rhythm:
        return Silence(0.0, 0.0, limit)
    parts = [
        (hour, part, hour_of_week(hour, zone), baseline.usual[hour_of_week(hour, zone)] * part)
        for hour, part in parts_of_hours(start, end)
    ]
    usual = sum(expected for *_, expected in parts)
    spell_ends = start + _QUIET_SPELL
    spell = sum(expected for hour, _, _, expected in parts if hour < spell_ends)
    quietest = _quietest_day(baseline)
    holiday = max(
        sum(max(expected - part * quietest[place % 24], 0.0) for _, part, place, expected in day)
        for _, day in groupby(parts, key=lambda part: part[2] // 24)
    )
    certain = usual * (1 - 1 / sqrt(baseline.num_new))  # the rate itself was learned from so many
    judged = certain - max((1 - _QUIET_SHARE) * spell, holiday)
    return Silence(usual, judged, limit)


def is_over(num_new: int, baseline: Baseline) -> bool:
    """Whether so many new articles since then end a silence."""
    return num_new >= max(1, min(_MOST_TO_END, round(_SHARE_OF_DAY * baseline.a_day)))


def _quietest_day(baseline: Baseline) -> tuple[float, ...]:
    days = [baseline.usual[day * 24 : day * 24 + 24] for day in range(7)]
    return min(days, key=sum)
