"""A database that is away comes back: what has to be done waits for it."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, TypeVar

import structlog

from sql.errors import DatabaseError, DatabaseUnavailableError

log = structlog.get_logger("sql.patience")

_WAIT_SECONDS = (0.5, 1.0, 2.0, 5.0)
_REMINDER_SECONDS = 60.0

_T = TypeVar("_T")


class Voice:
    """Says of the database, for all in a process who wait for it, that it is gone, still gone, and back.

    However often it goes, it is not said more than once a minute.
    """

    def __init__(self) -> None:
        self._lost_at: float | None = None
        self._failed_at = float("-inf")
        self._is_said = False
        self._said_at = float("-inf")
        self._waiting: Counter[str] = Counter()
        self.facts: Callable[[], dict[str, Any]] = dict
        """What else a reminder tells."""

    @property
    def steady_seconds(self) -> float:
        """For how long the database has done all that this process has asked of it."""
        return time.monotonic() - self._failed_at

    def begin(self, what: str) -> None:
        """Count one more that waits."""
        self._waiting[what] += 1

    def end(self, what: str) -> None:
        """Count one less."""
        self._waiting[what] -= 1

    def away(self, error: Exception) -> None:
        """The database did not do what it was asked."""
        Context().run(self._away, error)  # it is no news of the run that happens to wait for it

    def back(self) -> None:
        """It has done something."""
        Context().run(self._back)

    def _away(self, error: Exception) -> None:
        now = self._failed_at = time.monotonic()
        if self._lost_at is None:
            self._lost_at, self._is_said = now, False
        if now - self._said_at < _REMINDER_SECONDS:
            return
        self._said_at = now
        if not self._is_said:
            self._is_said = True
            log.warning("database.lost", error=str(error).strip())
            return
        seconds = round(now - self._lost_at)
        waiting = sorted(what for what, number in self._waiting.items() if number > 0)
        facts = {"num_waiting": self._waiting.total(), "waiting": waiting, "seconds": seconds} | self.facts()
        log.warning("database.awaited", **facts, error=str(error).strip())

    def _back(self) -> None:
        if self._lost_at is not None and self._is_said:
            log.info("database.returned", seconds=round(time.monotonic() - self._lost_at, 1))
        self._lost_at = None


voice = Voice()
"""This process's: as it has one log, one voice speaks in it of what all its parts have met."""


async def patiently(
    operation: Callable[[], Awaitable[_T]],
    what: str,
    *,
    also: tuple[type[DatabaseError], ...] = (),
    at_most: float = float("inf"),
) -> _T:
    """Call ``operation`` until the database is there for it.

    It must be one transaction, or be harmless when done twice. ``what`` says for the log what is waiting. Errors
    other than DatabaseUnavailableError, and those that are to be waited out ``also``, are the caller's; so is the
    one that comes after ``at_most`` seconds.
    """
    deadline = time.monotonic() + at_most
    attempt = 0
    try:
        while True:
            try:
                result = await operation()
            except DatabaseError as error:
                if not isinstance(error, (DatabaseUnavailableError, *also)) or time.monotonic() > deadline:
                    raise
                if not attempt:
                    voice.begin(what)
                attempt += 1
                voice.away(error)
                await asyncio.sleep(_WAIT_SECONDS[min(attempt, len(_WAIT_SECONDS)) - 1])
            else:
                if attempt:
                    voice.back()
                return result
    finally:
        if attempt:
            voice.end(what)
