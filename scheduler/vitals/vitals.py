"""Is this process alive, and is it of use? What the health endpoints, systemd and the metrics are told."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from scheduler.vitals.progress import TURN_SECONDS, Progress, Signs
from scheduler.wording import counted

if TYPE_CHECKING:
    from scheduler.pool import WorkerPool
    from scheduler.vitals.readings import Reading, Readings
    from sql.line import Watch

DISPATCH = "dispatch_due"
"""The leader's duty to queue what is due. Whoever has it leads."""

_DISPATCH_SECONDS = 30.0  # it looks every second; after a long outage a look takes a few
_LEADERLESS_SECONDS = 30.0  # another one leads within 15
_UNCLAIMED_SECONDS = 120.0
_READING_SECONDS = 2.0
_STATUS_SECONDS = 10.0


@dataclass
class Vitals:
    """One per process: a daemon's knows the whole installation (``readings``), a further host's its workers."""

    pool: "WorkerPool"
    watch: "Watch"
    progress: Progress
    readings: "Readings | None" = None
    counts: Path | None = None
    """Where the workers count what they do."""
    _leaderless_since: float | None = None

    @property
    def is_leading(self) -> bool:
        """Whether this process decides what is due."""
        return DISPATCH in self.progress

    @property
    def dispatched_at(self) -> float | None:
        """When we last looked for what is due, or began to lead (Unix time); None if somebody else leads."""
        return self.progress.done_at(DISPATCH)

    def alive(self) -> tuple[bool, dict[str, Any]]:
        """Whether every duty makes progress: if not, a new start is the cure. The database is none of it."""
        hung = {name: round(seconds) for name, seconds in self.progress.hung.items()}
        error = self.watch.error
        database = {"database": "down", "error": error} if error else {"database": "up"}
        if hung:
            return False, {"status": "hung", "hung": hung} | database
        return True, {"status": "alive"} | database

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether work gets done; ``status`` is the first reason why not, ``reasons`` are all."""
        if error := self.watch.error:
            return False, {"status": "database down", "error": error, "reasons": ["database down"]}
        reasons = self._local_reasons()
        facts: dict[str, Any] = {"num_workers": self.pool.num_alive}
        if self.readings is not None:
            reading = await self.readings.latest(within=_READING_SECONDS)
            reasons += self._reasons(reading)
            facts |= {"leader": self.is_leading} | ({"num_due": reading.num_due} if reading else {})
        return not reasons, {"status": reasons[0] if reasons else "ready"} | facts | {"reasons": reasons}

    def _local_reasons(self) -> list[str]:
        reasons = []
        if not self.pool.num_alive or self.pool.is_hopeless:
            reasons.append("no worker stays alive")
        reasons += [f"{name} makes no progress" for name in self.progress.hung]
        return reasons

    def _reasons(self, reading: "Reading | None") -> list[str]:
        """What keeps the whole installation from its work, as far as it can be told."""
        if reading is None:
            return ["the database does not say how things stand"]
        reasons = []
        now = monotonic()
        if reading.has_leader or self.is_leading:
            self._leaderless_since = None
        else:
            self._leaderless_since = self._leaderless_since or now
            if now - self._leaderless_since > _LEADERLESS_SECONDS:
                reasons.append("nobody leads")
        dispatched_at = self.dispatched_at
        if dispatched_at is not None and time.time() - dispatched_at > _DISPATCH_SECONDS:
            reasons.append("what is due is not looked for")
        # While our own network fails, only a few are tried.
        if reading.due_oldest_seconds > _UNCLAIMED_SECONDS and not reading.alarms.get("own_network"):
            reasons.append(f"{counted(reading.num_due, 'source')} due, and not claimed")
        if not reading.num_running and reading.num_waiting and reading.queue_oldest_seconds > _UNCLAIMED_SECONDS:
            reasons.append(f"{counted(reading.num_waiting, 'run')} queued, and no worker takes one")
        return reasons

    async def status(self) -> str:
        """How we are, in a line for ``systemctl status``."""
        workers = counted(self.pool.num_alive, "worker")
        if hung := self.progress.hung:
            return f"hung: {', '.join(hung)}; {workers}"
        if self.watch.error:
            return f"database down: {self.watch.error.splitlines()[0]}; {workers}"
        if self.readings is None:
            return workers
        role = "leading" if self.is_leading else "standing by"
        reading = await self.readings.latest(within=_READING_SECONDS)
        if reading is None:
            return f"{workers}, {role}"
        alarms = counted(sum(reading.alarms.values()), "alarm")
        return f"{counted(reading.num_due, 'source')} due, {workers}, {role}; {alarms}"

    async def give_signs_of_life(self) -> None:
        """Tell systemd how we are, until cancelled."""
        signs, until_told = Signs(self.progress), 0.0
        telling: asyncio.Task[None] | None = None

        async def tell() -> None:
            signs.tell(await self.status())

        while True:
            signs.turn(TURN_SECONDS)
            until_told -= TURN_SECONDS
            if signs.are_heard and until_told <= 0 and (telling is None or telling.done()):
                telling, until_told = asyncio.create_task(tell(), name="status"), _STATUS_SECONDS
            await asyncio.sleep(TURN_SECONDS)
