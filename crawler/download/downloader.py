"""Scrapy's downloader, which waits for its turn at a host, and heeds what the host's answer says of the next."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy.core.downloader import Downloader
from scrapy.http import Request, Response

from crawler import metrics
from crawler.download.failures import refused, refused_status
from crawler.download.pauses import pause_asked
from crawler.meter import meter
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.sites import host_of

if TYPE_CHECKING:
    from crawler.assignment import Assignment


@dataclass(slots=True)
class _Place:
    """What one run keeps towards one host."""

    under_way: asyncio.Semaphore
    delay: float
    free_at: float = 0.0  # of the event loop's time: when a page outside any run may be asked for


class PacedDownloader(Downloader):
    """Sends nothing out of turn: pages, feeds, robots.txt and each step of a redirect come through here.

    Scrapy's own slots count a request as under way only once the loop gets to it: of twenty that come at once, all
    would be sent. Here a request has its place first, and then its turn; and the place is given up only when it is
    known what the answer means for the next one. What still waits when the run's time is up is not sent any more;
    what has been sent then has its own deadline.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._places: dict[str, _Place] = {}

    @cached_property
    def ends_at(self) -> float:
        """When the run's time is up, of the event loop's time; it begins with the first to ask for it."""
        return asyncio.get_running_loop().time() + float(self.crawler.settings.getfloat("TIDINGS_RUN_TIMEOUT"))

    def slow_down(self, url: str, delay: float) -> None:
        """Leave at least ``delay`` seconds between requests to this host from now on, in this run."""
        place = self._place(host_of(url))
        place.delay = max(place.delay, delay)

    def _place(self, host: str) -> _Place:
        if host not in self._places:
            self._places[host] = _Place(asyncio.Semaphore(self.domain_concurrency), self._delay)
        return self._places[host]

    async def _enqueue_request(self, request: Request) -> Response:
        """What the downloader middlewares end in."""
        host = host_of(request.url)
        place = self._place(host)
        run: Assignment | None = getattr(self.crawler, "assignment", None)
        if run is not None:
            return await self._ask(run, host, place, request)
        async with place.under_way:
            await _turn_outside_runs(place)
            return await self._send(request)

    async def _ask(self, run: "Assignment", host: str, place: _Place, request: Request) -> Response:
        began = monotonic()
        try:
            async with asyncio.timeout_at(self.ends_at):
                await place.under_way.acquire()
        except TimeoutError:
            raise _out_of_time(run) from None
        try:
            return await self._ask_in_turn(run, host, place, request, began)
        finally:
            place.under_way.release()

    async def _ask_in_turn(
        self, run: "Assignment", host: str, place: _Place, request: Request, began: float
    ) -> Response:
        run.breaker.check(host)
        try:
            async with asyncio.timeout_at(self.ends_at):
                await run.pace.turn(host, place.delay)
        except TimeoutError:
            raise _out_of_time(run) from None
        sent = monotonic()
        _add_seconds(request, "turn_seconds", sent - began)
        try:
            response = await self._send(request)
        except Exception as error:
            run.breaker.failed(host, refused(error).reason)
            raise
        finally:
            _add_seconds(request, "download_seconds", monotonic() - sent)
        run.tally.hosts.add(host)
        if "download_latency" in request.meta:
            run.pace.answered(host, request.meta["download_latency"])
        seconds = pause_asked(response.status, response.headers.get("Retry-After"), datetime.now(UTC))
        if seconds is not None:
            request.meta["pause_is_short"] = await run.pace.pause(host, seconds, f"it answered {response.status}")
        elif response.status >= 500:  # noqa: PLR2004 (RFC 9110: server error)
            run.breaker.failed(host, refused_status(response.status).reason)
        else:
            run.breaker.answered(host)
        return response

    async def _send(self, request: Request) -> Response:
        began = monotonic()
        response: Response = await self.handlers.download_request_async(request)
        kind = "page" if "is_page" in request.meta else "document"
        meter.observe(metrics.REQUEST, monotonic() - began, kind)
        meter.count(metrics.FETCHED, kind, by=len(response.body))
        return response


def _add_seconds(request: Request, name: str, seconds: float) -> None:
    """Add to what the visit has taken so far: the request for where one redirects to takes its ``meta`` over."""
    request.meta[name] = request.meta.get(name, 0.0) + seconds


def _out_of_time(run: "Assignment") -> RefusedError:
    run.tally.is_timed_out = True
    detail = "the time of this run ([crawl] run_timeout) is up; the next ones go on"
    return RefusedError(Outcome.REJECTED, Reason.OVER_BUDGET, detail)


async def _turn_outside_runs(place: _Place) -> None:
    now = asyncio.get_running_loop().time()
    wait = place.free_at - now
    place.free_at = max(now, place.free_at) + place.delay
    if wait > 0:
        await asyncio.sleep(wait)
