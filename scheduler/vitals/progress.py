"""Whether the duties of this process get on: each says so at the end of every turn, however the turn went.

A database that is away is no reason to be killed: an attempt that failed has ended, and so is progress. A duty
that waits for a lock that nobody frees, or for a thread that never returns, says nothing.
"""

import time
from dataclasses import dataclass, field

import structlog

from scheduler.notify import is_heard, notify, watchdog_interval

log = structlog.get_logger("scheduler.vitals")

TURN_SECONDS = 1.0
"""How often duties are looked at."""


@dataclass(slots=True)
class _Duty:
    limit: float
    quiet: float = 0.0
    done_at: float = field(default_factory=time.time)
    is_told: bool = False

    @property
    def is_hung(self) -> bool:
        return self.quiet > self.limit


class Progress:
    """One per process."""

    def __init__(self) -> None:
        self._duties: dict[str, _Duty] = {}

    def expect(self, duty: str, limit: float) -> None:
        """From now on ``duty`` ends a turn at least every ``limit`` seconds."""
        self._duties[duty] = _Duty(limit)

    def release(self, duty: str) -> None:
        """It is our duty no more."""
        self._duties.pop(duty, None)

    def mark(self, duty: str, *, done: bool = True) -> None:
        """A turn of ``duty`` has ended; ``done`` if it has reached what it was for."""
        if found := self._duties.get(duty):
            found.quiet, found.is_told = 0.0, False
            if done:
                found.done_at = time.time()

    def __contains__(self, duty: str) -> bool:
        return duty in self._duties

    def done_at(self, duty: str) -> float | None:
        """When ``duty`` has done last what it is for, or was taken up (Unix time); None if it is not ours."""
        found = self._duties.get(duty)
        return found.done_at if found else None

    @property
    def hung(self) -> dict[str, float]:
        """The duties that make no progress, and for how many seconds."""
        return {name: duty.quiet for name, duty in self._duties.items() if duty.is_hung}

    def turn(self, seconds: float) -> None:
        """So many seconds have passed in which every duty had its chance.

        Turns are counted, not the clock: while we are stopped ourselves (a laptop's lid), nobody is judged.
        """
        for name, duty in self._duties.items():
            duty.quiet += seconds
            if duty.is_hung and not duty.is_told:
                duty.is_told = True
                log.error("duty.hung", duty=name, seconds=round(duty.quiet))


class Signs:
    """The signs of life that systemd is given, as long as every duty makes progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._interval = watchdog_interval()
        self.are_heard = is_heard()
        """Whether there is a systemd that listens."""
        self._until_sign = 0.0
        self._status = ""

    def turn(self, seconds: float) -> None:
        """Count a turn, and give a sign if one is due. Without one for long enough, systemd starts us anew."""
        self._progress.turn(seconds)
        self._until_sign -= seconds
        is_due = self._interval is not None and self._until_sign <= 0
        if is_due and not self._progress.hung and notify("WATCHDOG=1", wait=0):
            self._until_sign = self._interval or 0.0

    def tell(self, status: str) -> None:
        """What ``systemctl status`` shows."""
        if status != self._status and notify(f"STATUS={status}", wait=0):
            self._status = status
