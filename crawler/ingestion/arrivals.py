"""Numbers what has arrived, after it was committed: the order in which readers follow new articles."""

import asyncio
import time

from sql.database import Database

_MOST_AT_ONCE = 10_000  # what one call of the SQL function numbers
_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.05


async def number_arrivals(database: Database) -> int | None:
    """Number what is committed by now; returns how much that was, or None if somebody else is at it.

    It waits for nobody. Who is at it may have begun before our commit, and then leaves ours for the next call.

    Raises:
        DatabaseError: they have no numbers yet; whoever calls next gives them some.
    """
    ((row),) = await database.fetch("number_arrivals")
    found: int | None = row["num_numbered"]
    return found


async def number_all(database: Database) -> bool:
    """Number all that is committed, also after somebody else who is at it; False if that took too long.

    Raises:
        DatabaseError: see :func:`number_arrivals`.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        num_numbered = await number_arrivals(database)
        if num_numbered is None:
            await asyncio.sleep(_POLL_SECONDS)
        elif num_numbered < _MOST_AT_ONCE:
            return True
    return False
