"""Clocks that are set while we lead: the database's, which the timetable goes by, and this host's."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from apscheduler.triggers.base import BaseTrigger

from scheduler.silence import SILENCE_SECONDS
from scheduler.slots import TOLERANCE, recall_slots
from sql.database import Database

log = structlog.get_logger("scheduler.clock")

# No transaction of ours lasts longer; and to ask for what it left costs a look at all sources.
_LATE_SECONDS = 60.0
_AGAIN_SECONDS = 5.0


class Ticks(BaseTrigger):  # type: ignore[misc]
    """A time every so many seconds, for APScheduler.

    Its own interval goes through all times that were missed, one by one: after a clock has gone ahead by half a
    year it would be at that for minutes, and nothing else would happen meanwhile.
    """

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The time after the previous one; if that has passed as well, so long after now."""
        following = (previous_fire_time or now) + self._interval
        return following if following > now else now + self._interval


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a clock showed at some moment between ``before`` and ``after``, by one that nobody can set."""

    shown: datetime
    before: float
    after: float

    def jump_since(self, earlier: "_Reading") -> timedelta:
        """How far the clock was set meanwhile; only what no delay of the answers can explain."""
        passed = self.shown - earlier.shown
        least = timedelta(seconds=self.before - earlier.after)
        most = timedelta(seconds=self.after - earlier.before)
        jump = passed - max(least, min(passed, most))
        return jump if abs(jump) > TOLERANCE else timedelta(0)


class ClockWatch:
    """Looks at both clocks every now and then, and puts right what setting them has put wrong."""

    def __init__(self, database: Database, *, on_host_set: Callable[[], None]) -> None:
        """``on_host_set`` is called when this host's clock was set."""
        self._database = database
        self._on_host_set = on_host_set
        self._readings: dict[str, _Reading] = {}
        self._looking = asyncio.Lock()
        self._jumped_at = float("-inf")
        self._is_recall_due = True
        self._recalled_at = float("-inf")
        self._set_back: timedelta | None = None

    async def look(self) -> None:
        """Look at both clocks. At the first look nothing is known of them but what the slots themselves tell.

        Raises:
            DatabaseError: the database cannot be reached; what is to be put right is put right by the next look.
        """
        async with self._looking:
            if self._jump_of("host", _read_host()):
                self._on_host_set()
            if jump := self._jump_of("database", await self._read_database()):
                self._jumped_at = monotonic()
                if jump < timedelta(0):
                    self._is_recall_due, self._set_back = True, jump + (self._set_back or timedelta(0))
            if self._is_recall_due or self._is_late_recall_due():
                await recall_slots(self._database, self._set_back)
                self._is_recall_due, self._set_back, self._recalled_at = False, None, monotonic()

    def _is_late_recall_due(self) -> bool:
        """A transaction that began by the clock as it was may set slots by it a while after it was set back."""
        now = monotonic()
        return now - self._jumped_at < _LATE_SECONDS and now - self._recalled_at >= _AGAIN_SECONDS

    async def steadily(self, duty: Callable[[], Awaitable[object]]) -> None:
        """Do ``duty``, but not while a clock that was just set makes all workers seem silent.

        Raises:
            DatabaseError: the database cannot be reached.
        """
        await self.look()
        if monotonic() - self._jumped_at > SILENCE_SECONDS:
            await duty()

    async def _read_database(self) -> _Reading:
        before = monotonic()
        (row,) = await self._database.fetch("read_clock")
        return _Reading(row["now"], before, monotonic())

    def _jump_of(self, clock: str, reading: _Reading) -> timedelta:
        earlier = self._readings.get(clock, reading)
        self._readings[clock] = reading
        if jump := reading.jump_since(earlier):
            log.warning("clock.jumped", clock=clock, seconds=round(jump.total_seconds(), 1))
        return jump


def _read_host() -> _Reading:
    before = monotonic()
    return _Reading(datetime.now(UTC), before, monotonic())
