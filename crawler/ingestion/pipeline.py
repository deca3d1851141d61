"""The item pipeline: hands every page to the writer, and lets no run close before its pages are stored."""

import asyncio
from typing import TYPE_CHECKING, Any, Self

from crawler.ingestion.page import Page

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class LoadingPipeline:
    """One per run; the writer behind it serves all runs of the process."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler: Any = crawler
        self._pending: set[asyncio.Future[Any]] = set()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    async def process_item(self, item: Page) -> Page:
        """Queue a page; waits while the database is behind."""
        future = await self._crawler.assignment.writer.put(item)
        self._pending.add(future)
        future.add_done_callback(self._stored)
        return item

    def _stored(self, future: asyncio.Future[Any]) -> None:
        self._pending.discard(future)
        if not future.cancelled() and future.exception() is not None:
            self._crawler.assignment.tally.num_lost += 1

    async def close_spider(self) -> None:
        """Wait until everything queued is stored, or has failed to be."""
        if self._pending:
            await asyncio.wait(self._pending)
