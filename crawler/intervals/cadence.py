"""When a source is asked next that has no fixed interval: pure decisions on what was seen of it.

Two things are told apart. The *interval* says how often the source is asked on the whole; it is learned, and
kept in ``sources.learned_every``. The *rhythm* says how many articles come, and in which hours of the week, and
spreads the visits over them: an interval lasts until as many are to be expected as in an average stretch of its
length. So it is shorter in busy hours and longer at night, and a week has as many visits as it would have.

The share of known links alone would have a feed of thirty entries visited after every ten articles: that loses
none, but the first of them has waited for hours. Hence an interval grows no further than to a few articles.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from math import floor, log2
from statistics import median

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(hours=24)
"""Between these an interval is chosen where the operator wrote ``auto``."""
FIRST = timedelta(minutes=15)
"""The interval of a source of which nothing is known yet."""

# Over this share of links that were known already a visit was too early, under that one it was nearly too late: a
# feed of which all is new has lost something.
_MOSTLY_KNOWN = 0.67
_MOSTLY_NEW = 0.33
# The median of so many polls is not moved by one odd one. It lags behind by half of them, so the steps are small:
# when it has followed, the interval is at most half as long again as it should be.
NUM_POLLS = 5
_FEWEST_POLLS = 3
_LATER = 1.25
_SOONER = 0.75

# An hour of the week is known from three or four hours of as many weeks: its neighbours and the same hour of
# the other days help out. Visits never cease, for an hour without articles is only one in which there were none
# so far.
_HOURS_OF_WEEK = 168
_FEWEST_ARTICLES = 50
_FEWEST_FOR_RATE = 10
_LEAST_INTENSITY = 0.2
_MOST_INTENSITY = 5.0
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)

# So many articles, on average, an interval may grow to. Where four are to be expected, ten or more come once in
# a hundred, and the shortest of feeds list ten. Visits and latency are in inverse proportion: with two there would
# be twice as many visits, and half the latency (tests/benchmarks/cadence.py).
_MOST_AWAITED = 4

# By how much of an interval sources that were asked at once drift apart.
SPREAD = 0.1


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How busy a publisher is in each hour of the week (0 begins on Monday), around a mean of about 1."""

    intensities: tuple[float, ...] = (1.0,) * _HOURS_OF_WEEK
    zone: tzinfo = UTC
    spacing: timedelta | None = None
    """The mean time from one article to the next; None where too few are known."""

    @property
    def longest(self) -> timedelta:
        """The interval in which four articles come, between the shortest and the longest there is."""
        spacing = self.spacing or LONGEST
        return min(max(spacing * _MOST_AWAITED, SHORTEST), LONGEST)

    def at(self, moment: datetime) -> float:
        """The intensity at an aware time."""
        return self.intensities[_hour_of_week(moment, self.zone)]

    def after(self, moment: datetime, interval: timedelta) -> datetime:
        """When as much has happened since ``moment`` as in an average ``interval``; within :data:`LONGEST`."""
        left, last = interval, moment + LONGEST
        while moment < last:
            step = min(_next_hour(moment), last) - moment
            passed = step * self.at(moment)
            if passed >= left:
                return moment + left / self.at(moment)
            left -= passed
            moment += step
        return last


FLAT = Rhythm()
"""That of a publisher of whom too little is known."""


def rhythm_of(times: Sequence[datetime], zone: tzinfo, now: datetime) -> Rhythm:
    """The rhythm that all times of publication since the first of them show, on the clocks of ``zone``.

    Of fewer than 50 articles, or less than a day, the hours are not told apart; of less than a week the days are
    not. Of fewer than 10 articles nothing is said.
    """
    if len(times) < _FEWEST_FOR_RATE:
        return FLAT
    known = max(now - min(times), _HOUR)
    spacing = known / len(times)
    if len(times) < _FEWEST_ARTICLES or known < _DAY:
        return Rhythm(zone=zone, spacing=spacing)
    counts = Counter(_hour_of_week(moment, zone) for moment in times)
    mean = len(times) / _HOURS_OF_WEEK
    smoothed = _by_week if known >= _WEEK else _by_day
    raw = [smoothed(counts, hour) / mean for hour in range(_HOURS_OF_WEEK)]
    bounded = [min(max(intensity, _LEAST_INTENSITY), _MOST_INTENSITY) for intensity in raw]
    scale = _HOURS_OF_WEEK / sum(bounded)
    return Rhythm(tuple(intensity * scale for intensity in bounded), zone, spacing)


def _by_week(counts: Counter[int], hour: int) -> float:
    """Half the hour with its neighbours, half the same hours of the days like it: working days, or the weekend."""
    near = (counts[(hour - 1) % _HOURS_OF_WEEK] + 2 * counts[hour] + counts[(hour + 1) % _HOURS_OF_WEEK]) / 4
    return (near + _on_days(counts, hour, range(5) if hour < 5 * 24 else range(5, 7))) / 2


def _by_day(counts: Counter[int], hour: int) -> float:
    """The same hour of all days: one that has not been yet is not a quiet one."""
    return _on_days(counts, hour, range(7))


def _on_days(counts: Counter[int], hour: int, days: range) -> float:
    return sum(counts[24 * day + hour % 24] for day in days) / len(days)


def _hour_of_week(moment: datetime, zone: tzinfo) -> int:
    local = moment.astimezone(zone)
    return 24 * local.weekday() + local.hour


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + _HOUR


def adapt(
    interval: timedelta, known_shares: Iterable[float], rhythm: Rhythm = FLAT, *, has_gap: bool = False
) -> timedelta:
    """The interval after another poll, between 10 minutes and 24 hours.

    Args:
        interval: the one so far.
        known_shares: of the latest polls, which share of the links they listed was known already; 1 for a poll
            whose answer was that nothing had changed. The latest :data:`NUM_POLLS` of them are looked at.
        rhythm: the publisher's, for :attr:`Rhythm.longest`.
        has_gap: whether articles were missed between any of these polls; then it does not grow.
    """
    shares = list(known_shares)[:NUM_POLLS]
    factor = 1.0
    if len(shares) >= _FEWEST_POLLS:
        known = median(shares)
        factor = _LATER if known > _MOSTLY_KNOWN and not has_gap else _SOONER if known < _MOSTLY_NEW else 1.0
    return min(max(interval * factor, SHORTEST), rhythm.longest)


def spread_out(moment: datetime, interval: timedelta, name: str) -> datetime:
    """The time of a visit, moved by up to a tenth of the interval that leads to it.

    How far, only the source's name and the minute decide: sources that a restart has found overdue all at once are
    apart again after a few visits. It is put off, but where that would come to more than :data:`LONGEST`.
    """
    digest = hashlib.sha256(f"{name} {moment.astimezone(UTC):%Y-%m-%dT%H:%M}".encode()).digest()
    shift = interval * SPREAD * (int.from_bytes(digest[:4]) / 2**32)
    return moment - shift if interval * (1 + SPREAD) > LONGEST else moment + shift


def is_material(before: timedelta | None, after: timedelta) -> bool:
    """Whether an operator should be told of a change: the interval has come to another power of two of minutes."""
    return before is None or floor(log2(before / _MINUTE)) != floor(log2(after / _MINUTE))


_MINUTE = timedelta(minutes=1)
