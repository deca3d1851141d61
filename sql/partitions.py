"""Partitions by month, made ahead, so that a month that is over is dropped instead of being deleted row by row.

What no month takes lies in the default partition: rows of before the first month, and those of a time for which no
month was made. ``ATTACH PARTITION`` is what locks least (postgresql.org/docs/current/sql-altertable.html): nobody
reads or writes the default partition meanwhile, and nobody writes to the tables that the foreign keys name. These
locks are asked for in the order in which loading takes its own, and only for a moment: who cannot have them at
once tries again later, and loading goes on.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from psycopg.sql import SQL, Composed, Identifier, Literal

from sql.database import AsyncConnection, Database, execute, fetch

log = structlog.get_logger("sql.partitions")

_ANSWER_SECONDS = 3600.0  # to move or to drop a month takes as long as it takes
# Behind a lock that waits, everybody else waits too. Less than deadlock_timeout (1 s), so that it is never loading
# that is chosen to give way.
_LOCK_TIMEOUT = "300ms"
_MONTHS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    time: str
    """The column whose month decides."""
    written_before: tuple[str, ...]
    """Tables that loading writes to before this one, and that its foreign keys name."""


_TABLES = (
    _Table("pages", "fetched_at", ("urls", "runs")),
    _Table("polls", "polled_at", ("runs",)),
    _Table("sketches", "seen_at", ("articles",)),
    _Table("hourly_pages", "hour", ()),
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar, in UTC."""

    first_day: date

    @classmethod
    def of(cls, moment: datetime) -> "Month":
        """The month in which ``moment`` lies."""
        return cls(moment.astimezone(UTC).date().replace(day=1))

    @classmethod
    def named(cls, partition: str) -> "Month":
        """The month of a partition: ``pages_2026_11``."""
        _, year, month = partition.rsplit("_", 2)
        return cls(date(int(year), int(month), 1))

    @property
    def next(self) -> "Month":
        """The month after it."""
        year, month = divmod(self.first_day.year * 12 + self.first_day.month, 12)
        return Month(date(year, month + 1, 1))

    @property
    def start(self) -> datetime:
        """Its first moment; that of the next month is the first which lies outside."""
        return datetime(self.first_day.year, self.first_day.month, 1, tzinfo=UTC)

    def partition_of(self, table: str) -> str:
        """What the month's partition of a table is called."""
        return f"{table}_{self.first_day:%Y_%m}"


async def make_months(database: Database, now: datetime) -> list[str]:
    """Make the partitions of this month and the next two that are missing; returns the names of what was made.

    One transaction each, with the rows of that month that lie in the default partition.

    Raises:
        ConflictError: something is in the way, a dump for instance; what was made until then stays.
    """
    months = [Month.of(now)]
    for _ in range(_MONTHS_AHEAD):
        months.append(months[-1].next)
    made = []
    for table in _TABLES:
        there = await list_months(database, table.name)
        for month in months:
            if month not in there:
                await _make(database, table, month)
                made.append(month.partition_of(table.name))
    return made


async def list_months(database: Database, table: str) -> list[Month]:
    """The months that have a partition of their own, the oldest first."""
    rows = await database.fetch("list_partitions", {"parent": table})
    return sorted(Month.named(row["name"]) for row in rows)


async def drop_month(database: Database, table: str, month: Month) -> None:
    """Drop a month with all its rows.

    Raises:
        ConflictError: something is in the way; the month is still there.
    """
    name = month.partition_of(table)
    async with database.transaction(answer_seconds=_ANSWER_SECONDS) as connection:
        await _hurry(connection)
        # First what others lock first.
        await connection.execute(SQL("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE").format(_ours(table)))
        await connection.execute(SQL("DROP TABLE {}").format(_ours(name)))
    log.info("partition.dropped", table=name)


async def _make(database: Database, table: _Table, month: Month) -> None:
    name = month.partition_of(table.name)
    async with database.transaction(answer_seconds=_ANSWER_SECONDS) as connection:
        await _hurry(connection)
        async with connection.transaction(force_rollback=True):
            await _lock(connection, table)  # whoever stands in the way for long is found before the work is done
        await connection.execute(
            SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING IDENTITY)").format(
                _ours(name), _ours(table.name)
            )
        )
        num_moved = await _move(connection, table, month)  # nobody has to wait for this
        await _lock(connection, table)
        num_moved += await _move(connection, table, month)  # what was stored meanwhile
        await connection.execute(
            SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                _ours(table.name), _ours(name), Literal(month.start), Literal(month.next.start)
            )
        )
    log.info("partition.created", table=name, num_rows=num_moved)


async def _hurry(connection: AsyncConnection) -> None:
    await execute(connection, "set_lock_timeout", {"timeout": _LOCK_TIMEOUT})


async def _lock(connection: AsyncConnection, table: _Table) -> None:
    for name in table.written_before:
        await connection.execute(SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(_ours(name)))
    default = _ours(f"{table.name}_default")
    await connection.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(default))


async def _move(connection: AsyncConnection, table: _Table, month: Month) -> int:
    """Move the month's rows out of the default partition; returns how many."""
    found = await fetch(connection, "list_columns", {"name": table.name})
    columns = SQL(", ").join(Identifier(row["name"]) for row in found)
    statement = SQL(
        "WITH moved AS (DELETE FROM {default} WHERE {time} >= {start} AND {time} < {end} RETURNING {columns})"
        " INSERT INTO {month} ({columns}) SELECT {columns} FROM moved"
    ).format(
        default=_ours(f"{table.name}_default"),
        time=Identifier(table.time),
        start=Literal(month.start),
        end=Literal(month.next.start),
        month=_ours(month.partition_of(table.name)),
        columns=columns,
    )
    return (await connection.execute(statement)).rowcount


def _ours(name: str) -> Composed:
    return SQL("{}").format(Identifier("tidings", name))
