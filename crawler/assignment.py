"""What one run works with. It travels on Scrapy's crawler object, since Scrapy copies its settings deeply."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from crawler.document import Poll
from crawler.download.breaker import Breaker
from crawler.ingestion.page import Page, Visit
from crawler.intervals.gap import Gap
from crawler.rules import Rules
from crawler.source import Source

if TYPE_CHECKING:
    from crawler.download.browser import Browser
    from crawler.download.pace import Pace
    from crawler.download.rules import RobotsCache
    from crawler.ingestion.boilerplate import Boilerplate
    from crawler.ingestion.writer import BatchWriter
    from crawler.reader import ReaderProcess
    from sql.database import Database


@dataclass(slots=True)
class Tally:
    """What a run has met that no page row tells."""

    num_links: int = 0
    num_known: int = 0
    num_lost: int = 0
    """Pages that could not be stored, and not because the database was away."""
    polls: list[Poll] = field(default_factory=list)
    """Every request for a feed, sitemap or listing."""
    gaps: list[Gap] = field(default_factory=list)
    """Feeds of which nothing is left that they listed before."""
    hosts: set[str] = field(default_factory=set)
    """Hosts that have answered."""
    is_broken: bool = False
    """Whether we broke while looking for links: a defect of ours."""
    obstacle: str | None = None
    """In a word, why the run could not even begin."""
    is_timed_out: bool = False
    """Whether its time was up before it had visited all that it wanted to."""
    is_superseded: bool = False
    """Whether another worker has taken it up: whatever we still fetch for it is dropped."""
    num_ruled: int = 0
    """Articles that were read by rules of the source."""
    missed_rules: Counter[str] = field(default_factory=Counter)
    """On how many of those the rule for a field found nothing."""

    def count_rules(self, rules: Rules | None, missed: Iterable[str], *, is_article: bool) -> None:
        """Count a page that was read. Only on articles is a rule expected to find anything."""
        if rules is not None and is_article:
            self.num_ruled += 1
            self.missed_rules.update(missed)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt at one run: which source, on whose behalf, and through which of the process's shared parts."""

    source: Source
    visit: Visit
    revisit: bool
    database: "Database"
    writer: "BatchWriter"
    reader: "ReaderProcess"
    pace: "Pace"
    robots: "RobotsCache"
    browser: "Browser"
    agent: str
    """Our name, as publishers address it (see :func:`crawler.download.agents.product_token`)."""
    heeded: frozenset[str]
    """The opt-outs that are obeyed."""
    boilerplate: "Boilerplate"
    """What recurs across the source's pages."""
    changed_at: datetime
    """When what the operator says of the source was changed last."""
    due_at: datetime | None
    """The source's next slot; None if it has none, for it is switched off."""
    learned_every: timedelta | None = None
    """The interval that an adaptive source has come to so far."""
    is_of_timetable: bool = True
    """Whether a slot has come, rather than a command."""
    tally: Tally = field(default_factory=Tally)
    breaker: Breaker = field(default_factory=Breaker)
    _pending: set[asyncio.Future[Any]] = field(default_factory=set)

    @property
    def log_context(self) -> dict[str, str]:
        """What every line of this run carries."""
        return {"source": self.source.name, "run_id": str(self.visit.run_id)}

    @contextmanager
    def logged(self) -> Iterator[None]:
        """Every line logged within carries this run's context, across tasks, callbacks and threads."""
        with structlog.contextvars.bound_contextvars(**self.log_context):
            yield

    async def store(self, page: Page) -> None:
        """Hand a page to the writer; waits while the database is behind."""
        future = await self.writer.put(page)
        self._pending.add(future)
        future.add_done_callback(self._stored)
        await self.boilerplate.learn()  # may wait for the database: the page is on disk by now

    async def all_stored(self) -> None:
        """Wait until everything handed over is stored, or has failed to be."""
        if self._pending:
            await asyncio.wait(self._pending)

    def _stored(self, future: asyncio.Future[Any]) -> None:
        self._pending.discard(future)
        if future.cancelled():
            return
        if future.exception() is not None:
            self.tally.num_lost += 1
        elif stored := future.result():
            self.boilerplate.count(stored)
        else:
            self.tally.is_superseded = True
