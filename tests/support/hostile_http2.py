"""A server on loopback that says over HTTP/2, frame for frame, whatever a test wants it to say."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from tests.support.certificates import server_context
from tests.support.threads import StreamServer

Script = Callable[[H2Connection, int], bytes]
"""Says something on a stream; what it returns is sent after that as it is."""


class HostileHttp2(StreamServer):
    """Plays ``scripts`` (path to script); any other path is not found."""

    def __init__(self, folder: Path, scripts: dict[str, Script] | None = None) -> None:
        self.scripts = dict(scripts or {})
        context = server_context(folder)
        context.set_alpn_protocols(["h2"])
        super().__init__(context)

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"https://127.0.0.1:{self.port}{path}"

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play the scripts of what is asked for, stream by stream."""
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
