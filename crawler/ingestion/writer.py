"""Gathers the pages of all runs in this process into batches, and sees each batch into the database."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog

from crawler.ingestion.loading import load
from crawler.ingestion.page import Page, Stored
from crawler.ingestion.stories.linking import link, reseat
from crawler.outcomes import NEVER_FETCHED, Outcome
from sql.database import Database
from sql.errors import DatabaseError
from sql.patience import patiently

log = structlog.get_logger("crawler.ingestion.writer")

_MAX_ROWS = 200
_MAX_WAIT_SECONDS = 0.5
_MAY_BE_NEW = frozenset({Outcome.NEW, Outcome.CHANGED})


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
                results = _matched(pages, stored)
                await self._link(results)
                _settle(batch, results)

    async def _link(self, results: Sequence[tuple[Page, Stored | None]]) -> None:
        """Find the stories of what was new in a batch, and what of it is older than was thought.

        If that fails, maintenance links what is new later.
        """
        bodies = {
            stored.article_id: page.article.article_body
            for page, stored in results
            if stored and stored.article_id and page.article and stored.outcome in _MAY_BE_NEW
        }
        known = {
            stored.article_id
            for _, stored in results
            if stored and stored.article_id and stored.outcome not in _MAY_BE_NEW
        }
        try:
            if bodies:
                await link(self._database, bodies)
            if known:
                await reseat(self._database, known)
        except DatabaseError as error:
            log.warning("linking.failed", num_articles=len(bodies), error=str(error))
        except Exception:
            # The batch is stored, and stays so whatever we meet here.
            log.exception("linking.failed", num_articles=len(bodies))

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


def _matched(pages: Sequence[Page], stored: Sequence[Stored]) -> list[tuple[Page, Stored | None]]:
    """Every page with what became of it: nothing if its run was no longer ours."""
    results = iter(stored)
    result = next(results, None)
    matched: list[tuple[Page, Stored | None]] = []
    for page in pages:
        if result is not None and (result.page.visit, result.page.url) == (page.visit, page.url):
            matched.append((page, result))
            result = next(results, None)
        else:
            matched.append((page, None))
    return matched


def _settle(
    batch: Sequence[tuple[Page, asyncio.Future[Stored | None]]], results: Sequence[tuple[Page, Stored | None]]
) -> None:
    for (page, future), (_, stored) in zip(batch, results, strict=True):
        if stored is None:
            log.warning("page.discarded", **_context(page), error="its run was taken up by another worker")
        else:
            log_page(stored)
        if not future.done():  # nobody may be waiting any more
            future.set_result(stored)


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
        "edit_kind": stored.edit_kind,
        "gone": stored.is_gone,
    }
    level = log.warning if stored.outcome is Outcome.FAILED else log.info
    event = "link.rejected" if stored.reason in NEVER_FETCHED else "page.finished"
    level(event, **_context(page), **{key: value for key, value in fields.items() if value is not None})
    if stored.num_crashes:
        why = {"reason": stored.reason, "detail": page.detail, "num_attempts": stored.num_crashes}
        log.warning("page.quarantined", **_context(page), **why)


def _context(page: Page) -> dict[str, Any]:
    return {"source": page.visit.source, "run_id": str(page.visit.run_id), "url": page.url}
