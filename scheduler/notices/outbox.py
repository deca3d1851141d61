"""The leader's duty that tells of alarms: what is to be told stands in the database, until it was."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from scheduler.notices.targets import SEND_SECONDS, Target
from scheduler.notices.words import keys_of, message_of
from sql.database import Database, Row, clock, execute, fetch

if TYPE_CHECKING:
    from crawler.configuration import AlarmSettings

log = structlog.get_logger("scheduler.notices")

HOLD = timedelta(minutes=1)
"""An alarm that is over within a minute is told to nobody."""

# Whoever has taken a message to send and dies leaves it to the next one after this.
_LEASE = timedelta(seconds=2 * SEND_SECONDS)
# Six messages an hour as they come; with more to tell, one in ten minutes. So none waits longer than that.
_BURST = 6
_DISTANCE = timedelta(minutes=10)


class Notices:
    """Tells all targets of what was raised and cleared.

    A message counts as sent once the database says so: whoever dies between the two sends it again, and so a
    target has each at least once.
    """

    def __init__(self, database: Database, settings: "AlarmSettings", *, seconds: float = SEND_SECONDS) -> None:
        self._database = database
        self._settings = settings
        self._seconds = seconds
        self._targets = [Target(url) for url in settings.targets]

    async def work(self, hold: timedelta = HOLD) -> None:
        """Send what is due, to all targets at the same time; one that is late keeps the others for 30 s at most.

        Raises:
            DatabaseError: the database cannot be reached.
        """
        if not self._targets:
            return
        await self._queue(hold)
        done = await asyncio.gather(*map(self._serve, self._targets), return_exceptions=True)
        for error in done:
            if error is not None:
                raise error

    async def _queue(self, hold: timedelta) -> None:
        async with self._database.transaction() as connection:
            params: dict[str, Any] = {
                "now": await clock(connection),
                "hold": hold,
                "targets": [target.key for target in self._targets],
                "ignored": list(self._settings.ignore),
            }
            for name in ("register_targets", "withdraw_notices", "queue_raised", "queue_cleared"):
                await execute(connection, name, params)
            given_up = await fetch(connection, "give_up_notices", params)
        for target in {row["target"] for row in given_up}:
            number = sum(row["target"] == target for row in given_up)
            log.error(
                "notice.failed", target=target, num_alarms=number, error="the target is configured no longer"
            )

    async def _serve(self, target: Target) -> None:
        events = await self._claim(target)
        if not events:
            return
        error = await target.send(message_of(events, self._settings.page_url), self._seconds)
        if error is None:
            await self._settle(target, events)
        else:
            await self._delay(target, events, error)

    async def _claim(self, target: Target) -> list[Row]:
        async with self._database.transaction() as connection:
            now = await clock(connection)
            params = {"now": now, "target": target.key, "lease": _LEASE, "burst": _BURST, "distance": _DISTANCE}
            return await fetch(connection, "claim_notices", params)

    async def _settle(self, target: Target, events: list[Row]) -> None:
        async with self._database.transaction() as connection:
            params = {"now": await clock(connection), "target": target.key, **keys_of(events)}
            await execute(connection, "settle_notices", params)
            await execute(connection, "hasten_notices", params)
        log.info("notice.sent", target=target.key, service=target.scheme, num_alarms=_number(events))

    async def _delay(self, target: Target, events: list[Row], error: str) -> None:
        attempt = max(event["num_attempts"] for event in events)
        async with self._database.transaction() as connection:
            params = {"now": await clock(connection), "target": target.key, "error": error, "attempt": attempt}
            left = await fetch(connection, "delay_notices", params | keys_of(events))
        said = {"target": target.key, "service": target.scheme, "attempt": attempt, "error": error}
        if given_up := [row for row in left if row["state"] == "given_up"]:
            log.error("notice.failed", **said, num_alarms=len(given_up))
        if times := [row["next_attempt_at"] for row in left if row["state"] == "waiting"]:
            log.warning("notice.delayed", **said, num_alarms=len(times), next_attempt_at=min(times).isoformat())


def _number(events: list[Row]) -> int:
    return len({event["alarm_id"] for event in events})
