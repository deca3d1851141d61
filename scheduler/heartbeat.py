"""Signs of life of a worker."""

import asyncio

import structlog

from scheduler.silence import HEARTBEAT_SECONDS
from sql.errors import DatabaseError
from sql.line import Line
from sql.patience import voice

log = structlog.get_logger("scheduler.heartbeat")


async def beat(url: str, worker: str) -> None:
    """Say that ``worker`` lives, until cancelled: by this sign a supervisor tells a busy worker from a dead one.

    On a connection of its own, in one round trip: a pool that is busy, or a server that is two seconds away, must
    not make us fall silent.
    """
    line = Line(url, application_name="tidings heartbeat")
    try:
        while True:
            next_at = asyncio.get_running_loop().time() + HEARTBEAT_SECONDS
            try:
                await line.fetch("beat", {"worker": worker})
            except DatabaseError as error:
                voice.away(error)
                log.debug("heartbeat.missed", error=str(error))
            else:
                voice.back()
            await asyncio.sleep(next_at - asyncio.get_running_loop().time())
    finally:
        await line.close()
