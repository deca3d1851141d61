"""One connection of one's own, for what must not wait behind others: signs of life, in both directions."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg
from psycopg.conninfo import make_conninfo

from sql.database import Params, Row, connection_string, fetch
from sql.deadline import BoundedConnection
from sql.errors import DatabaseError, DatabaseUnavailableError, translated
from sql.patience import voice

_PING_SECONDS = 2.0
_CONNECT_SECONDS = 8
_ANSWER_SECONDS = 5.0  # two seconds from here to the server and back are borne

OUTAGE_SECONDS = 30.0
"""For how long a database may be away before that is an alarm: a restart, or a failover, takes less."""


class Line:
    """A connection that is made when it is needed, and again when it was lost. A query is a transaction."""

    def __init__(self, url: str, *, application_name: str) -> None:
        dsn = connection_string(url, application_name=application_name)
        self._dsn = make_conninfo(dsn, connect_timeout=_CONNECT_SECONDS)
        self._connection: BoundedConnection | None = None

    async def fetch(self, name: str, params: Params | None = None) -> list[Row]:
        """The rows of the query ``name``; raises DatabaseUnavailableError if no answer comes within 5 s."""
        with translated():
            try:
                if self._connection is None:
                    # To prepare a statement would take a second round trip.
                    self._connection = await BoundedConnection.connect(
                        self._dsn, autocommit=True, prepare_threshold=None
                    )
                    self._connection.answer_seconds = _ANSWER_SECONDS
                return await fetch(self._connection, name, params)
            except psycopg.Error:
                await self.close()
                raise

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class Watch:
    """Asks the database every two seconds whether it is there, and whether it may be written to."""

    def __init__(self, url: str, *, on_look: Callable[[], object] = lambda: None) -> None:
        """``on_look`` is called whenever it has asked, whatever was answered."""
        self._line = Line(url, application_name="tidings watch")
        self._on_look = on_look
        self.error: str | None = None
        """What is wrong with the database; None if nothing is."""
        self.since: datetime | None = None
        """Since when something is."""
        self.answer_seconds: float | None = None
        """How long the last answer took; None if there was none."""
        self.alarm: tuple[datetime, str] | None = None
        """The same as an alarm, once it has lasted for half a minute: since when, and what in words."""
        self._lost_at: float | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            while True:
                await self._look()
                self._on_look()
                await asyncio.sleep(_PING_SECONDS)
        finally:
            await self._line.close()

    async def _look(self) -> None:
        began = time.monotonic()
        try:
            if (await self._line.fetch("ping"))[0]["read_only"]:
                raise DatabaseUnavailableError("the database is read-only")
        except DatabaseError as error:
            self.error, self.answer_seconds = str(error), None
            self.since = self.since or datetime.now(UTC)
            self._sound_alarm(self.since, self.error)
            voice.away(error)
        else:
            self.error = self.since = self.alarm = self._lost_at = None
            self.answer_seconds = time.monotonic() - began
            voice.back()

    def _sound_alarm(self, since: datetime, error: str) -> None:
        # By a clock that nobody can set.
        self._lost_at = time.monotonic() if self._lost_at is None else self._lost_at
        if self.alarm is None and time.monotonic() - self._lost_at >= OUTAGE_SECONDS:
            self.alarm = since, f"the database does not do what it is asked: {error}"
