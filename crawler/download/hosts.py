"""Downloader middleware: what a host's answers say about whether, and when, to ask it again."""

from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self

from scrapy.http import Request, Response

from crawler.download.failures import refused
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.sites import host_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.assignment import Assignment

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_LONGEST_PAUSE = 24 * 3600.0
_PAUSE_UNASKED = 60.0  # after a 429 that does not say for how long
_MAX_WAITS = 2  # times that one request sits out a pause within a run

# What a failure counts towards leaving the host alone for the rest of the run. A time-out costs the most.
_WEIGHTS = {
    Reason.TIMEOUT: 2,
    Reason.CONNECTION: 1,
    Reason.DNS: 1,
    Reason.TLS: 1,
    Reason.TRUNCATED: 1,
}
_BREAKS_AT = 5


class HostMiddleware:
    """Keeps a host's wishes (Retry-After), and leaves a host that keeps failing alone for the rest of the run."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler: Any = crawler
        self._failures: Counter[str] = Counter()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    @property
    def _assignment(self) -> "Assignment | None":
        """The run that this serves; a page fetched outside any run has none."""
        return getattr(self._crawler, "assignment", None)

    def process_request(self, request: Request) -> None:
        """Raise RefusedError for a host that has failed too often in this run."""
        host = host_of(request.url)
        if self._failures[host] >= _BREAKS_AT:
            detail = f"{host} failed again and again; it is left alone for the rest of the run"
            raise RefusedError(Outcome.FAILED, Reason.HOST_DOWN, detail)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """Count a server error; keep a pause that the host asks for, and ask again after a short one."""
        host = host_of(request.url)
        if self._assignment is not None and "download_latency" in request.meta:
            self._assignment.tally.hosts.add(host)
            self._assignment.pace.answered(host, request.meta["download_latency"])
        seconds = pause_asked(response.status, response.headers.get("Retry-After"), datetime.now(UTC))
        if seconds is not None:
            return await self._pause(request, response, host, seconds)
        if response.status >= 500:  # noqa: PLR2004 (RFC 9110: server error)
            self._failures[host] += 1
        else:
            self._failures[host] = 0
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count a failure of the connection."""
        if not isinstance(exception, RefusedError):
            self._failures[host_of(request.url)] += _WEIGHTS.get(refused(exception).reason, 0)

    async def _pause(self, request: Request, response: Response, host: str, seconds: float) -> Request | Response:
        if self._assignment is None:
            return response
        waits = request.meta.get("num_waits", 0)
        short = await self._assignment.pace.pause(host, seconds, f"it answered {response.status}")
        if not short or waits >= _MAX_WAITS:
            return response
        return request.replace(meta={**request.meta, "num_waits": waits + 1}, dont_filter=True)


def pause_asked(status: int, retry_after: bytes | None, now: datetime) -> float | None:
    """For how many seconds an answer asks to be left alone; None if it does not.

    ``Retry-After`` comes as seconds or as a date (RFC 9110, 10.2.3); at most a day of it is believed.
    """
    if status not in {_TOO_MANY_REQUESTS, _UNAVAILABLE}:
        return None
    seconds = _read_retry_after((retry_after or b"").decode("latin-1").strip(), now)
    if seconds is None:
        return _PAUSE_UNASKED if status == _TOO_MANY_REQUESTS else None
    return min(max(seconds, 1.0), _LONGEST_PAUSE)


def _read_retry_after(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
