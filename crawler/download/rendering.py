"""scrapy-playwright's handler on top of ours: fetches a page like any other, and lets its scripts write it."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import HtmlResponse, Request, Response
from scrapy_playwright.handler import Config, ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from crawler.download.browser import REASON_MISSING, BrowserMissingError
from crawler.download.decoding import DecodingMiddleware
from crawler.download.guard import GuardMiddleware
from crawler.download.handler import BoundedHandler
from crawler.download.redirects import RedirectMiddleware
from crawler.download.subresources import Subresources
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.assignment import Assignment

# How long a page that has loaded may go on asking for data before it is taken as it is.
_SETTLING_MS = 3000
_CLOSING_SECONDS = 5.0
_MAX_BYTES_KEPT = 16 * 1024 * 1024
_OK = 200


class RenderingHandler(ScrapyPlaywrightDownloadHandler, BoundedHandler):  # type: ignore[misc]
    """Renders what a request with ``is_page`` brought, if it is HTML; all else is as it came.

    The page is fetched without the browser first: so status, redirects, robots.txt, limits and pauses are judged
    as for every page, and what the browser gets is what was judged.
    """

    def __init__(self, crawler: "Crawler") -> None:
        # Not scrapy-playwright's constructor: it insists on the very class that our reactor is derived from, and
        # would start a browser of its own.
        BoundedHandler.__init__(self, crawler)
        self.stats = crawler.stats
        self.config = Config.from_settings(crawler.settings)
        self._assignment: Assignment = crawler.assignment  # type: ignore[attr-defined]
        self.browser_provider = self._assignment.browser
        self.browser_provider.take()
        self.browser_launch_lock = asyncio.Lock()
        self.context_launch_lock = asyncio.Lock()
        self.context_wrappers: dict[str, Any] = {}
        self._user_agent = crawler.settings["USER_AGENT"]
        self._max_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._scripts: dict[str, Response] = {}
        self._bytes_kept = 0
        self._decoding = DecodingMiddleware.from_crawler(crawler)
        self._redirects = RedirectMiddleware.from_crawler(crawler)

    async def download_request(self, request: Request) -> Response:
        """Download it, and render it if it is a page. Raises as BoundedHandler does, and RefusedError."""
        response = await BoundedHandler.download_request(self, request)
        if not request.meta.get("is_page") or not 200 <= response.status < 300:  # noqa: PLR2004 (RFC 9110)
            return response
        document = await self._decoding.process_response(request, response)
        return await self._render(request, document) if isinstance(document, HtmlResponse) else response

    async def _render(self, request: Request, document: HtmlResponse) -> Response:
        """The page as its scripts have left it, within what is left of the request's time.

        Raises:
            DownloadTimeoutError: it does not finish loading.
            RefusedError: it has become too large (``too_large``), or broke the browser (``extraction_error``).
        """
        loop = asyncio.get_running_loop()
        async with self.browser_provider.pages:  # that others are rendered now does not count
            began = loop.time()
            deadline = began + request.meta["download_timeout"]
            try:
                html = await self._html(request, document, deadline)
            except (TimeoutError, PlaywrightTimeoutError) as error:
                raise DownloadTimeoutError(f"Its scripts do not come to an end: {request.url}") from error
            except BrowserMissingError as error:
                self._assignment.tally.obstacle = REASON_MISSING
                raise RefusedError(Outcome.FAILED, Reason.EXTRACTION_ERROR, str(error)) from error
            except PlaywrightError as error:
                words = f"the browser: {error.message.splitlines()[0][:300]}"
                raise RefusedError(Outcome.FAILED, Reason.EXTRACTION_ERROR, words) from error
            request.meta["download_timeout"] = deadline - loop.time()
        request.meta["is_rendered"] = True
        headers = document.headers.copy()
        headers["Content-Type"] = "text/html; charset=utf-8"
        body = html.encode("utf-8", "replace")
        if len(body) > self._max_bytes:
            raise RefusedError(Outcome.REJECTED, Reason.TOO_LARGE, f"rendered, {len(body):,} bytes")
        return document.replace(cls=HtmlResponse, headers=headers, body=body, encoding="utf-8")

    async def _html(self, request: Request, document: Response, deadline: float) -> str:
        async def fetch(wanted: Request) -> Response:
            if wanted.url in self._scripts:
                return self._scripts[wanted.url]
            if "proxy" in request.meta:
                wanted.meta["proxy"] = request.meta["proxy"]
            response = await self._fetch(wanted)
            self._keep(wanted, response)
            return response

        async def prepare(page: Page, _request: Request) -> None:
            # Of several routes the one added last is asked, and none after it.
            # A browser that dies is replaced, and asks from the beginning.
            await page.route("**", Subresources(document, fetch, deadline=deadline).answer)
            page.on("popup", _close)

        visit = Request(request.url, meta=self._meta(prepare))
        try:
            async with asyncio.timeout_at(deadline):
                rendered: Any = await self._download_request(visit)
        finally:
            if (page := visit.meta.get("playwright_page")) is not None:
                await _close(page)
        return str(rendered.text)

    def _keep(self, request: Request, response: Response) -> None:
        """Keep a script for the other pages of the run, which mostly are made by the same: Chromium keeps none."""
        size = self._bytes_kept + len(response.body)
        if request.meta["is_script"] and response.status == _OK and size <= _MAX_BYTES_KEPT:
            self._scripts[request.url] = response
            self._bytes_kept = size

    def _meta(self, prepare: Any) -> dict[str, Any]:
        """What scrapy-playwright is told of one page. The deadline is ours to keep, and the page ours to close."""
        return {
            "playwright_include_page": True,
            "playwright_page_init_callback": prepare,
            "playwright_page_goto_kwargs": {"timeout": 0},
            "playwright_page_methods": [PageMethod(self._settle)],
            "playwright_context_kwargs": {
                "user_agent": self._user_agent,
                "accept_downloads": False,
                "service_workers": "block",
            },
        }

    async def _settle(self, page: Page) -> None:
        """Wait until it asks for no more data, and refuse it if it has become too large to be handed over."""
        with suppress(PlaywrightTimeoutError):
            await page.wait_for_load_state("networkidle", timeout=_SETTLING_MS)
        size = await _size(page)
        if size > self._max_bytes:
            words = f"rendered, {size:,} characters: over {self._max_bytes:,}"
            raise RefusedError(Outcome.REJECTED, Reason.TOO_LARGE, words)

    async def _fetch(self, request: Request) -> Response:
        """Fetch for a page what it asks for, and go where that redirects to; each step is judged."""
        guard: Any = self._crawler.get_downloader_middleware(GuardMiddleware)
        while True:
            if refusal := guard.rules.refusal(request.url, on_site=False):
                raise refusal
            self._decoding.process_request(request)
            response = await BoundedHandler.download_request(self, request)
            following = self._redirects.process_response(request, response)
            if isinstance(following, Response):
                return await self._decoding.process_response(request, following)
            request = following

    async def _close(self) -> None:
        """Close the run's context, and leave the browser to the other runs of the process."""
        for wrapper in list(self.context_wrappers.values()):
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await wrapper.context.close()
        self.context_wrappers.clear()
        if hasattr(self, "browser"):
            self.browser.remove_listener("disconnected", self._browser_disconnected_callback)
        await self.browser_provider.leave()


async def _size(page: Page) -> int:
    """The length of its markup, measured in a world of our own, where its scripts cannot lie."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Page.getFrameTree")
    world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
    context = {"contextId": world["executionContextId"], "returnByValue": True}
    measure = {"expression": "document.documentElement.outerHTML.length", **context}
    return int((await session.send("Runtime.evaluate", measure))["result"].get("value", 0))


async def _close(page: Page) -> None:
    with suppress(PlaywrightError, TimeoutError):
        async with asyncio.timeout(_CLOSING_SECONDS):
            await page.close()
