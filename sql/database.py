"""Connections: one pool for the daemon's loop, single connections for the command line."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from sql.deadline import ANSWER_SECONDS, STATEMENT_SECONDS, BoundedConnection
from sql.errors import translated
from sql.queries import query

if TYPE_CHECKING:
    from psycopg_pool import AsyncConnectionPool

Row = DictRow
AsyncConnection = psycopg.AsyncConnection[Any]
Connection = psycopg.Connection[DictRow]
Params = Mapping[str, Any]

# A peer that vanished without a word (cable, firewall, frozen host) is noticed within half a minute instead of
# the kernel's two hours. libpq's names: postgresql.org/docs/current/libpq-connect.html
_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "tcp_user_timeout": "30000",
}
# Our statements take milliseconds; to compile one takes a hundred times as long, and a plan over many partitions
# looks expensive enough for that (the list of 500 sources: 13 ms without, 1,500 ms with it).
_JIT = "off"
_CHECK_SECONDS = 4.0
_CLOSE_SECONDS = 1.0  # for connections that are being made: to a server that does not answer they would take ten
# A process that is frozen in a transaction keeps its locks no longer than this; a statement, than its answer is
# waited for.
_LIMITS = {
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": f"{STATEMENT_SECONDS:.0f}s",
}


def connection_string(url: str, *, application_name: str, **limits: str) -> str:
    """The operator's URL with our session settings added; what the URL sets itself is left as it is."""
    given = conninfo_to_dict(url)
    # The queue's statements name its tables without their schema, and every time is read in UTC. Whatever is the
    # default of a role: who waited for a lock has to see what was stored meanwhile.
    ours = (
        "-c search_path=tidings,public",
        "-c timezone=UTC",
        r"-c default_transaction_isolation=read\ committed",
    )
    theirs = str(given.get("options") or "")
    limits = {"jit": _JIT, **limits}
    options = " ".join([*(f"-c {name}={value}" for name, value in limits.items()), theirs, *ours])
    return make_conninfo(url, **{**_DEFAULTS, "application_name": application_name, **given, "options": options})


def new_pool(
    url: str,
    *,
    application_name: str,
    min_size: int = 1,
    max_size: int = 4,
    configure: "Callable[[AsyncConnection], Awaitable[None]] | None" = None,
) -> "AsyncConnectionPool[BoundedConnection]":
    """A pool that is not open yet. It tests a connection before handing it out, so a restart costs no query.

    No statement on it waits for ever (see :mod:`sql.deadline`), and no transaction of a process that was frozen
    keeps its locks for long.
    """
    from psycopg_pool import AsyncConnectionPool  # the command line does without

    return AsyncConnectionPool(
        connection_string(url, application_name=application_name, **_LIMITS),
        connection_class=BoundedConnection,
        min_size=min_size,
        max_size=max_size,
        # Short, so that a database that was away is noticed as soon as it is back: what has to wait tries again.
        timeout=5.0,
        reconnect_timeout=4.0,
        open=False,
        configure=configure,
        check=_check,
        name=application_name,
    )


async def _check(connection: BoundedConnection) -> None:
    """A round trip. One that takes longer than this is taken for lost."""
    with connection.answering_within(_CHECK_SECONDS):
        if connection.autocommit:
            await connection.execute("")
            return
        await connection.set_autocommit(True)
        try:
            await connection.execute("")
        finally:
            if not connection.closed:
                await connection.set_autocommit(False)


class Database:
    """Named queries on a pool: what the daemon and its workers do with Postgres."""

    def __init__(self, pool: "AsyncConnectionPool[BoundedConnection]") -> None:
        self._pool = pool

    @property
    def address(self) -> str:
        """Host, port and name of the database: what tells it from others, and holds no secret."""
        given = conninfo_to_dict(str(self._pool.conninfo))
        given.setdefault("dbname", given.get("user", ""))  # as libpq has it
        return " ".join(str(given.get(key, "")) for key in ("host", "port", "dbname"))

    @property
    def connections(self) -> dict[str, int]:
        """How many connections are ``used`` and ``idle``, and how many of us are ``waiting`` for one."""
        stats = self._pool.get_stats()
        size, idle = stats.get("pool_size", 0), stats.get("pool_available", 0)
        return {"used": max(size - idle, 0), "idle": idle, "waiting": stats.get("requests_waiting", 0)}

    @asynccontextmanager
    async def transaction(self, *, answer_seconds: float = ANSWER_SECONDS) -> AsyncIterator[AsyncConnection]:
        """One connection in one transaction, each statement of which is answered within ``answer_seconds``.

        Raises:
            DatabaseError: one of its kinds, see :mod:`sql.errors`; the transaction is rolled back.
        """
        with translated():
            async with self._pool.connection() as connection:
                if answer_seconds == ANSWER_SECONDS:
                    yield connection
                    return
                with connection.answering_within(answer_seconds):
                    await fetch(connection, "set_statement_timeout", {"timeout": f"{answer_seconds:.0f}s"})
                    yield connection

    async def fetch(self, name: str, params: Params | None = None) -> list[Row]:
        """Run the query ``name`` in a transaction of its own, and return its rows."""
        async with self.transaction() as connection:
            return await fetch(connection, name, params)

    async def execute(self, name: str, params: Params | None = None) -> int:
        """Run the query ``name`` in a transaction of its own, and return how many rows it touched."""
        async with self.transaction() as connection:
            return await execute(connection, name, params)


@asynccontextmanager
async def open_database(
    url: str, *, application_name: str, max_size: int = 4, patient: bool = False
) -> AsyncIterator[Database]:
    """A :class:`Database` whose pool is open.

    ``patient``, it leaves it to whoever asks to wait for the database (see :mod:`sql.patience`); else it raises
    DatabaseUnavailableError if no connection comes up.
    """
    pool = new_pool(url, application_name=application_name, max_size=max_size)
    try:
        if patient:
            await pool.open()
        else:
            with translated():
                await pool.open(wait=True, timeout=15.0)
        yield Database(pool)
    finally:
        await pool.close(timeout=_CLOSE_SECONDS)


async def fetch(connection: AsyncConnection, name: str, params: Params | None = None) -> list[Row]:
    """The rows of the query ``name``, within the caller's transaction."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query(name), params)
        return await cursor.fetchall()


async def execute(connection: AsyncConnection, name: str, params: Params | None = None) -> int:
    """How many rows the query ``name`` touched, within the caller's transaction."""
    async with connection.cursor() as cursor:
        await cursor.execute(query(name), params)
        return cursor.rowcount


async def clock(connection: AsyncConnection) -> datetime:
    """The database's time at the beginning of the caller's transaction: the one clock that all hosts share."""
    (row,) = await fetch(connection, "read_clock")
    now: datetime = row["now"]
    return now


@contextmanager
def connect(url: str, *, application_name: str = "tidings") -> Iterator[Connection]:
    """A single connection in one transaction, committed at the end; for the command line."""
    with (
        translated(),
        psycopg.connect(
            connection_string(url, application_name=application_name), row_factory=dict_row
        ) as connection,
    ):
        yield connection


def rows(connection: Connection, name: str, params: Params | None = None) -> list[Row]:
    """The rows of the query ``name`` on a single connection."""
    return connection.execute(query(name), params).fetchall()
