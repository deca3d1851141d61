"""Cron expressions as crontab(5) defines them: five fields in, matching local times out. No time zones here.

APScheduler's ``from_crontab`` reads another language: Monday is 0, Sunday cannot be 7, and a day must suit both
day fields. Where cron implementations differ we follow cronie, and are wider only where it leaves no doubt:

- names may stand in ranges and lists, and Sunday may end a range (``fri-sun``);
- a step needs ``*`` or a range: ``5/15`` is refused, as cronie refuses it; ``5-59/15`` says the same;
- a step larger than its field is refused: ``*/90`` would silently mean "hourly";
- a day field that begins with ``*`` (``*/2`` too) restricts the other; two that do not are alternatives;
- a date that no year has (31 February) is refused.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_SUNDAY = 7
_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days of month 1-12 in a leap year
_ITEM = re.compile(r"(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[0-9]+))?", re.ASCII)
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class CrontabError(ValueError):
    """A cron expression that cannot be read; the message quotes it, names the field and says what is permitted."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()

    @property
    def permitted(self) -> str:
        span = f"{self.first}-{self.last}"
        if self.last == _SUNDAY:
            span += " (0 and 7 are Sunday)"
        return f"{span} or {self.names[0]}-{self.names[-1]}" if self.names else span

    def number(self, text: str) -> int:
        """The number that a value or a name stands for."""
        if text in self.names:
            return self.first + self.names.index(text)
        if not text.isdecimal() or not self.first <= int(text) <= self.last:
            raise ValueError(f"{self.name} {text!r} is not permitted; use {self.permitted}")
        return int(text)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, _SUNDAY, _WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Crontab:
    """A parsed expression. Weekdays are ISO's: 1 is Monday, 7 is Sunday; hours and minutes ascend.

    ``either_day`` says that a day need suit only one of ``days`` and ``weekdays``. ``minute_star`` says that the
    minute field began with ``*``: "all the time" within its hours.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    minute_star: bool

    @property
    def every_hour(self) -> bool:
        """Whether no hour of the day is left out."""
        return len(self.hours) == 24  # noqa: PLR2004 - hours in a day

    def after(self, wall: datetime) -> datetime:
        """The first matching minute later than ``wall``, on a clock that is never changed. Both are naive.

        The rarest expression, 29 February on one weekday, comes within 40 years: some 1,600 steps.
        """
        start = wall + _MINUTE
        day = start.date()
        if self._includes(day) and (later := self._time_from(start.hour, start.minute)):
            return datetime.combine(day, later)
        day = self._day_after(day)
        return datetime.combine(day, time(self.hours[0], self.minutes[0]))

    def _includes(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        suits = (day.day in self.days, day.isoweekday() in self.weekdays)
        return any(suits) if self.either_day else all(suits)

    def _time_from(self, hour: int, minute: int) -> time | None:
        """The first matching time of a day that is not before ``hour:minute``."""
        times = ((h, m) for h in self.hours if h >= hour for m in self.minutes if h > hour or m >= minute)
        found = next(times, None)
        return time(*found) if found else None

    def _day_after(self, day: date) -> date:
        day += _DAY
        while not self._includes(day):
            day = day + _DAY if day.month in self.months else _next_month(day)
        return day


def _next_month(day: date) -> date:
    return (day.replace(day=28) + 4 * _DAY).replace(day=1)


def parse_expression(expression: str) -> Crontab:
    """Read five fields or a macro such as ``@daily``. Raises CrontabError."""
    try:
        return _parse(expression.lower().split())
    except ValueError as error:
        raise CrontabError(f"cron expression {expression!r}: {error}") from None


def _parse(words: list[str]) -> Crontab:
    if words and words[0].startswith("@"):
        words = _expand(" ".join(words)).split()
    if len(words) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise ValueError(f"has {len(words)} fields where cron has five: {names} (no seconds, no year)")
    minutes, hours, days, months, weekdays = map(_values, words, _FIELDS)
    either_day = not (words[2].startswith("*") or words[4].startswith("*"))
    if not either_day and all(min(days) > _LONGEST[month] for month in months):
        raise ValueError(f"day of month {words[2]!r} never comes in month {words[3]!r}; no run would ever be due")
    return Crontab(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=frozenset(day or _SUNDAY for day in weekdays),
        either_day=either_day,
        minute_star=words[0].startswith("*"),
    )


def _expand(macro: str) -> str:
    if macro == "@reboot":
        raise ValueError("@reboot names no time; a source is due by the clock, so use five fields or every")
    if macro not in _MACROS:
        raise ValueError(f"{macro!r} is not known; use five fields or one of {', '.join(_MACROS)}")
    return _MACROS[macro]


def _values(text: str, field: _Field) -> frozenset[int]:
    """Every value that a field's comma-separated list allows."""
    return frozenset(value for item in text.split(",") for value in _item_values(item, field))


def _item_values(item: str, field: _Field) -> range:
    """The values of ``*``, ``5``, ``1-5``, ``*/10`` or ``1-30/2``."""
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{field.name} {item!r} is not a value, range or step; use {field.permitted}")
    first, last = _bounds(match["low"], match["high"], field)
    if match["step"] is None:
        return range(first, last + 1)
    if match["low"] and not match["high"]:
        raise ValueError(
            f"{field.name} {item!r} has a step but no range; "
            f"write {first}-{field.last}/{match['step']} to count on from {first}"
        )
    return range(first, last + 1, _step(item, int(match["step"]), field))


def _bounds(low: str | None, high: str | None, field: _Field) -> tuple[int, int]:
    if low is None:
        return field.first, field.last
    first = field.number(low)
    last = field.number(high) if high else first
    if last == 0 < first and field.last == _SUNDAY:  # "fri-sun": Sunday as the end of the week
        last = _SUNDAY
    if first > last:
        raise ValueError(
            f"{field.name} '{low}-{high}' runs backwards; "
            f"write {low}-{field.last},{field.first}-{high} (permitted: {field.permitted})"
        )
    return first, last


def _step(item: str, step: int, field: _Field) -> int:
    largest = len(field.names) or field.last - field.first + 1
    if not 1 <= step <= largest:
        raise ValueError(f"{field.name} {item!r} has a step outside 1-{largest}")
    return step
