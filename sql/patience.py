"""A database that is away comes back: what has to be done waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from sql.errors import DatabaseError, DatabaseUnavailableError

log = structlog.get_logger("sql.patience")

_WAIT_SECONDS = (0.5, 1.0, 2.0, 5.0)

_T = TypeVar("_T")


async def patiently(
    operation: Callable[[], Awaitable[_T]], what: str, *, also: tuple[type[DatabaseError], ...] = ()
) -> _T:
    """Call ``operation`` until the database is there for it.

    It must be one transaction, or be harmless when done twice. ``what`` says for the log what is waiting. Errors
    other than DatabaseUnavailableError, and those that are to be waited out ``also``, are the caller's.
    """
    attempt = 0
    while True:
        try:
            return await operation()
        except DatabaseError as error:
            if not isinstance(error, (DatabaseUnavailableError, *also)):
                raise
            wait = _WAIT_SECONDS[min(attempt, len(_WAIT_SECONDS) - 1)]
            attempt += 1
            log.warning("database.awaited", waiting=what, attempt=attempt, retry_in=wait, error=str(error))
            await asyncio.sleep(wait)
