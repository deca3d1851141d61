"""A proxy on loopback, for http and (by CONNECT) for https, in a thread of its own."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.threads import StreamServer


class Proxy(StreamServer):
    """Connects every request to ``127.0.0.1`` at the port it names; ``login`` is the header it wants, if any."""

    def __init__(self, login: str | None = None) -> None:
        super().__init__()
        self.login = login
        self.asked: list[str] = []
        """What was asked for: ``GET http://host:port/path``, ``CONNECT host:port``."""

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one request on, and everything after it."""
        first, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        self.asked.append(f"{method} {target}")
        told = {name.lower(): value for name, value in (line.split(": ", 1) for line in fields)}
        if told.get("proxy-authorization") != self.login:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        there, to_there = await asyncio.open_connection("127.0.0.1", parts.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            kept = [line for line in fields if not line.lower().startswith(("proxy-", "connection:"))]
            head = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
            to_there.write("\r\n".join(head).encode("latin-1"))
        await asyncio.gather(_pump(reader, to_there), _pump(there, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
