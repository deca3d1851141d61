"""Scrapy's downloader, which waits for its turn at a host before each request it sends."""

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader import Downloader, Slot
from scrapy.http import Request, Response

from crawler.sites import host_of

if TYPE_CHECKING:
    from crawler.download.pace import Pace


class PacedDownloader(Downloader):
    """Sends nothing out of turn: pages, feeds, robots.txt and each step of a redirect come through here.

    Scrapy's own slots keep the pace within one run, and limit how many requests are under way to one host. The
    turn is taken once a request has its place among these, so that a slow answer does not bunch those after it.
    """

    def get_slot_key(self, request: Request) -> str:
        """One slot per host and port."""
        return host_of(request.url)

    def slow_down(self, request: Request, delay: float) -> None:
        """Leave at least ``delay`` seconds between requests to this host from now on, in this run."""
        _, slot = self._get_slot(request)
        slot.delay = max(slot.delay, delay)

    async def _download(self, slot: Slot, request: Request) -> Response:
        pace: Pace | None = _pace(self.crawler)
        if pace is not None:
            slot.transferring.add(request)
            try:
                await pace.turn(host_of(request.url), slot.delay)
            except BaseException:
                slot.transferring.discard(request)
                self._process_queue(slot)
                raise
        return await super()._download(slot, request)


def _pace(crawler: Any) -> "Pace | None":
    """The process's pace; a page fetched outside any run has none."""
    assignment = getattr(crawler, "assignment", None)
    return assignment.pace if assignment else None
