"""What a change of a zone's clocks does to the times of a cron expression."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from scheduler.timetable import CrontabTrigger

Kind = Literal["moved", "skipped", "once", "twice"]

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of the times ``walls`` (naive, by the zone's clocks) of one day.

    ``moved``: they are skipped, and run once when the gap is over, at ``at``. ``skipped``: they are, and their
    expression goes on at its next time. ``once``: they come twice, and run at the first. ``twice``: at both.
    ``at`` is the moment of the change, in UTC; ``before`` and ``after`` are the offsets from UTC.
    """

    zone: str
    at: datetime
    before: timedelta
    after: timedelta
    kind: Kind
    walls: tuple[datetime, ...]

    @property
    def notes(self) -> dict[datetime, str]:
        """What there is to say of a slot, in UTC."""
        if self.kind == "moved":
            return {self.at: f"moved from {_times(self.walls)}, which is skipped"}
        if self.kind == "once":
            return {self._first(wall): f"{wall:%H:%M} comes twice: at the first" for wall in self.walls}
        if self.kind == "twice":
            first = {self._first(wall): f"{wall:%H:%M} for the first time" for wall in self.walls}
            second = {self._second(wall): f"{wall:%H:%M} for the second time" for wall in self.walls}
            return first | second
        return {}

    @property
    def words(self) -> str:
        """The effect for a person."""
        times = _times(self.walls)
        return {
            "moved": f"{times} is skipped: runs at {(self.at + self.after):%H:%M}",
            "skipped": f"{times} is skipped",
            "once": f"{times} comes twice: runs at the first",
            "twice": f"{times} comes twice: runs at both",
        }[self.kind]

    def _first(self, wall: datetime) -> datetime:
        return (wall - self.before).replace(tzinfo=UTC)

    def _second(self, wall: datetime) -> datetime:
        return (wall - self.after).replace(tzinfo=UTC)


def effects(trigger: CrontabTrigger, start: datetime, until: datetime) -> Iterator[Effect]:
    """What the changes of the trigger's zone do to its times between two moments."""
    for at, before, after in changes(trigger.zone, start, until):
        plain = at.replace(tzinfo=None)
        is_gap = after > before
        walls = _matches(trigger, plain + min(before, after), plain + max(before, after))
        if walls:
            goes_on = trigger.crontab.every_hour if is_gap else trigger.goes_on
            kinds: tuple[Kind, Kind] = ("moved", "skipped") if is_gap else ("once", "twice")
            yield Effect(trigger.zone.key, at, before, after, kinds[goes_on], walls)


def changes(zone: ZoneInfo, start: datetime, until: datetime) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """Each change of a zone's clocks between two moments: when (in UTC), and the offsets before and after."""
    moment = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while moment < until:
        before, after = _offset(moment, zone), _offset(moment + _HOUR, zone)
        if before != after:
            at = next(moment + n * _MINUTE for n in range(61) if _offset(moment + n * _MINUTE, zone) == after)
            if start < at <= until:
                yield at, before, after
        moment += _HOUR


def _matches(trigger: CrontabTrigger, low: datetime, high: datetime) -> tuple[datetime, ...]:
    """The times of the expression from ``low`` to before ``high``, on a clock that is never changed."""
    found = []
    wall = trigger.crontab.after(low - _MINUTE)
    while wall < high:
        found.append(wall)
        wall = trigger.crontab.after(wall)
    return tuple(found)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _times(walls: tuple[datetime, ...]) -> str:
    most = 3
    listed = ", ".join(f"{wall:%H:%M}" for wall in walls[:most])
    return f"{listed} and {len(walls) - most} more" if len(walls) > most else listed
