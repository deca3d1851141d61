"""What a page in the browser asks for beside itself: its scripts and its data, which we fetch in its place."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from playwright.async_api import Error as PlaywrightError
from scrapy.http import Request, Response

from crawler.download.failures import refused

if TYPE_CHECKING:
    from playwright.async_api import Request as Asked
    from playwright.async_api import Route

log = structlog.get_logger("crawler.download.subresources")

_FETCHED = frozenset({"script", "xhr", "fetch"})
_METHODS = frozenset({"GET", "HEAD", "POST"})
# As browsers do towards one host.
_AT_ONCE = 6
# For one page; it has to do without what goes beyond.
_MAX_REQUESTS = 100
_MAX_BYTES = 32 * 1024 * 1024
# Ours to say; and what the page would tell of where it stands, and of who was here before.
_NOT_PASSED_ON = frozenset({"accept-encoding", "connection", "content-length", "cookie", "host", "referer"})
# Of the form that the body came in, which it has no more.
_OF_TRANSFER = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Subresources:
    """Answers the browser for one page, until ``deadline`` (of the event loop's time).

    The page itself is ``document``, as it was fetched. Frames, and where its scripts would lead the reader, stay
    empty; style sheets are taken for empty, since scripts wait for them; pictures, fonts, media and all else are
    refused. Scripts and data go through ``fetch``.
    """

    def __init__(
        self, document: Response, fetch: Callable[[Request], Awaitable[Response]], *, deadline: float
    ) -> None:
        self._document: Response | None = document
        self._fetch = fetch
        self._deadline = deadline
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._requests_left = _MAX_REQUESTS
        self._bytes_left = _MAX_BYTES

    async def answer(self, route: "Route") -> None:
        """See ``playwright.async_api.Page.route``."""
        with suppress(PlaywrightError):  # the page has been closed in the meantime
            await self._answer(route, route.request)

    async def _answer(self, route: "Route", asked: "Asked") -> None:
        if asked.is_navigation_request():
            document, self._document = self._document, None
            await (route.fulfill(status=204) if document is None else _fulfill(route, document))
        elif asked.resource_type == "stylesheet":
            await route.fulfill(content_type="text/css", headers={"Access-Control-Allow-Origin": "*"}, body="")
        elif asked.resource_type in _FETCHED and asked.method in _METHODS and self._requests_left > 0:
            self._requests_left -= 1
            await self._supply(route, asked)
        else:
            await route.abort()

    async def _supply(self, route: "Route", asked: "Asked") -> None:
        try:
            async with self._turn:
                response = await self._fetch(self._request(asked))
        except Exception as error:  # noqa: BLE001 (the boundary of one request: the page goes on without it)
            log.debug("request.refused", url=asked.url, reason=refused(error).reason, error=str(error))
            await route.abort()
            return
        self._bytes_left -= len(response.body)
        await _fulfill(route, response)

    def _request(self, asked: "Asked") -> Request:
        left = self._deadline - asyncio.get_running_loop().time()
        return Request(
            asked.url,
            method=asked.method,
            headers={name: value for name, value in asked.headers.items() if name not in _NOT_PASSED_ON},
            body=asked.post_data_buffer or b"",
            meta={"download_timeout": left, "download_maxsize": max(self._bytes_left, 1)},
        )


async def _fulfill(route: "Route", response: Response) -> None:
    headers: dict[Any, list[bytes]] = dict(response.headers)
    await route.fulfill(
        status=response.status,
        headers={
            # Playwright takes apart again what is joined by line breaks.
            name.decode("latin-1"): b"\n".join(values).decode("latin-1")
            for name, values in headers.items()
            if name.decode("latin-1").lower() not in _OF_TRANSFER
        },
        body=response.body,
    )
