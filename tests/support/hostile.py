"""A server on loopback that says, byte for byte, whatever a test wants it to say, in a thread of its own."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.support.threads import StreamServer

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Hostile(StreamServer):
    """Plays ``scripts`` (path to script, or bytes to say before it hangs up), and remembers what it was asked.

    ``at_once`` is played to whoever connects, before anything was asked, and in place of everything else.
    """

    def __init__(self, scripts: dict[str, Script | bytes] | None = None, *, at_once: Script | None = None) -> None:
        super().__init__()
        self.scripts: dict[str, Script | bytes] = dict(scripts or {})
        self.heads: list[bytes] = []
        """The request heads, as they came."""
        self._at_once = at_once

    def url(self, path: str = "/", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [head.split(b" ")[1].decode("latin-1") for head in self.heads]

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play the script of what is asked for."""
        if self._at_once is not None:
            await self._at_once(reader, writer)
            return
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        script = self.scripts.get(self.paths[-1], says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
        await (says(script) if isinstance(script, bytes) else script)(reader, writer)


def answer(body: bytes | str = b"", *, status: str = "200 OK", **headers: str | None) -> bytes:
    """A response in order; ``_`` stands for the ``-`` of a header, and None leaves one out."""
    content = body.encode() if isinstance(body, str) else body
    named: dict[str, str | None] = {"Content-Type": "text/html", "Content-Length": str(len(content))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}\r\n" for name, value in named.items() if value is not None]
    return f"HTTP/1.1 {status}\r\n{''.join(lines)}\r\n".encode("latin-1") + content


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", **headers: str | None) -> bytes:
    """A response in these chunks; ``end`` is what stands where the last one should."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end
    return answer(Content_Length=None, Transfer_Encoding="chunked", **headers) + body


def says(*pieces: bytes) -> Script:
    """These bytes, and the end of the connection."""

    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return play


def late(data: bytes, *, seconds: float) -> Script:
    """These bytes, after a while."""

    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(data)

    return play


def moved(target: str, *, status: str = "302 Found", **headers: str | None) -> bytes:
    """A redirect."""
    return answer(status=status, Location=target, **headers)


def without_end(piece: bytes, *, first: bytes = b"") -> Script:
    """``first``, and then the same piece again and again, as fast as it is taken."""

    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(piece)
            await writer.drain()

    return play


def drips(data: bytes, *, first: bytes = b"", seconds: float = 0.2) -> Script:
    """``first``, and then one byte after the other, the last of them again and again."""

    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        position = 0
        while True:
            writer.write(data[position : position + 1])
            await writer.drain()
            position = min(position + 1, len(data) - 1)
            await asyncio.sleep(seconds)

    return play


def stays_silent(*, first: bytes = b"") -> Script:
    """``first``, and then nothing, over an open connection."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while await reader.read(1000):
            pass

    return play


def resets(*, first: bytes = b"") -> Script:
    """``first``, and then RST in place of an orderly end."""

    async def play(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        await writer.drain()
        await asyncio.sleep(0.1)  # or the reset would overtake what was said
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return play
