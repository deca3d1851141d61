"""Whether a source has been silent for far longer than is usual: a pure decision on its baseline.

What counts is not the time but how many articles are usual of it: a night counts as little as it brings.
Two things that happen to every publisher are allowed for, so that neither is an alarm:

- a quiet week (Christmas, August): for eight days only a third of what is usual is expected;
- a public holiday: one day is expected to be like the quietest of the week. Who publishes nothing on Sundays may
  so be silent for a day, and is told of on the next.

What remains has to be far beyond the longest gap that was nothing unusual of this source, and beyond what chance
brings: the more articles a week, the more gaps there are to choose from, and the longest of them grows with the
logarithm of their number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from math import log, sqrt
from zoneinfo import ZoneInfo

from crawler.alarms.baseline import Baseline, sum_of
from crawler.alarms.hours import HOUR, hour_of_week, parts_of_hours

_LEAST, _BEYOND_CHANCE = 4.0, 2.0
_BEYOND_LONGEST = 1.2
_QUIET_SPELL = timedelta(days=8)
_QUIET_SHARE = 1 / 3
_NEAR = range(-2, 3)
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
    by_chance = log(1 + sum(baseline.usual) * _QUIET_SHARE)
    limit = max(_LEAST, _BEYOND_CHANCE + by_chance, _BEYOND_LONGEST * baseline.longest_quiet)
    start = last + HOUR
    end = min(until, last + _LONGEST)
    if end <= start or not baseline.knows_rhythm:
        return Silence(0.0, 0.0, limit)
    quietest = _quietest_day(baseline)
    spell, holidays = 0.0, [0.0] * 7
    spell_ends = min(end, start + _QUIET_SPELL)
    for hour, part in parts_of_hours(start, spell_ends):
        place = hour_of_week(hour, zone)
        expected = baseline.usual[place] * part
        spell += expected
        holidays[place // 24] += expected - quietest[place % 24] * part
    cumulated = [0.0, *accumulate(baseline.usual)]
    usual = spell + sum_of(cumulated, hour_of_week(spell_ends, zone), (end - spell_ends) // HOUR)
    certain = usual * (1 - 1 / sqrt(baseline.num_new))  # the rate itself was learned from so many
    judged = certain - max((1 - _QUIET_SHARE) * spell, *holidays)
    return Silence(usual, judged, limit)


def is_over(num_new: int, baseline: Baseline) -> bool:
    """Whether so many new articles since then end a silence."""
    return num_new >= max(1, min(_MOST_TO_END, round(_SHARE_OF_DAY * baseline.a_day)))


def _quietest_day(baseline: Baseline) -> list[float]:
    """The hours of the quietest day of the week, each the mean of five: a single one is learned from little."""
    day = min((baseline.usual[day * 24 : day * 24 + 24] for day in range(7)), key=sum)
    return [sum(day[(hour + near) % 24] for near in _NEAR) / len(_NEAR) for hour in range(24)]
