"""A connection to Postgres that breaks at the worst moment: after a commit, before its acknowledgement arrives."""

import asyncio
from contextlib import suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.support.threads import StreamServer


class LostCommits(StreamServer):
    """Passes everything on between us and the server of a database, but for the answers to so many commits."""

    def __init__(self, database_url: str) -> None:
        super().__init__()
        self._there = conninfo_to_dict(database_url)
        self.num_to_lose = 0

    @property
    def url(self) -> str:
        """The same database, through here; without TLS, for we read along."""
        return make_conninfo(**self._there | {"host": "127.0.0.1", "port": self.port, "sslmode": "disable"})

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, until it ends or an answer was lost."""
        host, port = self._there.get("host", "127.0.0.1"), self._there.get("port", 5432)
        if host.startswith("/"):
            there, to_there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there, to_there = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(_pump(reader, to_there), self._answer(there, writer))
        finally:
            to_there.close()

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await there.read(65536):
                if b"COMMIT\0" in data and self.num_to_lose:
                    self.num_to_lose -= 1
                    break
                writer.write(data)
                await writer.drain()
        writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
