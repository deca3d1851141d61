"""Gathers the pages of all runs in this process into batches, and sees each batch into the database."""

import asyncio
from functools import partial
from typing import Any

import structlog

from crawler.ingestion.loader import load
from crawler.ingestion.page import Page, Stored
from crawler.outcomes import NEVER_FETCHED, Outcome
from sql.database import Database
from sql.patience import patiently

log = structlog.get_logger("crawler.ingestion.writer")

_MAX_ROWS = 200
_MAX_WAIT_SECONDS = 0.5


class BatchWriter:
    """One per process. Pages wait in a bounded queue, so a database that cannot keep up slows the crawl down."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: asyncio.Queue[tuple[Page, asyncio.Future[Stored | None]]] = asyncio.Queue(2 * _MAX_ROWS)

    async def put(self, page: Page) -> asyncio.Future[Stored | None]:
        """Hand over a page; waits while the queue is full.

        The future is done when the page is stored; None means its run was no longer ours.
        """
        future: asyncio.Future[Stored | None] = asyncio.get_running_loop().create_future()
        await self._queue.put((page, future))
        return future

    async def run(self) -> None:
        """Store batches until cancelled; cancel it when no run is under way."""
        while True:
            batch = await self._next_batch()
            pages = [page for page, _ in batch]
            try:
                stored = await patiently(partial(load, self._database, pages), f"a batch of {len(pages)} pages")
            except Exception as error:
                # The batch's boundary: its runs are told, and the next batch is stored all the same.
                log.exception("batch.failed", num_pages=len(pages))
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
            else:
                _settle(batch, stored)

    async def _next_batch(self) -> list[tuple[Page, asyncio.Future[Stored | None]]]:
        batch = [await self._queue.get()]
        deadline = asyncio.get_running_loop().time() + _MAX_WAIT_SECONDS
        while len(batch) < _MAX_ROWS:
            try:
                async with asyncio.timeout_at(deadline):
                    batch.append(await self._queue.get())
            except TimeoutError:
                break
        return batch


def _settle(batch: list[tuple[Page, asyncio.Future[Stored | None]]], stored: list[Stored]) -> None:
    results = iter(stored)
    result = next(results, None)
    for page, future in batch:
        if result is not None and (result.page.visit, result.page.url) == (page.visit, page.url):
            log_page(result)
            answer, result = result, next(results, None)
        else:
            log.warning("page.discarded", **_context(page), error="its run was taken up by another worker")
            answer = None
        if not future.done():  # nobody may be waiting any more
            future.set_result(answer)


def log_page(stored: Stored) -> None:
    """The one line of a URL that was visited, or refused."""
    page = stored.page
    fields = {
        "outcome": stored.outcome,
        "reason": stored.reason,
        "status": page.http_status,
        "duration_ms": page.duration_ms,
        "final_url": page.final_url,
        "detail": page.detail,
        "gone": stored.is_gone,
    }
    level = log.warning if stored.outcome is Outcome.FAILED else log.info
    event = "link.rejected" if stored.reason in NEVER_FETCHED else "page.finished"
    level(event, **_context(page), **{key: value for key, value in fields.items() if value is not None})


def _context(page: Page) -> dict[str, Any]:
    return {"source": page.visit.source, "run_id": str(page.visit.run_id), "url": page.url}
