"""The duty that looks for alarms: once a minute, at the sources whose runs have ended since."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from crawler.alarms.alarm import Kind
from crawler.alarms.flow import Silences
from crawler.alarms.installation import Schedule, watch_quarantine
from crawler.alarms.layouts import watch_layout
from crawler.alarms.learning import AT_ONCE, learn_baselines, learn_old
from crawler.alarms.moves import watch_moves
from crawler.alarms.refusals import watch_refusals
from crawler.alarms.silences import Silent, find_silent, has_ended
from crawler.alarms.watched import Watched, read_watched
from sql.database import AsyncConnection, Database, clock, fetch
from sql.errors import ConflictError, DatabaseUnavailableError

log = structlog.get_logger("crawler.alarms")

SECONDS = 10.0
"""For which a look goes on at the most; what is left is for the next."""

_SOURCES_AT_ONCE = 25  # some 30 ms of CPU, in which the leader's loop does nothing else
_RUNS_AT_ONCE = 2000
# Runs are seen once they are committed, which is some time after the end that they name.
_OVERLAP = timedelta(seconds=30)
_FIRST_LOOK = timedelta(hours=1)
# Further back nobody looks: these sources have another run soon.
_FARTHEST = timedelta(hours=2)


class Lookout:
    """Looks for alarms, and remembers how far it came."""

    def __init__(self, database: Database, run_timeout: timedelta, *, is_daemon: bool = True) -> None:
        """Without a daemon (``tidings once``) nobody is expected to visit what falls due."""
        self._database = database
        self._schedule = Schedule(run_timeout)
        self._silences = Silences()
        self._is_daemon = is_daemon
        self._looked_at: datetime | None = None

    async def work(self, seconds: float = SECONDS, now: datetime | None = None) -> int:
        """Look at the installation, and at the sources whose runs have ended since; returns at how many.

        Raises:
            DatabaseError: the database cannot be reached; the next look makes up for this one.
        """
        deadline = time.monotonic() + seconds
        async with self._database.transaction() as connection:
            now = now or await clock(connection)
            is_down = await self._look_at_installation(connection, now)
        num_looked_at = await self._look_at_visited(now, deadline, is_down=is_down)
        while time.monotonic() < deadline and len(await learn_old(self._database, now)) == AT_ONCE:
            pass
        return num_looked_at

    async def _look_at_installation(self, connection: AsyncConnection, now: datetime) -> bool:
        """Returns whether our own network is down, which explains much."""
        await _clear_pointless(connection, now)
        await watch_quarantine(connection, now)
        (row,) = await fetch(connection, "is_network_down")
        is_down = bool(row["is_down"])
        await self._schedule.watch(connection, now, may_raise=self._is_daemon and not is_down)
        return is_down

    async def _look_at_visited(self, now: datetime, deadline: float, *, is_down: bool) -> int:
        if self._looked_at and self._looked_at > now:  # the clock was set back
            self._looked_at = None
        since = max(self._looked_at or now - _FIRST_LOOK, now - _FARTHEST)
        num = 0
        while True:
            params = {"since": since, "limit": _RUNS_AT_ONCE}
            visited = await self._database.fetch("list_visited", params)
            for first in range(0, len(visited), _SOURCES_AT_ONCE):
                if time.monotonic() >= deadline:
                    return num
                some = visited[first : first + _SOURCES_AT_ONCE]
                try:
                    await self.look_at([row["source_id"] for row in some], now, is_down=is_down)
                except (DatabaseUnavailableError, ConflictError):
                    raise  # the next look begins with them
                except Exception:
                    # They must not keep us from the others for ever: their next run is another chance.
                    self._looked_at = some[-1]["finished_at"]
                    raise
                self._looked_at, num = some[-1]["finished_at"] - _OVERLAP, num + len(some)
            # Two thousand runs of less than the overlap would be the same ones again and again.
            num_runs = sum(row["num_runs"] for row in visited)
            if num_runs < _RUNS_AT_ONCE or visited[-1]["finished_at"] - _OVERLAP <= since:
                return num
            since = visited[-1]["finished_at"]

    async def look_at(self, source_ids: Sequence[int], now: datetime, *, is_down: bool = False) -> None:
        """Look at these sources; while our own network is down, nothing is raised that it explains."""
        source_ids = sorted(source_ids)  # whoever else looks locks in the same order
        await self._learn_first(source_ids, now)
        async with self._database.transaction() as connection:
            watched = await read_watched(connection, source_ids, now)
            silent: list[Silent] = []
            for one in watched:
                falls = await watch_layout(connection, one, now)
                is_blocked = not is_down and await watch_refusals(connection, one, now)
                is_explained = is_blocked or any(fall.name == "article" for fall in falls)
                if found := await self._find_silence(connection, one, now, is_explained=is_explained):
                    silent.append(found)
            await watch_moves(connection, watched, now)
            if not is_down:
                await self._silences.tell(connection, silent, now)

    async def _find_silence(
        self, connection: AsyncConnection, watched: Watched, now: datetime, *, is_explained: bool
    ) -> Silent | None:
        """What is to be told of. An alarm that is over is cleared, and so is one that another alarm explains."""
        found = find_silent(watched, now)
        if found is None:
            self._silences.forget(watched.source_id)
        if watched.is_up(Kind.SILENCE) and (is_explained or (found is None and has_ended(watched))):
            await watched.clear(connection, Kind.SILENCE, now=now)
        return None if is_explained else found

    async def _learn_first(self, source_ids: Sequence[int], now: datetime) -> None:
        """Learn the baselines of those that have none."""
        params = {"source_ids": list(source_ids)}
        rows = await self._database.fetch("list_without_baseline", params)
        for first in range(0, len(rows), AT_ONCE):
            some = rows[first : first + AT_ONCE]
            await learn_baselines(self._database, {row["source_id"]: row["timezone"] for row in some}, now)


async def _clear_pointless(connection: AsyncConnection, now: datetime) -> None:
    params = {"kinds": [str(kind) for kind in Kind], "now": now}
    for row in await fetch(connection, "clear_pointless_alarms", params):
        context = {"source": row["source"]} if row["source"] else {}
        log.info("alarm.cleared", **context, kind=row["kind"])
