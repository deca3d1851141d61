"""A web site on loopback whose every answer a test decides, in a thread of its own."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

Answer = str | bytes | Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """Serves ``pages`` (path to answer) on a free port, and remembers every request."""

    def __init__(self, pages: dict[str, Answer] | None = None, *, ssl_context=None) -> None:
        self.pages: dict[str, Answer] = dict(pages or {})
        self.requests: list[web.BaseRequest] = []
        self.times: list[float] = []
        self._ssl_context = ssl_context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """The address of a path."""
        scheme = "https" if self._ssl_context else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path_qs for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._ssl_context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.times.append(self._loop.time())
        answer = self.pages.get(request.path)
        if answer is None:
            return web.Response(status=404, text="not here")
        return await answer(request) if callable(answer) else _page(answer)


def _page(answer: str | bytes) -> web.Response:
    body = answer.encode() if isinstance(answer, str) else answer
    kind = "text/xml" if body.lstrip().startswith((b"<?xml", b"<urlset", b"<rss")) else "text/html"
    return web.Response(body=body, content_type=kind, charset="utf-8")


def status(code: int, **headers: str) -> Answer:
    """An answer with this status and nothing else."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=code, headers=headers, text="")

    return answer


def redirect(target: str) -> Answer:
    """An answer that sends one elsewhere."""
    return status(302, Location=target)


def slow(seconds: float, text: str = "at last") -> Answer:
    """An answer that begins late."""

    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(text=text, content_type="text/html")

    return answer


def held(until: threading.Event, then: str | bytes = "at last") -> Answer:
    """An answer that is given when the event is set, and not before, unless whoever asked has hung up."""

    async def answer(request: web.Request) -> web.Response:
        while not until.is_set() and request.transport is not None:
            await asyncio.sleep(0.02)
        return _page(then)

    return answer


def raw(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer with these bytes and headers, as they are."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=body, status=status, headers=headers)
        del request
        return response

    return answer


def cut_short(body: bytes) -> Answer:
    """An answer that announces more than it sends."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Length": str(len(body) + 1000), "Content-Type": "text/html"}
        )
        await response.prepare(request)
        await response.write(body)
        request.transport.close()
        return response

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other; the last one from then on."""
    left = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        current = left.pop(0) if len(left) > 1 else left[0]
        return await current(request) if callable(current) else _page(current)

    return answer


def hang_up() -> Answer:
    """No answer: the connection is closed."""

    async def answer(request: web.Request) -> web.StreamResponse:
        request.transport.close()
        return web.Response()

    return answer


def with_validators(body: str, etag: str) -> Answer:
    """An answer with an ETag, and 304 for who has it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        response = _page(body)
        response.headers["ETag"] = etag
        return response

    return answer
