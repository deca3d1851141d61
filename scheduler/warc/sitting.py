"""Conducts the import of a WARC file: every page through the stages of a crawl, but for discovery and download.

An import is a run of each source that the file has pages of. Its resume point moves only over records whose pages
are stored; what was stored beyond it when a process was killed is recognised, and not stored again.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from psycopg.types.json import Jsonb

from crawler.article import Hints
from crawler.assignment import Assignment
from crawler.ingestion.page import Page, Stored
from crawler.reading import Verdict, read_response
from crawler.runs import Equipment
from crawler.warc.frames import WarcUnreadableError
from crawler.warc.records import ArchivedPage, Record, read_records
from crawler.warc.thread import RecordThread
from scheduler.warc.file import STDIN, identity, opened
from scheduler.warc.runs import ImportRuns
from sql.patience import patiently

log = structlog.get_logger("scheduler.warc.sitting")

_OK = 200
_CHECKPOINT_SECONDS = 2.0
_PROGRESS_SECONDS = 5.0


class WarcImportError(Exception):
    """A file cannot be read on; the message names it, and the offset."""


class SupersededError(Exception):
    """Another process has taken up the import of this file."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file: ``outcome`` is ``finished``, ``stopped``, or ``known`` if it was read before."""

    file: str
    outcome: str
    num_bytes: int | None
    next_offset: int
    records: dict[str, int]
    """How many records of which kind (see :class:`crawler.warc.records.Record`), earlier sittings counted in."""
    num_damaged: int
    """How many records this sitting found damaged or cut short."""
    sources: list[dict[str, Any]]
    """The counts of each source's run."""


class Import:
    """The import of one file, in one sitting."""

    def __init__(self, equipment: Equipment, runs: ImportRuns, path: Path, max_bytes: int) -> None:
        self._equipment = equipment
        self._database = equipment.database
        self._runs = runs
        self._path = path
        self._file = "-" if path == STDIN else str(path.resolve())
        self._max_bytes = max_bytes
        self._num_bytes: int | None = None
        self._import_id = 0
        self._next_offset = 0
        self._counts: Counter[str] = Counter()
        self._num_damaged = 0
        self._under_way: deque[tuple[Record, asyncio.Future[Stored | None] | None]] = deque()
        self._may_be_stored = False

    async def run(self, stopping: asyncio.Event, *, again: bool = False) -> Result:
        """Read the file from where it was left, to its end or until ``stopping`` is set.

        Raises:
            WarcImportError: it cannot be read; all before the offset that the message names is stored.
            ExtraMissingError: warcio is not installed.
            SupersededError: another process imports it.
            OSError: it cannot be opened.
        """
        with opened(self._path) as stream:
            if not await self._begin(stream, again=again):
                log.info("import.skipped", file=self._file)
                return await self._result("known")
            if self._next_offset:
                stream.seek(self._next_offset)
            log.info("import.started", file=self._file, offset=self._next_offset, num_bytes=self._num_bytes)
            cut_short: str | None = "error"
            try:
                await self._conduct(stream, stopping)
                cut_short = "shutdown" if stopping.is_set() else None
            finally:
                await self._runs.close(cut_short)
        result = await self._result("stopped" if cut_short else "finished")
        log.info("import.finished", file=self._file, outcome=result.outcome, offset=self._next_offset)
        return result

    async def _begin(self, stream: BinaryIO, *, again: bool) -> bool:
        """Find out where to begin; False if nothing is left to be read."""
        file_key, self._num_bytes = identity(stream) if self._path != STDIN else (None, None)
        now = datetime.now(UTC)
        params = {"file_key": file_key, "file": self._file, "num_bytes": self._num_bytes, "now": now}
        row = (await self._database.fetch("begin_import", params))[0]
        self._import_id = row["import_id"]
        if row["finished_at"] and again:
            await self._database.execute("restart_import", {"import_id": self._import_id, "now": now})
        else:
            self._next_offset, self._counts = row["next_offset"], Counter(row["records"])
        if row["finished_at"] and not again:
            return False
        self._may_be_stored = await self._runs.take_up(self._import_id)
        return True

    async def _conduct(self, stream: BinaryIO, stopping: asyncio.Event) -> None:
        records = read_records(stream, offset=self._next_offset, max_bytes=self._max_bytes)
        saved = told = time.monotonic()
        try:
            async for record in RecordThread(records, stopping).records():
                await self._take(record)
                self._advance()
                now = time.monotonic()
                if now - saved > _CHECKPOINT_SECONDS:
                    saved = now
                    await self._save()
                if now - told > _PROGRESS_SECONDS:
                    told = now
                    self._tell()
        except (WarcUnreadableError, OSError) as error:
            await self._settle()
            raise WarcImportError(f"{self._file}: at offset {self._next_offset:,}: {error}") from error
        await self._settle(finished=not stopping.is_set())

    async def _take(self, record: Record) -> None:
        """Hand the page of a record to the writer; waits while the database is behind."""
        if record.damage:
            self._num_damaged += 1
            log.warning("record.damaged", file=self._file, offset=record.offset, error=record.damage)
        future = await self._store(record.page) if record.page else None
        self._under_way.append((replace(record, page=None), future))

    async def _store(self, archived: ArchivedPage) -> asyncio.Future[Stored | None] | None:
        assignment = await self._runs.owner_of(archived.url)
        if self._may_be_stored and await self._is_stored(assignment, archived):
            return None
        self._may_be_stored = False  # pages are stored in the order of the file
        return await self._equipment.writer.put(await _visited(assignment, archived))

    async def _is_stored(self, assignment: Assignment, archived: ArchivedPage) -> bool:
        params = {"run_id": assignment.visit.run_id, "url": archived.url, "fetched_at": archived.fetched_at}
        return bool((await self._database.fetch("find_visit", params))[0]["is_stored"])

    def _advance(self) -> None:
        """Move the resume point over all that is stored."""
        while self._under_way:
            record, future = self._under_way[0]
            if future is not None:
                if not future.done():
                    return
                if future.result() is None:
                    raise SupersededError(f"{self._file}: another process has taken up its import")
            self._under_way.popleft()
            self._next_offset = record.end
            self._counts[record.kind] += 1

    async def _settle(self, *, finished: bool = False) -> None:
        """Wait until all that was read is stored, and keep how far that is."""
        waiting = [future for _, future in self._under_way if future is not None]
        if waiting:
            await asyncio.wait(waiting)
        self._advance()
        await self._save(finished=finished)

    async def _save(self, *, finished: bool = False) -> None:
        params = {
            "import_id": self._import_id,
            "next_offset": self._next_offset,
            "records": Jsonb(self._counts),
            "finished_at": datetime.now(UTC) if finished else None,
        }
        await patiently(partial(self._database.execute, "advance_import", params), "the point of an import")

    def _tell(self) -> None:
        log.info(
            "import.progressed",
            file=self._file,
            offset=self._next_offset,
            num_bytes=self._num_bytes,
            num_records=self._counts.total(),
            num_pages=self._counts["page"],
        )

    async def _result(self, outcome: str) -> Result:
        sources = await self._database.fetch("count_import", {"import_id": self._import_id})
        records = dict(self._counts)
        return Result(self._file, outcome, self._num_bytes, self._next_offset, records, self._num_damaged, sources)


@contextmanager
def quiet_pages() -> Iterator[None]:
    """Log of the pages only what failed: they come by the thousand a minute, and their table has all of them."""
    logger = logging.getLogger("crawler.ingestion.writer")
    before = logger.level
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


async def _visited(assignment: Assignment, archived: ArchivedPage) -> Page:
    verdict = Verdict(error=archived.error)
    if archived.error is None:
        verdict = await read_response(
            assignment,
            archived.body,
            archived.url,
            status=_OK,
            headers=archived.headers,
            hints=Hints(
                timezone=assignment.source.timezone, rules=assignment.source.rules_at(archived.fetched_at)
            ),
        )
    error = verdict.error
    return Page(
        assignment.visit,
        archived.url,
        archived.fetched_at,
        verdict.article,
        outcome=error.outcome if error else None,
        reason=error.reason if error else None,
        detail=error.detail if error else verdict.note,
        http_status=_OK,
        num_bytes=len(archived.body) or None,
        opt_outs=verdict.opt_outs,
        entry={"by": "import"},
        trace=verdict.trace or None,
        whole_body=verdict.whole_body,  # but no paragraphs: an archive teaches nothing of the site as it is
    )
