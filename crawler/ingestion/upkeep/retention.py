"""Deletes what is older than the operator keeps it, a batch at a time."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from crawler.ingestion.identity import HASH_VERSION
from crawler.ingestion.upkeep.expiry import expire
from sql.database import AsyncConnection, Database, execute, fetch
from sql.partitions import Month, drop_month, list_months

if TYPE_CHECKING:
    from crawler.configuration import RetentionSettings

SKETCHES_KEPT = timedelta(days=30)
"""So long a text is compared with later ones; a rewrite of last month's news is news."""

# A batch of articles locks its URLs against loading: about as many as a batch of pages does.
_ARTICLES_AT_ONCE = 200
_RUNS_AT_ONCE = 50
_ROWS_AT_ONCE = 5000
_FIRST = (datetime.min.replace(tzinfo=UTC), 0)


@dataclass(frozen=True, slots=True)
class Horizons:
    """Since when things are kept; None for ever."""

    articles: datetime | None
    """Seen at one of their URLs."""
    pages: datetime | None
    """Visits, requests for documents, and runs: the beginning of a month."""
    sketches: datetime

    @classmethod
    def of(cls, settings: "RetentionSettings", now: datetime) -> "Horizons":
        """What the operator's settings come to at this moment."""
        return cls(
            now - settings.articles if settings.articles != "forever" else None,
            Month.of(now - settings.pages).start if settings.pages != "forever" else None,
            now - SKETCHES_KEPT,
        )


class Retention:
    """What there is to delete, for as long as one process sees to it.

    Every method deletes one batch, and says whether there may be another.
    """

    def __init__(self, database: Database, settings: "RetentionSettings") -> None:
        self.deleted: Counter[str] = Counter()
        """How many rows of each kind so far."""
        self._database = database
        self._settings = settings
        self._place = _FIRST

    async def expire_articles(self, now: datetime) -> bool:
        """The next articles, in the order in which they were seen first, that were seen last too long ago.

        Those that are still seen are passed over, and looked at again when the last one has been.
        """
        before = Horizons.of(self._settings, now).articles
        if before is None:
            return False
        after, after_id = self._place
        params = {"before": before, "after": after, "after_id": after_id, "limit": _ARTICLES_AT_ONCE}
        old = await self._database.fetch("list_old_articles", params | {"hash_version": HASH_VERSION})
        is_last = len(old) < _ARTICLES_AT_ONCE
        self._place = _FIRST if is_last else (old[-1]["first_seen_at"], old[-1]["article_id"])
        if expired := [row["article_id"] for row in old if row["is_expired"]]:
            self.deleted += await expire(self._database, expired, before, now)
        return not is_last

    async def drop_pages(self, now: datetime) -> bool:
        """A month of visits, or of requests for documents, that is over in all.

        It stays as long as the run of an import that had visits in it: those may be of any time.
        """
        before = Horizons.of(self._settings, now).pages
        if before is None:
            return False
        for table in ("pages", "polls", "hourly_pages"):
            for month in await list_months(self._database, table):
                if month.start < before and not await self._is_imported(month, before):
                    await drop_month(self._database, table, month)
                    self.deleted["num_months"] += 1
                    return True
        return False

    async def _is_imported(self, month: Month, before: datetime) -> bool:
        params = {"start": month.start, "end": month.next.start, "before": before}
        return bool((await self._database.fetch("has_imported_pages", params))[0]["is_so"])

    async def delete_runs(self, now: datetime) -> bool:
        """The oldest runs, with what no month took of their visits and requests."""
        before = Horizons.of(self._settings, now).pages
        if before is None:
            return False
        async with self._database.transaction() as connection:
            params = {"before": before, "limit": _RUNS_AT_ONCE}
            old = [row["run_id"] for row in await fetch(connection, "list_old_runs", params)]
            if not old:
                return False
            runs = {"run_ids": old}
            num_pages = await _delete_pages(connection, old)
            num_polls = await execute(connection, "delete_old_polls", runs)
            num_runs = await execute(connection, "delete_old_runs", runs)
        self.deleted += Counter(num_pages=num_pages, num_polls=num_polls, num_runs=num_runs)
        return True

    async def delete_records(self, now: datetime) -> bool:
        """Alarms that are over, and hours that no month took, as old as visits that go."""
        before = Horizons.of(self._settings, now).pages
        if before is None:
            return False
        params = {"before": before, "limit": _ROWS_AT_ONCE}
        num_alarms = await self._database.execute("delete_old_alarms", params)
        num_hours = await self._database.execute("delete_old_hours", params)
        self.deleted += Counter(num_alarms=num_alarms, num_hours=num_hours)
        return _ROWS_AT_ONCE in (num_alarms, num_hours)

    async def drop_sketches(self, now: datetime) -> bool:
        """A month of sketches that is over in all; else those that no month took."""
        before = Horizons.of(self._settings, now).sketches
        for month in await list_months(self._database, "sketches"):
            if month.next.start <= before:
                await drop_month(self._database, "sketches", month)
                self.deleted["num_months"] += 1
                return True
        params = {"before": before, "limit": _ROWS_AT_ONCE}
        num_sketches = await self._database.execute("delete_old_sketches", params)
        self.deleted += Counter(num_sketches=num_sketches)
        return num_sketches == _ROWS_AT_ONCE


async def _delete_pages(connection: AsyncConnection, run_ids: list[UUID]) -> int:
    found = await fetch(connection, "list_old_pages", {"run_ids": run_ids, "limit": _ROWS_AT_ONCE})
    if not found:
        return 0
    times = [row["fetched_at"] for row in found]
    params = {"page_ids": [row["page_id"] for row in found], "first": min(times), "last": max(times)}
    return await execute(connection, "delete_pages", params)
