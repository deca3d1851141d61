"""Advisory locks: what only one process on a database may do. They end with the connection that holds them.

Always tried, never waited for: a session that blocks inside ``pg_advisory_lock`` holds a snapshot, for which a
concurrent index build waits, and that is a deadlock.
"""

from typing import Any

import psycopg

# Any numbers will do, as long as they differ: "tidings " in ASCII, and a counter.
_BASE = 0x74696469_6E677300
MIGRATE = _BASE + 1
LEAD = _BASE + 2
ONCE = _BASE + 3
REKEY = _BASE + 4

TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"


async def try_lock(connection: psycopg.AsyncConnection[Any], number: int) -> bool:
    """Whether the connection holds the lock now."""
    cursor = await connection.execute(TRY_LOCK, (number,))
    return await cursor.fetchone() == (True,)
