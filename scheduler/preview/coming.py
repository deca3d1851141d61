"""Every coming run of a source. Times are seconds since 1970: of a thousand sources a week has a million."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crawler.source import Source
from scheduler.preview.habits import Watched
from scheduler.preview.zones import Effect, effects
from scheduler.timetable import (
    CrontabTrigger,
    EveryTrigger,
    JitteredTrigger,
    Trigger,
    parse_crontab,
    trigger_for,
)

_MICROSECOND = timedelta(microseconds=1)


class Run(NamedTuple):
    """A run of a source that is to come, and what is to be said of it."""

    at: float
    note: str = ""


def coming_runs(watched: Watched, start: datetime, until: datetime) -> list[Run]:
    """The source's runs after ``start``, up to ``until``; the first is when the database has it due."""
    runs: list[Run] = []
    due_at = watched.due_at
    if due_at is not None and due_at <= until:
        first = max(due_at, start)
        is_put_off = watched.slot_at is not None and due_at > watched.slot_at
        runs = [Run(first.timestamp(), _first_note(watched, start, is_put_off=is_put_off))]
        start = first
    elif due_at is not None:
        return []
    if watched.source.is_adaptive:
        return runs + _adaptive(watched, runs, start, until)
    return runs + list(_runs(watched.source, start, until))


def zone_effects(source: Source, start: datetime, until: datetime) -> tuple[Effect, ...]:
    """What changes of its zone's clocks do to a source's times."""
    if source.cron is None or source.is_adaptive:
        return ()
    return _effects(source.cron, source.timezone, start, until)


def _first_note(watched: Watched, start: datetime, *, is_put_off: bool) -> str:
    if is_put_off and watched.due_at is not None and watched.due_at > start:
        return "put off until then"
    note = ""
    if watched.slot_at is not None and not is_put_off:
        for effect in zone_effects(watched.source, watched.slot_at - _MICROSECOND, watched.slot_at):
            note = effect.notes.get(watched.slot_at, note)
    return note


def _adaptive(watched: Watched, runs: list[Run], start: datetime, until: datetime) -> list[Run]:
    step = watched.interval.total_seconds()
    first = runs[-1].at + step if runs else start.timestamp() + step
    return list(map(Run, _steps(first, step, until.timestamp())))


def _runs(source: Source, start: datetime, until: datetime) -> Iterator[Run]:
    trigger = trigger_for(source)
    jitter = trigger.jitter if isinstance(trigger, JitteredTrigger) else timedelta(0)
    inner = trigger.slots if isinstance(trigger, JitteredTrigger) else trigger
    notes = {at: text for effect in zone_effects(source, start, until) for at, text in effect.notes.items()}
    if isinstance(inner, EveryTrigger) and not jitter:
        first, step = inner.after(start).timestamp(), inner.every.total_seconds()
        yield from map(Run, _steps(first, step, until.timestamp()))
        return
    for slot, following in pairwise(_slots(source, inner, start - jitter, until)):
        due = trigger.put_off(slot, following) if isinstance(trigger, JitteredTrigger) else slot
        if start < due <= until:
            yield Run(due.timestamp(), notes.get(slot, ""))


def _steps(first: float, step: float, until: float) -> list[float]:
    return [first + n * step for n in range(max(0, int((until - first) // step) + 1))]


def _slots(source: Source, trigger: Trigger, start: datetime, until: datetime) -> list[datetime]:
    """The slots after ``start`` up to ``until``, and one more."""
    if source.cron is not None:
        return _cron_slots(source.cron, source.timezone, start, until)
    return _listed(trigger, start, until)


@lru_cache(maxsize=4096)
def _cron_slots(cron: str, timezone: str, start: datetime, until: datetime) -> list[datetime]:
    return _listed(_trigger(cron, timezone), start, until)


@lru_cache(maxsize=4096)
def _effects(cron: str, timezone: str, start: datetime, until: datetime) -> tuple[Effect, ...]:
    return tuple(effects(_trigger(cron, timezone), start, until))


def _trigger(cron: str, timezone: str) -> CrontabTrigger:
    return parse_crontab(cron, ZoneInfo(timezone))


def _listed(trigger: Trigger, start: datetime, until: datetime) -> list[datetime]:
    listed = []
    for slot in trigger.walk(start.astimezone(UTC)):
        listed.append(slot)
        if slot > until:
            break
    return listed
