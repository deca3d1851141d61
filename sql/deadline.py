"""Connections that do not wait for ever: a server that cannot be heard any more never says that it is gone."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

ANSWER_SECONDS = 20.0
"""How long a statement may go unanswered. With two seconds from here to the server and back, most take two."""

STATEMENT_SECONDS = ANSWER_SECONDS - 2
"""After which the server itself gives a statement up: so that it does not work on for somebody who has hung up."""


class BoundedConnection(psycopg.AsyncConnection[Any]):
    """Hangs up if no answer to a statement comes in time, which is then psycopg.OperationalError.

    Cancelling would ask the server to stop, and wait for what it says.
    """

    answer_seconds = ANSWER_SECONDS

    async def wait(self, gen: PQGen[Any], *args: Any, **kwargs: Any) -> Any:
        """Let psycopg's generator run to its end; everything that it says to the server goes through here."""
        seconds = self.answer_seconds
        timer = asyncio.get_running_loop().call_later(seconds, self._hang_up)
        try:
            return await super().wait(gen, *args, **kwargs)
        except psycopg.OperationalError as error:
            if timer.when() <= asyncio.get_running_loop().time() and self.broken:
                raise psycopg.OperationalError(f"no answer within {seconds:g} seconds") from error
            raise
        finally:
            timer.cancel()

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """Wait for answers no longer than this, for once."""
        before, self.answer_seconds = self.answer_seconds, seconds
        try:
            yield
        finally:
            self.answer_seconds = before

    def _hang_up(self) -> None:
        # Idle is one that listens for notifications: no answer is due.
        if self.closed or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
            return
        with suppress(OSError), socket.socket(fileno=os.dup(self.pgconn.socket)) as line:
            line.shutdown(socket.SHUT_RDWR)
