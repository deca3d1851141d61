"""APScheduler triggers whose times depend on nothing but the source: any host computes the same ones.

What is due next after an instant needs no record of what ran before, so runs missed while nobody was there
come to one run, and a restart moves nothing.
"""

import hashlib
from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from crawler.source import Source
from scheduler.timetable.crontab import Crontab, parse_expression

DEFAULT_EVERY = timedelta(minutes=15)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_WEEK = timedelta(days=7)


class Trigger(BaseTrigger):  # type: ignore[misc]
    """An APScheduler trigger defined by one question: which time comes next after an instant?"""

    __slots__ = ()

    @abstractmethod
    def after(self, moment: datetime) -> datetime:
        """The first time strictly after ``moment``. Both are aware; the answer is in UTC."""

    @property
    @abstractmethod
    def goes_on(self) -> bool:
        """Whether the times mean "all the time": then they go on where the clock shows an hour a second time."""

    def walk(self, moment: datetime) -> Iterator[datetime]:
        """Every time after ``moment``, in order and without end."""
        while True:
            moment = self.after(moment)
            yield moment

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """APScheduler's question: the time after the previous one, or at first the one not before ``now``."""
        return self.after(previous_fire_time or now - _MICROSECOND)


@dataclass(frozen=True, slots=True)
class CrontabTrigger(Trigger):
    """A cron expression on the clocks of one time zone, as crontab(5) says under daylight saving time.

    - A local time that comes twice fires the first time only, unless the expression means "all the time": every
      hour of the day, or a minute field that begins with ``*``. Such an expression goes on through both passes.
    - A local time that is skipped fires at the first moment after the gap, once for all times in it. An expression
      for every hour does not make up for it: it goes on at its next ordinary time.
    """

    crontab: Crontab
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """The first time strictly after ``moment``, in UTC."""
        local = moment.astimezone(self.zone)
        wall = local.replace(tzinfo=None)
        due = self._first(wall, moment, fold=0)
        before, after = _offsets(wall, self.zone)
        if self.goes_on and before > after:  # moment is within a stretch that comes twice: look at its second pass
            due = min(due, self._first(wall - (before - after), moment, fold=1))
        return due

    @property
    def goes_on(self) -> bool:
        """Every hour of the day, or a minute field that begins with ``*``."""
        return self.crontab.minute_star or self.crontab.every_hour

    def _first(self, wall: datetime, moment: datetime, *, fold: int) -> datetime:
        """The first match past ``wall`` that comes after ``moment``, clocks read on pass ``fold``."""
        while True:
            wall = self.crontab.after(wall)
            due = self._instant(wall, fold=fold)
            if due is not None and due > moment:
                return due

    def _instant(self, wall: datetime, *, fold: int) -> datetime | None:
        """When to fire for a time on the wall; None if it is skipped without loss."""
        before, after = _offsets(wall, self.zone)
        if before >= after:
            return wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
        return None if self.crontab.every_hour else _gap_end(wall, self.zone)


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta(0)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """The UTC offsets before and after the clock change that ``wall`` falls into; equal if into none (PEP 495)."""
    aware = wall.replace(tzinfo=zone, fold=0)
    return _offset(aware), _offset(aware.replace(fold=1))


def _gap_end(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which clocks jump over ``wall``: it lies between the two readings of ``wall``."""
    before, after = _offsets(wall, zone)
    earliest = (wall - after).replace(tzinfo=UTC)

    def offset_at(second: int) -> timedelta:
        return _offset((earliest + _SECOND * second).astimezone(zone))

    seconds = range((after - before) // _SECOND + 1)
    return earliest + _SECOND * bisect_left(seconds, after, key=offset_at)


@dataclass(frozen=True, slots=True)
class EveryTrigger(Trigger):
    """The instants at ``phase`` past each multiple of ``every`` since 1970: a fixed grid on the time line."""

    every: timedelta
    phase: timedelta

    goes_on = True

    def after(self, moment: datetime) -> datetime:
        """The first time strictly after ``moment``, in UTC."""
        origin = _EPOCH + self.phase
        return origin + self.every * ((moment - origin) // self.every + 1)


@dataclass(frozen=True, slots=True)
class JitteredTrigger(Trigger):
    """Another trigger's times (slots), each put off by its own draw from 0 up to ``jitter``.

    The draw depends on ``name`` and slot alone. It stays below half the way to the next slot, so that times never
    change places. The cost of an answer grows with the number of slots within ``jitter``.
    """

    slots: Trigger
    jitter: timedelta
    name: str

    def after(self, moment: datetime) -> datetime:
        """The first time strictly after ``moment``, in UTC: it may belong to a slot that has begun."""
        slots = self.slots.walk(moment - self.jitter)
        return next(due for slot, following in pairwise(slots) if (due := self.put_off(slot, following)) > moment)

    @property
    def goes_on(self) -> bool:
        """As its slots do."""
        return self.slots.goes_on

    def put_off(self, slot: datetime, following: datetime) -> datetime:
        """When a slot is due that has another one following it."""
        return slot + _draw(f"{self.name} {slot.isoformat()}", min(self.jitter, (following - slot) / 2))


def _draw(seed: str, below: timedelta) -> timedelta:
    """A duration in [0, below) that only ``seed`` decides, evenly spread over seeds (``hash()`` is salted)."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    return _MICROSECOND * (number % (below // _MICROSECOND))


def parse_crontab(expression: str, timezone: ZoneInfo) -> CrontabTrigger:
    """A trigger for a cron expression read on the clocks of ``timezone``. Raises CrontabError."""
    return CrontabTrigger(parse_expression(expression), timezone)


def trigger_for(source: Source) -> Trigger:
    """The trigger that a source's ``cron``, ``every`` and ``jitter`` describe. Raises CrontabError.

    ``every`` has a phase drawn from the source's name, which spreads the sources of one interval evenly over it.
    """
    jitter = source.jitter
    trigger: Trigger
    if source.cron is not None:
        trigger = parse_crontab(source.cron, source.zone)
    else:
        every = source.interval or DEFAULT_EVERY
        trigger = EveryTrigger(every, phase=_draw(source.name, every))
        jitter = min(jitter, every / 2) if jitter else None  # more would only make answers dearer
    return JitteredTrigger(trigger, jitter, source.name) if jitter else trigger


def goes_on(source: Source) -> bool:
    """Whether ``source`` is visited all the time, rather than at hours of the day. Raises CrontabError."""
    return source.is_adaptive or trigger_for(source).goes_on


def next_due(
    source: Source, after: datetime, *, previous: datetime | None = None, learned: timedelta | None = None
) -> datetime:
    """When ``source`` is due next: strictly after ``after``, aware, in UTC. Raises CrontabError.

    With ``previous``, the slot of the run that just ended, the answer also lies after that one: by a clock that is
    slow it does not fall due for the same slot again. ``learned`` is the interval of an adaptive source: what is
    said of it holds until its run ends, and has learned more.
    """
    latest = max(after, previous) if previous else after
    if source.is_adaptive:
        return latest + (learned or DEFAULT_EVERY)
    # APScheduler asks with an inclusive "now".
    return trigger_for(source).get_next_fire_time(None, latest + _MICROSECOND)


def runs_per_day(source: Source, after: datetime) -> float:
    """How often ``source`` is due a day: of a cron expression, the mean of the week after ``after``."""
    if source.cron is None:
        return timedelta(days=1) / (source.interval or DEFAULT_EVERY)
    until = after + _WEEK
    return sum(1 for _ in takewhile(lambda due: due <= until, trigger_for(source).walk(after))) / _WEEK.days
