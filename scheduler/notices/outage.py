"""The alarm that cannot be written, because the database is away: raised in memory, told at once, kept later."""

import asyncio
import socket
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.alarms import Kind
from crawler.logs import Redactor
from scheduler.notices.targets import Target
from scheduler.notices.words import message_of
from sql.database import Database, Row, clock, execute, fetch
from sql.errors import DatabaseError, SchemaError
from sql.line import OUTAGE_SECONDS, Watch
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.configuration import AlarmSettings

log = structlog.get_logger("scheduler.notices")

_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 600.0


class Outage:
    """One supervisor's word on the database, by its watch.

    Every supervisor that loses the database tells so, for they have nothing left by which to agree; the table has
    one row, of the first who comes back to it. A supervisor that ends before that leaves none.
    """

    def __init__(self, watch: Watch, database: Database, settings: "AlarmSettings") -> None:
        self._watch = watch
        self._database = database
        self._targets = [] if Kind.DATABASE in settings.ignore else [Target(url) for url in settings.targets]
        self._page_url = settings.page_url
        self._redact = Redactor()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            if self._watch.alarm is not None:
                await self._see_through(*self._watch.alarm)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _see_through(self, since: datetime, cause: str) -> None:
        raised_at = time.monotonic()
        log.error("alarm.raised", kind=Kind.DATABASE, cause=cause, since=since.isoformat())
        told = await self._tell(since, f"{self._redact(cause)} (seen from {socket.gethostname()})")
        while self._watch.alarm is not None:
            await asyncio.sleep(_LOOK_SECONDS)
        try:
            keep = partial(self._keep, cause, raised_at, told)
            await patiently(keep, "the alarm of the database", also=(SchemaError,), at_most=_PATIENCE_SECONDS)
        except DatabaseError as error:
            log.warning("duty.failed", duty="outage", error=str(error))
        log.info("alarm.cleared", kind=Kind.DATABASE)

    async def _tell(self, since: datetime, cause: str) -> list[str]:
        """Send it once to each; returns those that took it. The others are told when there is an outbox again."""
        now = datetime.now(UTC)
        alarm: Row = {"alarm_id": 0, "kind": Kind.DATABASE, "source": None, "cause": cause, "evidence": []}
        alarm |= {"raised_at": now, "since": since, "cleared_at": None}
        message = message_of([alarm], self._page_url)
        errors = await asyncio.gather(*(target.send(message) for target in self._targets))
        for target, error in zip(self._targets, errors, strict=True):
            said = {"target": target.key, "service": target.scheme, "num_alarms": 1}
            if error is None:
                log.info("notice.sent", **said)
            else:
                log.warning("notice.delayed", **said, attempt=1, error=error)
        return [target.key for target, error in zip(self._targets, errors, strict=True) if error is None]

    async def _keep(self, cause: str, raised_at: float, told: list[str]) -> None:
        """Write what was: one row, whichever hosts saw it."""
        async with self._database.transaction() as connection:
            await execute(connection, "lock_alarms")
            now = await clock(connection)
            began = now - timedelta(seconds=time.monotonic() - raised_at)
            since = began - timedelta(seconds=OUTAGE_SECONDS)
            params = {"now": now, "raised_at": began, "since": since, "cause": cause, "told_at": began}
            rows = await fetch(connection, "find_outage", params)
            if not rows:
                rows = await fetch(connection, "add_outage", params)
            await execute(connection, "register_targets", {"now": began, "targets": told})
            await execute(connection, "add_told", params | {"alarm_id": rows[0]["alarm_id"], "targets": told})
