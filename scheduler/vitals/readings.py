"""What the database says of the whole installation: read when it is asked for, every five seconds at most."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self

from crawler.metrics import MOST_ALARMS_NAMED
from sql.advisory import LEAD
from sql.errors import DatabaseError

if TYPE_CHECKING:
    from sql.database import Database, Row

FRESH_SECONDS = 5.0
"""Younger ones are not read again."""
KEPT_SECONDS = 30.0
"""Older ones tell nothing any more. A server that is far away takes some of this to answer at all."""
SILENT_SECONDS = 15.0
"""After which a database that has not answered is taken for down."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How everything stood at some moment; ages are in seconds."""

    num_waiting: int
    num_running: int
    queue_oldest_seconds: float
    num_enabled: int
    num_disabled: int
    num_failing: int
    num_due: int
    num_overdue: int
    due_oldest_seconds: float
    has_leader: bool
    alarms: dict[str, int]
    alarms_named: list[tuple[str, str]]
    """Kind and source (empty: of the whole installation), the oldest first."""
    num_quarantined: int
    num_bytes: int

    @classmethod
    def of_row(cls, row: "Row") -> Self:
        """From the row of ``read_vitals``."""
        return cls(**row)


class Readings:
    """The latest reading. Whoever asks waits a given time at most, whatever the database does."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._latest: Reading | None = None
        self._read_at = self._asked_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    @property
    def connections(self) -> dict[str, int]:
        """Those of the pool by which we read (see :attr:`Database.connections`)."""
        return self._database.connections

    @property
    def is_silent(self) -> bool:
        """Whether an answer has been due for long."""
        waiting = self._reading is not None and not self._reading.done()
        return waiting and monotonic() - self._asked_at > SILENT_SECONDS

    async def latest(self, *, within: float) -> Reading | None:
        """A reading that is no older than 30 seconds, after ``within`` seconds at most; None if there is none."""
        if monotonic() - self._read_at > FRESH_SECONDS:
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read(), name="reading")
            # Not broken off at the end of that time: to cancel a statement is to wait for the server again. Who
            # asks next finds it done, or waits for the same.
            await asyncio.wait({self._reading}, timeout=within)
        return self._latest if monotonic() - self._read_at <= KEPT_SECONDS else None

    async def _read(self) -> None:
        asked_at = self._asked_at = monotonic()
        try:
            (row,) = await self._database.fetch("read_vitals", {"lock": LEAD, "limit": MOST_ALARMS_NAMED})
        except DatabaseError:  # of which the watch speaks
            return
        self._latest, self._read_at = Reading.of_row(row), asked_at
