"""Whether everything is well: what the database knows of it, asked within seconds or not at all."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from scheduler.silence import SILENCE_SECONDS
from scheduler.wording import counted
from sql.database import Row, connection_string, fetch
from sql.deadline import BoundedConnection
from sql.errors import translated

_CONNECT_SECONDS = 5  # for each host of the URL
_ANSWER_SECONDS = 8.0
_OVERDUE = timedelta(hours=1)
"""A source that has been due for so long, and that nobody has queued, is forgotten."""

_MOST_SOURCES = 100_000


@dataclass(frozen=True, slots=True)
class Status:
    """What is known at one moment, by the database's clock. Rows are those of the queries in ``sql/queries``."""

    now: datetime
    alarms: list[Row]
    sources: list[Row]
    """Those in trouble first."""
    workers: list[Row]
    queue: Row
    database: Row
    sizes: Row

    @property
    def num_alive(self) -> int:
        """How many workers live."""
        return sum(worker["is_alive"] for worker in self.workers)

    @property
    def troubles(self) -> list[str]:
        """What is wrong beside the alarms, as where nobody is there who could raise one."""
        found = []
        if self.database["is_read_only"]:
            found.append("the database is read-only")
        if self.queue["num_overdue"] and not self.num_alive:
            since = self.queue["overdue_since"]
            found.append(
                f"no worker is alive, and {counted(self.queue['num_overdue'], 'source')} should have been visited"
                f" since {since:%Y-%m-%d %H:%M} UTC: start 'tidings run'"
            )
        if self._num_failing * 2 > len(self.sources):
            found.append(f"{self._num_failing} of {counted(len(self.sources), 'source')} fail")
        return found

    @property
    def _num_failing(self) -> int:
        return sum(source["failing_since"] is not None for source in self.sources)

    @property
    def is_well(self) -> bool:
        """Whether nobody need do anything."""
        return not self.alarms and not self.troubles

    @property
    def headline(self) -> str:
        """All of it in a sentence."""
        alarms = [counted(len(self.alarms), "alarm")] if self.alarms else []
        if found := alarms + self.troubles:
            return f"{'not well: ' if not alarms else ''}{'; '.join(found)}"
        if not self.sources:
            return "no source yet: 'tidings sources add URL' adds one"
        failing = f" but for {counted(self._num_failing, 'source')} failing" if self._num_failing else ""
        parts = [
            counted(len(self.sources), "source"),
            _new(sum(source["num_new"] for source in self.sources), self._usual),
            f"{counted(self.num_alive, 'worker')} alive",
        ]
        return f"all is well{failing}: {', '.join(parts)}"

    @property
    def _usual(self) -> float | None:
        known = [source["usual"] for source in self.sources if source["usual"] is not None]
        return sum(known) if known and len(known) == len(self.sources) else None

    def as_json(self) -> dict[str, Any]:
        """All of it in JSON types; what the page and scripts have always found there, and more."""
        return {
            "is_well": self.is_well,
            "headline": self.headline,
            "now": self.now,
            **self.sizes,
            "num_workers": self.num_alive,
            **self.queue,
            "troubles": self.troubles,
            "alarms": self.alarms,
            "workers": self.workers,
            "database": self.database,
            "sources": self.sources,
        }


def trouble_of(source: Row) -> str | None:
    """What is wrong with a source, in a few words; None if nothing is."""
    words = list(source["alarms"])
    if source["failing_since"]:
        words.append(source["last_reason"] or "failing")
    return ", ".join(dict.fromkeys(words)) or None


async def look(url: str, *, check: bool = True, definitions: bool = False) -> Status:
    """Ask the database.

    ``check`` its schema, too. With ``definitions``, sources have what the operator said of them as well.

    Raises:
        DatabaseUnavailableError: it is away, or does not answer within seconds.
        SchemaError: it has no schema of ours, or a newer one.
    """
    from sql.schema import pending

    with translated():
        async with await BoundedConnection.connect(_hasty(url), autocommit=True) as connection:
            connection.answer_seconds = _ANSWER_SECONDS
            if check:
                pending({row["number"]: row["checksum"] for row in await fetch(connection, "list_migrations")})
            return await _ask(connection, definitions=definitions)


async def _ask(connection: BoundedConnection, *, definitions: bool) -> Status:
    began = time.perf_counter()
    await fetch(connection, "ping")
    answer_ms = round((time.perf_counter() - began) * 1000, 1)
    (server,) = await fetch(connection, "describe_server")
    now = server.pop("now")
    health = {"now": now, "name": None, "limit": _MOST_SOURCES, "offset": 0}
    sources = await fetch(connection, "list_source_health", health)
    if definitions:
        told = {row["source_id"]: row for row in await fetch(connection, "list_sources")}
        sources = [told.get(source["source_id"], {}) | source for source in sources]
    info = connection.info
    return Status(
        now=now,
        alarms=await fetch(connection, "list_alarms"),
        sources=sorted(sources, key=_place),
        workers=await fetch(connection, "list_workers", {"silence": SILENCE_SECONDS}),
        queue=(await fetch(connection, "measure_queue", {"patience": _OVERDUE.total_seconds()}))[0],
        database={"host": info.host, "port": info.port, "name": info.dbname, "answer_ms": answer_ms, **server},
        sizes=(await fetch(connection, "estimate_everything"))[0],
    )


def _place(source: Row) -> tuple[bool, bool, bool, str]:
    """With an alarm, failing, the others, those that are not visited."""
    return (not source["alarms"], source["failing_since"] is None, source["state"] != "enabled", source["name"])


def _hasty(url: str) -> str:
    """The URL for one who will not wait; what it says itself of that is left as it is."""
    dsn = connection_string(url, application_name="tidings status")
    given = conninfo_to_dict(url)
    return dsn if "connect_timeout" in given else make_conninfo(dsn, connect_timeout=_CONNECT_SECONDS)


def _new(number: int, usual: float | None) -> str:
    return f"{number:,} new in 24 hours" + (f" (usual {usual:,.0f})" if usual is not None else "")
