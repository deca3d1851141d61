"""A server on loopback that says over HTTP/2, frame for frame, whatever a test wants it to say."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from tests.support.certificates import server_context

Script = Callable[[H2Connection, int], bytes]
"""Says something on a stream; what it returns is sent after that as it is."""


class HostileHttp2:
    """Plays ``scripts`` (path to script); any other path is not found."""

    def __init__(self, folder: Path, scripts: dict[str, Script] | None = None) -> None:
        self.scripts = dict(scripts or {})
        self.num_connections = 0
        self.port = 0
        self._context = server_context(folder)
        self._context.set_alpn_protocols(["h2"])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"https://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.num_connections += 1
        with suppress(OSError, asyncio.CancelledError):
            await self._play(reader, writer)
        writer.close()

    async def _play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loose = H2Configuration(client_side=False, validate_outbound_headers=False)
        connection = H2Connection(loose)
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, RequestReceived):
                    path = dict(event.headers)[b":path"].decode()
                    raw = self.scripts.get(path, missing)(connection, event.stream_id)
                    writer.write(connection.data_to_send() + raw)
            writer.write(connection.data_to_send())
            await writer.drain()


def missing(connection: H2Connection, stream: int) -> bytes:
    """404."""
    connection.send_headers(stream, [(":status", "404")], end_stream=True)
    return b""


def says(body: bytes | str, *before: bytes) -> Script:
    """A page in order, with these raw frames before it."""

    def script(connection: H2Connection, stream: int) -> bytes:
        head = b"".join(before)
        sent = connection.data_to_send()
        connection.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
        connection.send_data(stream, body.encode() if isinstance(body, str) else body, end_stream=True)
        return sent + head + connection.data_to_send()

    return script


def begins(*headers: tuple[str, str], then: Callable[[int], bytes] = lambda _: b"") -> Script:
    """An answer that begins with these headers, and goes on with raw frames, without an end."""

    def script(connection: H2Connection, stream: int) -> bytes:
        connection.send_headers(stream, list(headers))
        return connection.data_to_send() + then(stream)

    return script


def frame(kind: int, payload: bytes = b"", *, stream: int = 0, flags: int = 0) -> bytes:
    """A frame as RFC 9113, 4.1, lays it out."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
