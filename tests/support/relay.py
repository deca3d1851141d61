"""The way between us and a Postgres server, which may be long, or lead nowhere."""

import asyncio
from contextlib import suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.threads import StreamServer


class Relay(StreamServer):
    """Passes on what is said to the server of a database, and what it answers."""

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self._there = conninfo_to_dict(database_url)
        self.latency = 0.0
        """Seconds from here to the server and back."""
        self.is_hole = False
        """Whether what is said is lost. A connection of that time stays open, and never answers."""

    def url(self, **parameters: str) -> str:
        """The same database, through here; without TLS, which costs further round trips."""
        there = {"host": "127.0.0.1", "port": self.port, "sslmode": "disable"}
        return make_conninfo(**self._there | there | parameters)

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, until it ends."""
        if self.is_hole:
            await _swallow(reader)
            return
        there, to_there = await asyncio.open_unix_connection(
            f"{self._there['host']}/.s.PGSQL.{self._there['port']}"
        )
        try:
            await asyncio.gather(self._pump(reader, to_there), self._pump(there, writer))
        finally:
            to_there.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Pass on each piece half a round trip after it came, however many are on their way."""
        loop = asyncio.get_running_loop()
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(_deliver(on_the_way, sink))
        try:
            while data := await source.read(65536):
                if self.is_hole:
                    await _swallow(source)
                    break
                on_the_way.put_nowait((loop.time() + self.latency / 2, data))
        except OSError:
            pass
        on_the_way.put_nowait((loop.time() + self.latency / 2, b""))
        await delivering


async def _deliver(on_the_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    data = None
    with suppress(OSError):
        while data != b"":
            due, data = await on_the_way.get()
            await asyncio.sleep(due - loop.time())
            sink.write(data)
            await sink.drain()
    sink.close()


async def _swallow(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await reader.read(65536):
            pass
