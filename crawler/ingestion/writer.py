"""Gathers the pages of all runs in this process into batches, and sees each batch into the database."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from crawler import metrics
from crawler.ingestion.arrivals import number_arrivals
from crawler.ingestion.loading import load
from crawler.ingestion.loading.claims import published_before
from crawler.ingestion.page import Page, Stored
from crawler.ingestion.page_record import BadRecordError
from crawler.ingestion.spool import Place, Spool
from crawler.ingestion.stories.linking import link, reseat
from crawler.meter import meter
from crawler.outcomes import NEVER_FETCHED, Outcome
from sql.database import Database
from sql.errors import ConflictError, DatabaseError, SchemaError
from sql.patience import patiently, voice

log = structlog.get_logger("crawler.ingestion.writer")

_MAX_ROWS = 200
_MAX_WAIT_SECONDS = 0.5
_MOST_HELD = 2 * _MAX_ROWS  # pages in memory; those after them wait on disk alone
_FULL_SECONDS = 1.0  # after which a spool that was full is looked at again: other processes fill it, too
_PATIENCE_SECONDS = 30.0  # with another process that stores what was left; it may be frozen
_POLL_SECONDS = 0.1
_BACKLOG = timedelta(days=1)  # what was older than this when we found it does not tell how fast we are
_MAY_BE_NEW = frozenset({Outcome.NEW, Outcome.CHANGED})
_ARRIVES = _MAY_BE_NEW | {Outcome.DUPLICATE}


@dataclass(slots=True, eq=False)
class _Waiting:
    """A page that was handed over: in memory, on disk, or both."""

    future: asyncio.Future[Stored | None]
    page: Page | None
    place: Place | None


class BatchWriter:
    """One per process. Pages wait for the database on disk, and the first few hundred in memory as well.

    Once the spool has as much as it may, whoever fetches waits with them. Where there is none, or its disk takes
    nothing, that is so as soon as the memory has.
    """

    def __init__(self, database: Database, spool: Spool | None = None) -> None:
        self._database = database
        self._spool = spool
        voice.facts = self._facts
        self._waiting: deque[_Waiting] = deque()
        self._num_held = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, page: Page) -> asyncio.Future[Stored | None]:
        """Hand over a page; waits while there is no room for it.

        The future is done when the page is stored; None means its run was no longer ours.
        """
        place = await self._keep(page)
        is_held = place is None or self._num_held < _MOST_HELD
        return self._line_up(page if is_held else None, place)

    async def take_over(self) -> None:
        """Store what processes that are gone have left in the spool; return when no process is at that any more.

        To be done before a run is taken up: a page that an earlier attempt has fetched is then known to the next.
        """
        if self._spool is None:
            return
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            if places := await asyncio.to_thread(self._spool.take_over):
                num_bytes = sum(place.num_bytes for place in places)
                log.info("spool.taken_over", num_pages=len(places), num_bytes=num_bytes)
                await asyncio.gather(*[self._line_up(None, place) for place in places], return_exceptions=True)
            if not self._spool.is_anything_left or asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def run(self) -> None:
        """Store batches until cancelled; cancel it when no run is under way."""
        while True:
            await self._store(await self._next_batch())
            self._room.set()

    def _facts(self) -> dict[str, Any]:
        """What a reminder of a database that is away tells of the pages that wait for it."""
        return {"num_pages": self.num_waiting, "num_bytes": self.num_spooled_bytes}

    @property
    def num_waiting(self) -> int:
        """How many pages wait for the database."""
        return len(self._waiting)

    @property
    def num_spooled_bytes(self) -> int:
        """What the spool of this process has on disk."""
        return self._spool.num_bytes if self._spool else 0

    async def _keep(self, page: Page) -> Place | None:
        """Where the page is kept on disk; None if it has to be in memory alone."""
        while True:
            if self._spool is None or self._spool.is_failing:
                if self._num_held < _MOST_HELD:
                    return None
            elif not self._spool.is_full:
                if place := self._spool.append(page):
                    return place
                continue
            self._room.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_FULL_SECONDS):
                    await self._room.wait()

    def _line_up(self, page: Page | None, place: Place | None) -> asyncio.Future[Stored | None]:
        future: asyncio.Future[Stored | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(future, page, place))
        self._num_held += page is not None
        self._arrived.set()
        return future

    async def _next_batch(self) -> list[_Waiting]:
        """Up to 200 pages, those that have waited longest; fewer if no more come within half a second."""
        await self._until(1)
        with suppress(TimeoutError):
            async with asyncio.timeout(_MAX_WAIT_SECONDS):
                await self._until(_MAX_ROWS)
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _MAX_ROWS))]

    async def _until(self, num_waiting: int) -> None:
        while len(self._waiting) < num_waiting:
            self._arrived.clear()
            await self._arrived.wait()

    async def _store(self, batch: Sequence[_Waiting]) -> None:
        found = await self._read(batch)
        pages = [page for page in found if isinstance(page, Page)]
        stored = await self._results(pages) if pages else ()
        results = iter(stored)
        self._settle(batch, [next(results) if isinstance(page, Page) else page for page in found])
        await self._number(stored)

    async def _read(self, batch: Sequence[_Waiting]) -> Sequence[Page | Exception]:
        """The pages of a batch, from disk where they are there alone; an error for one that cannot be read."""
        if all(waiting.page for waiting in batch):
            return [waiting.page for waiting in batch if waiting.page]
        return await asyncio.to_thread(lambda: [waiting.page or self._page_at(waiting.place) for waiting in batch])

    def _page_at(self, place: Place | None) -> Page | Exception:
        if self._spool is None or place is None:
            raise AssertionError("a page waits in memory or on disk")
        try:
            return self._spool.read(place)
        except (BadRecordError, OSError) as error:
            log.error("spool.damaged", file=str(place.segment.path), error=str(error))  # noqa: TRY400 (one line says it all)
            return error

    async def _results(self, pages: Sequence[Page]) -> Sequence[Stored | Exception | None]:
        """What became of these pages."""
        try:
            stored = await patiently(
                partial(self._load, pages),
                f"a batch of {len(pages)} pages",
                # No defect of these pages, but a state of the database that somebody will mend.
                also=(ConflictError, SchemaError),
            )
        except Exception as error:
            # The batch's boundary: its runs are told, and the next batch is stored all the same.
            log.exception("batch.failed", num_pages=len(pages))
            return [error] * len(pages)
        results = _matched(pages, stored)
        await self._link(results)
        for page, result in results:
            _log(page, result)
            _count(page, result)
        return [result for _, result in results]

    async def _load(self, pages: Sequence[Page]) -> Sequence[Stored]:
        began = asyncio.get_running_loop().time()
        stored = await load(self._database, pages)
        meter.observe(metrics.LOADING, asyncio.get_running_loop().time() - began)
        return stored

    def _settle(self, batch: Sequence[_Waiting], results: Sequence[Stored | Exception | None]) -> None:
        """Forget pages of which we know what became, and tell who waits for that."""
        if self._spool:
            self._spool.settle(waiting.place for waiting in batch if waiting.place)
        self._num_held -= sum(waiting.page is not None for waiting in batch)
        for waiting, result in zip(batch, results, strict=True):
            if waiting.future.done():  # nobody waits any more
                continue
            if isinstance(result, Exception):
                waiting.future.set_exception(result)
            else:
                waiting.future.set_result(result)

    async def _number(self, results: Sequence[Stored | Exception | None]) -> None:
        """Have readers see what has arrived. Where that fails, whoever leads sees to it within a second."""
        if any(isinstance(result, Stored) and result.outcome in _ARRIVES for result in results):
            with suppress(DatabaseError):
                await number_arrivals(self._database)

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


def _log(page: Page, stored: Stored | None) -> None:
    if stored is None:
        log.warning("page.discarded", **_context(page), error="its run was taken up by another worker, or is over")
    else:
        log_page(stored)


def _count(page: Page, stored: Stored | None) -> None:
    if stored is None:
        meter.count(metrics.PAGES_DISCARDED)
        return
    meter.count(metrics.PAGES, stored.outcome, stored.reason)
    if stored.outcome in _MAY_BE_NEW or stored.outcome is Outcome.DUPLICATE:
        meter.count(metrics.ARTICLES, stored.outcome)
    if stored.outcome is Outcome.NEW and meter.is_open and (age := _age(page)) is not None:
        meter.observe(metrics.FRESHNESS, age.total_seconds())


def _age(page: Page) -> timedelta | None:
    """How long ago an article was published, by a date with a time of day that can be believed."""
    claimed = page.article.date_published if page.article else None
    if claimed is None or claimed != published_before(page):
        return None
    age = datetime.now(UTC) - claimed
    return age if timedelta(0) <= age <= _BACKLOG else None


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
