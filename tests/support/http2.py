"""A server of HTTP/2 over TLS on loopback, in a thread of its own."""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Self

from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.support.certificates import self_signed


class Http2Site:
    """Serves ``pages`` (path to body, or seconds of silence) over whatever of ``protocols`` the client prefers."""

    def __init__(self, folder: Path, *, protocols: tuple[str, ...] = ("h2", "http/1.1")) -> None:
        self.pages: dict[str, str | bytes | float] = {}
        self.asked: list[tuple[str, str]] = []
        """The version of HTTP and the path of every request."""
        self._config = Config()
        certificate, key = self_signed(folder)
        self._config.certfile, self._config.keyfile = str(certificate), str(key)
        self._config.alpn_protocols = list(protocols)
        self._config.graceful_timeout = self._config.shutdown_timeout = 0.1
        self._config.errorlog = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stop = asyncio.Event()
        self.port = 0

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"https://127.0.0.1:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for _, path in self.asked]

    def __enter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._config.bind = [f"fd://{listening.detach()}"]
        self._thread.start()
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._serving.result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        await serve(self._answer, self._config, shutdown_trigger=self._stop.wait)

    async def _answer(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            return
        del receive
        self.asked.append((scope["http_version"], scope["path"]))
        page = self.pages.get(scope["path"])
        if isinstance(page, float):
            await asyncio.sleep(page)
        status = 404 if page is None else 200
        body = page.encode() if isinstance(page, str) else page if isinstance(page, bytes) else b""
        kind = b"text/xml" if body.startswith(b"<?xml") else b"text/html"
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": body})
