"""Opens a run and closes it: the first and the last thing that happens to a source in a visit."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from crawler.assignment import Assignment, Tally
from crawler.extraction.thread import ExtractionThread
from crawler.ingestion.page import Visit
from crawler.ingestion.writer import BatchWriter
from crawler.outcomes import NEVER_FETCHED
from crawler.source import Source
from sql.database import Database, execute, fetch

if TYPE_CHECKING:
    from crawler.configuration import Configuration

log = structlog.get_logger("crawler.runs")


class Equipment:
    """What all runs of a process share: the database, the batch writer and the extraction thread."""

    def __init__(self, database: Database, configuration: "Configuration") -> None:
        self.database = database
        self.writer = BatchWriter(database)
        self.reader = ExtractionThread(configuration.crawl.extraction_timeout.total_seconds())


@asynccontextmanager
async def open_equipment(database: Database, configuration: "Configuration") -> AsyncIterator[Equipment]:
    """Equipment whose writer runs; leave only when no run is under way."""
    import asyncio

    equipment = Equipment(database, configuration)
    writing = asyncio.create_task(equipment.writer.run(), name="batch writer")
    try:
        yield equipment
    finally:
        writing.cancel()
        equipment.reader.close()


async def start_run(equipment: Equipment, run_id: UUID, *, worker: str) -> Assignment | None:
    """Take up a run; None if it is finished already."""
    params = {"run_id": run_id, "worker": worker, "now": datetime.now(UTC)}
    rows = await equipment.database.fetch("start_run", params)
    if not rows:
        return None
    row = rows[0]
    source = Source.model_validate(row["definition"])
    visit = Visit(run_id, row["attempt"], row["source_id"], source.name)
    assignment = Assignment(source, visit, row["revisit"], equipment.database, equipment.writer, equipment.reader)
    log.info("run.started", **assignment.log_context, attempt=visit.attempt, trigger=row["trigger"])
    return assignment


async def finish_run(assignment: Assignment, *, cut_short: str | None = None) -> str:
    """Close a run, free its source, and return the outcome.

    ``cut_short`` says in a word what ended it before its time (``shutdown``, ``error``); such a source is due
    again at once.
    """
    visit = assignment.visit
    outcome, reason = ("aborted", cut_short) if cut_short else _verdict(assignment.tally)
    params = {
        "run_id": visit.run_id,
        "attempt": visit.attempt,
        "now": datetime.now(UTC),
        "outcome": outcome,
        "reason": reason,
        "num_links": assignment.tally.num_links,
        "num_known": assignment.tally.num_known,
        "never_fetched": [str(reason) for reason in NEVER_FETCHED],
    }
    async with assignment.database.transaction() as connection:
        rows = await fetch(connection, "finish_run", params)
        if rows:
            again = cut_short == "shutdown"
            await execute(connection, "release_source", {**params, "again": again})
    if not rows:
        log.warning("run.superseded", **assignment.log_context, attempt=visit.attempt)
        return outcome
    _log_finished(assignment, rows[0])
    return outcome


def _verdict(tally: Tally) -> tuple[str, str | None]:
    failed = len(tally.document_errors)
    if not failed:
        return "succeeded", None
    return ("failed" if failed >= tally.num_documents else "partial"), tally.document_errors[0]


def _log_finished(assignment: Assignment, row: dict[str, Any]) -> None:
    started_at = row.pop("started_at")
    took = (datetime.now(UTC) - started_at).total_seconds()
    level = log.info if row["outcome"] == "succeeded" else log.warning
    level(
        "run.finished",
        **assignment.log_context,
        attempt=assignment.visit.attempt,
        duration_ms=round(took * 1000),
        **{key: value for key, value in row.items() if value is not None},
    )
