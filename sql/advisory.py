"""Advisory locks: what only one process on a database may do. They end with the connection that holds them.

Always tried, never waited for: a session that blocks inside ``pg_advisory_lock`` holds a snapshot, for which a
concurrent index build waits, and that is a deadlock.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from sql.database import connection_string
from sql.errors import translated

# Any numbers will do, as long as they differ: "tidings " in ASCII, and a counter.
_BASE = 0x74696469_6E677300
MIGRATE = _BASE + 1
LEAD = _BASE + 2
ONCE = _BASE + 3
REKEY = _BASE + 4
MAINTAIN = _BASE + 5

TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"


async def try_lock(connection: psycopg.AsyncConnection[Any], number: int) -> bool:
    """Whether the connection holds the lock now."""
    cursor = await connection.execute(TRY_LOCK, (number,))
    return await cursor.fetchone() == (True,)


@asynccontextmanager
async def tried(url: str, number: int, *, application_name: str) -> AsyncIterator[bool]:
    """Whether we hold the lock, as long as the context lasts; False if somebody else has it.

    Raises:
        DatabaseError: the database cannot be reached.
    """
    with translated():
        connection = await psycopg.AsyncConnection.connect(
            connection_string(url, application_name=application_name), autocommit=True
        )
    async with connection:
        with translated():
            held = await try_lock(connection, number)
        yield held
