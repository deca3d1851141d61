"""How often a host is asked, across all runs of all workers, and when it is to be left alone."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.outcomes import Outcome, Reason, RefusedError
from sql.database import Database
from sql.patience import patiently

log = structlog.get_logger("crawler.download.pace")

# A pause up to so many seconds is sat out by the run that meets it; what is longer is left to a later run.
_PATIENCE_SECONDS = 30.0
# A host is kept busy with us for at most half of the time; but a minute is long enough between two requests.
_LATENCY_FACTOR = 2.0
_LONGEST_SPACING = 60.0
_SMOOTHING = 0.2  # of the moving mean of latencies
_MAX_HOSTS = 10_000  # remembered by one process


@dataclass(slots=True)
class _Host:
    """What this process knows of a host; times are the event loop's."""

    paused_until: float = 0.0
    pause_reason: str = ""
    latency: float | None = None
    is_fresh: bool = False


class Pace:
    """One per process. What it learns is kept in the table ``hosts``, where the other workers find it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hosts: dict[str, _Host] = {}

    async def turn(self, host: str, delay: float) -> None:
        """Wait until ``host`` may be asked, at least ``delay`` seconds after whoever asked it last.

        With a delay of 0 nobody's turns are counted, and only pauses are kept.

        Raises:
            RefusedError: it asked to be left alone for longer than a run waits (``host_paused``).
        """
        known = await self._look_up(host)
        await self._sit_out(host, known)
        if delay:
            params = {"host": host, "spacing": self.spacing(host, delay)}
            row = (await patiently(partial(self._database.fetch, "take_turn", params), "a turn at a host"))[0]
            _take_over(known, row)
            await asyncio.sleep(row["wait"])
            await self._sit_out(host, known)

    def spacing(self, host: str, delay: float) -> float:
        """Seconds from one request to the next: ``delay``, or more for a host that is slow to answer."""
        latency = self._host(host).latency or 0.0
        return max(delay, min(_LATENCY_FACTOR * latency, _LONGEST_SPACING)) if delay else 0.0

    async def pause(self, host: str, seconds: float, reason: str) -> bool:
        """Leave ``host`` alone for a while, in every run of every worker; says whether this run may sit it out."""
        known = self._host(host)
        known.paused_until = max(known.paused_until, _now() + seconds)
        known.pause_reason = reason
        log.warning("host.paused", host=host, seconds=round(seconds, 1), reason=reason)
        params = {"host": host, "seconds": seconds, "reason": reason}
        await patiently(partial(self._database.execute, "pause_host", params), "the pause of a host")
        return known.paused_until - _now() <= _PATIENCE_SECONDS

    def pause_left(self, host: str) -> float:
        """Seconds that ``host`` is yet to be left alone, as far as this process knows."""
        return max(0.0, self._host(host).paused_until - _now())

    def answered(self, host: str, seconds: float) -> None:
        """Learn how long ``host`` took to begin its answer."""
        known = self._host(host)
        before = seconds if known.latency is None else known.latency
        known.latency = before + _SMOOTHING * (seconds - before)

    async def remember(self, hosts: set[str]) -> None:
        """Store what was learned of these hosts, at the end of a run."""
        rows = [
            {"host": host, "latency_ms": known.latency * 1000}
            for host in sorted(hosts)
            if (known := self._host(host)).latency is not None
        ]
        if rows:
            params = {"rows": Jsonb(rows)}
            await patiently(partial(self._database.execute, "learn_latency", params), "the pace of hosts")
        for host in hosts:
            self._host(host).is_fresh = False  # what other workers learn meanwhile is looked up by the next run

    def _host(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            if len(self._hosts) >= _MAX_HOSTS:
                del self._hosts[next(iter(self._hosts))]
            known = self._hosts[host] = _Host()
        return known

    async def _look_up(self, host: str) -> _Host:
        known = self._host(host)
        if not known.is_fresh:
            rows = await patiently(
                partial(self._database.fetch, "find_host", {"host": host}), "the look-up of a host"
            )
            if rows:
                _take_over(known, rows[0])
            known.is_fresh = True
        return known

    async def _sit_out(self, host: str, known: _Host) -> None:
        while (left := known.paused_until - _now()) > 0:
            if left > _PATIENCE_SECONDS:
                detail = f"{host} is left alone for {left:.0f} more seconds: {known.pause_reason}"
                raise RefusedError(Outcome.FAILED, Reason.HOST_PAUSED, detail)
            await asyncio.sleep(left)


def _take_over(known: _Host, row: dict[str, Any]) -> None:
    if row["paused"] is not None and row["paused"] > 0:
        known.paused_until = max(known.paused_until, _now() + row["paused"])
        known.pause_reason = row["pause_reason"]
    if known.latency is None and row["latency_ms"] is not None:
        known.latency = row["latency_ms"] / 1000


def _now() -> float:
    return asyncio.get_running_loop().time()
