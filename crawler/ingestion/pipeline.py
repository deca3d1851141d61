"""The item pipeline: hands every page to the writer, and lets no run close before its pages are stored."""

from typing import TYPE_CHECKING, Any, Self

from crawler.ingestion.page import Page

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class LoadingPipeline:
    """One per run; the writer behind it serves all runs of the process."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler: Any = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    async def process_item(self, item: Page) -> Page:
        """Queue a page; waits while the database is behind."""
        await self._crawler.assignment.store(item)
        return item

    async def close_spider(self) -> None:
        """Wait until everything queued is stored, or has failed to be."""
        await self._crawler.assignment.all_stored()
