"""Advisory locks: what only one process on a database may do. They end with the connection that holds them.

Its holder speaks on that connection every few seconds. One that is frozen, or cut off, does not: then the server
ends the session, and somebody else can have the lock.

Always tried, never waited for: a session that blocks inside ``pg_advisory_lock`` holds a snapshot, for which a
concurrent index build waits, and that is a deadlock.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from sql.database import connection_string
from sql.deadline import BoundedConnection
from sql.errors import DatabaseUnavailableError, translated

# Any numbers will do, as long as they differ: "tidings " in ASCII, and a counter.
_BASE = 0x74696469_6E677300
MIGRATE = _BASE + 1
LEAD = _BASE + 2
ONCE = _BASE + 3
REKEY = _BASE + 4
MAINTAIN = _BASE + 5
# _BASE + 6 is that of the SQL function number_arrivals().

TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"


_SPEAK_SECONDS = 2.0
SILENCE_SECONDS = 15
"""After which a holder that is not heard of has lost its lock."""


async def connect_to_lock(url: str, *, application_name: str) -> BoundedConnection:
    """A connection of its own for a lock, to be kept by :func:`keep`; raises psycopg.Error."""
    dsn = connection_string(url, application_name=application_name, idle_session_timeout=f"{SILENCE_SECONDS}s")
    connection = await BoundedConnection.connect(dsn, autocommit=True)
    connection.answer_seconds = SILENCE_SECONDS
    return connection


async def try_lock(connection: psycopg.AsyncConnection[Any], number: int) -> bool:
    """Whether the connection holds the lock now."""
    cursor = await connection.execute(TRY_LOCK, (number,))
    return await cursor.fetchone() == (True,)


async def keep(connection: BoundedConnection, *, on_word: Callable[[], object] = lambda: None) -> None:
    """Return never: raise psycopg.Error when the connection is gone, and every lock with it.

    ``on_word`` is called whenever the server has answered.
    """
    while True:
        await asyncio.sleep(_SPEAK_SECONDS)
        await connection.execute("SELECT 1")
        on_word()


@asynccontextmanager
async def tried(url: str, number: int, *, application_name: str) -> AsyncIterator[bool]:
    """Whether we hold the lock, as long as the context lasts; False if somebody else has it.

    Raises:
        DatabaseUnavailableError: the database cannot be reached; or the lock was lost, and what was done under it
            is broken off.
    """
    with translated():
        connection = await connect_to_lock(url, application_name=application_name)
    async with connection:
        with translated():
            held = await try_lock(connection, number)
        if not held:
            yield False
            return
        async with _kept(connection):
            yield True


@asynccontextmanager
async def _kept(connection: BoundedConnection) -> AsyncIterator[None]:
    """Keep the lock, or break off what is done in the context."""
    limit = asyncio.timeout(None)  # there is no deadline until the lock is lost
    keeping = asyncio.create_task(keep(connection), name="lock")

    def break_off(_: object) -> None:
        limit.reschedule(asyncio.get_running_loop().time())

    try:
        async with limit:
            keeping.add_done_callback(break_off)
            try:
                yield
            finally:
                keeping.remove_done_callback(break_off)
    except TimeoutError:
        if not limit.expired():
            raise
        raise DatabaseUnavailableError("the lock is lost, with its connection") from None
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
