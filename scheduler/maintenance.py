"""What has to be done to the database every now and then, by one process at a time, beside everything else."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.ingestion.stories.linking import link_some
from crawler.ingestion.upkeep.rehash import Rehash
from crawler.ingestion.upkeep.retention import Retention
from crawler.search.indexing import index_some
from sql.advisory import MAINTAIN, tried
from sql.database import Database, open_database
from sql.errors import DatabaseError
from sql.partitions import make_months

if TYPE_CHECKING:
    from crawler.configuration import RetentionSettings

log = structlog.get_logger("scheduler.maintenance")

SLICE_SECONDS = 10.0
_MOST_LINKED = 100  # articles that a turn looks for the stories of

Duty = Callable[[], Awaitable[object]]
"""Works for a fraction of a second, beside loading workers; true if there may be more to do."""


class Maintenance:
    """The duties of one process, which remember how far they came."""

    def __init__(self, database: Database, url: str, settings: "RetentionSettings") -> None:
        self._database = database
        self._url = url
        self._retention = Retention(database, settings)
        self._rehash = Rehash(database)

    def duties(self, now: datetime) -> dict[str, Duty]:
        """All duties by name, in the order in which they take turns."""
        return {
            "months": partial(make_months, self._database, now),
            "pages": partial(self._retention.drop_pages, now),
            "runs": partial(self._retention.delete_runs, now),
            "records": partial(self._retention.delete_records, now),
            "sketches": partial(self._retention.drop_sketches, now),
            "articles": partial(self._retention.expire_articles, now),
            "stories": partial(link_some, self._database, limit=_MOST_LINKED),
            "texts": self._rehash.work,
            "words": partial(index_some, self._database),
        }

    async def work(self, seconds: float = SLICE_SECONDS) -> None:
        """Do what there is to do, for about ``seconds``; nothing if another process is at it.

        A duty that fails costs the others nothing, and is tried again at the next call.

        Raises:
            DatabaseError: the database cannot be reached.
        """
        async with tried(self._url, MAINTAIN, application_name="tidings maintenance") as ours:
            if ours:
                before = self._retention.deleted.copy()
                await _take_turns(self.duties(await _now(self._database)), time.monotonic() + seconds)
                _tell(self._retention.deleted - before)


async def prepare(url: str) -> None:
    """Make the months of a database that has just been migrated, unless another process is at it.

    If something is in the way, the log says so, and the first maintenance makes them.

    Raises:
        DatabaseError: the database cannot be reached.
    """
    async with (
        tried(url, MAINTAIN, application_name="tidings maintenance") as ours,
        open_database(url, application_name="tidings maintenance") as database,
    ):
        if ours:
            await _do("months", partial(make_months, database, await _now(database)))


async def _now(database: Database) -> datetime:
    """The earlier of our clock and the database's: none that has jumped ahead alone deletes anything."""
    ((row),) = await database.fetch("read_clock")
    moment: datetime = row["now"]
    return min(datetime.now(UTC), moment)


async def _take_turns(duties: dict[str, Duty], deadline: float) -> None:
    while duties:
        for name, duty in list(duties.items()):
            if time.monotonic() >= deadline:
                return
            if not await _do(name, duty):
                del duties[name]


async def _do(name: str, duty: Duty) -> bool:
    """Whether the duty may have more to do."""
    try:
        return bool(await duty())
    except DatabaseError as error:
        log.warning("duty.failed", duty=name, error=str(error))
    except Exception:
        # A duty's boundary: the others must outlive whatever one of them meets.
        log.exception("duty.failed", duty=name)
    return False


def _tell(deleted: Counter[str]) -> None:
    if deleted:
        log.info("retention.applied", **deleted)
