"""Opens a run and closes it: the first and the last thing that happens to a source in a visit."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from crawler import health, logs, metrics
from crawler.access import Access, resolve_access
from crawler.assignment import Assignment, Tally
from crawler.download.agents import product_token
from crawler.download.browser import REASON_MISSING, Browser, BrowserMissingError
from crawler.download.pace import Pace
from crawler.download.rules import RobotsCache
from crawler.ingestion.boilerplate import Boilerplate
from crawler.ingestion.documents import record_polls
from crawler.ingestion.page import Visit
from crawler.ingestion.rhythm import rhythm_for
from crawler.ingestion.spool import Spool
from crawler.ingestion.writer import BatchWriter
from crawler.intervals.timing import Timing, learn_timing
from crawler.meter import meter
from crawler.outcomes import NEVER_FETCHED
from crawler.reader import ReaderProcess
from crawler.references import SecretMissingError
from crawler.source import Source
from sql.database import AsyncConnection, Database, clock, execute, fetch
from sql.embedded.layout import default_data_dir
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.configuration import Configuration

log = structlog.get_logger("crawler.runs")


class Equipment:
    """What all runs of a process share: the database and what is learned for all of them."""

    def __init__(self, database: Database, configuration: "Configuration", spool: Spool | None = None) -> None:
        crawl = configuration.crawl
        self.database = database
        self.writer = BatchWriter(database, spool)
        self.reader = ReaderProcess(crawl.extraction_timeout.total_seconds(), crawl.worker_memory)
        self.pace = Pace(database)
        self.robots = RobotsCache()
        self.browser = Browser(crawl.browser)
        self.user_agent = crawl.user_agent
        self.heeded = frozenset(crawl.obey_opt_outs)


@asynccontextmanager
async def open_equipment(
    database: Database, configuration: "Configuration", *, spooled: bool = True
) -> AsyncIterator[Equipment]:
    """Equipment whose writer runs, and has stored what was left in the spool; leave only when no run is under way.

    Not ``spooled``, pages wait in memory alone: for what is read from a file, and can be read again.
    """
    spool = _spool_of(database, configuration) if spooled else None
    equipment = Equipment(database, configuration, spool)
    equipment.reader.start()
    async with asyncio.TaskGroup() as group:  # should the writer ever end, so does all that relies on it
        writing = group.create_task(equipment.writer.run(), name="batch writer")
        try:
            await equipment.writer.take_over()
            yield equipment
        finally:
            writing.cancel()
            if spool is not None:
                spool.close()
            equipment.reader.close()
            await equipment.browser.close()


def _spool_of(database: Database, configuration: "Configuration") -> Spool:
    settings = configuration.crawl
    folder = settings.spool_dir or (configuration.database.data_dir or default_data_dir()) / "spool"
    return Spool(folder, settings.spool_max_bytes, database=database.address)


def worker_name() -> str:
    """A name for this process that no other has: host and process numbers come again, in containers at once."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


async def start_run(equipment: Equipment, run_id: UUID, *, worker: str) -> Assignment | None:
    """Take up a run; None if it is finished already.

    What a worker that is gone has fetched for it is stored before, or its pages would be asked for again.
    """
    await equipment.writer.take_over()
    params = {"run_id": run_id, "worker": worker}
    rows = await patiently(partial(equipment.database.fetch, "start_run", params), "the start of a run")
    if not rows:
        return None
    row = rows[0]
    source = Source.model_validate(row["definition"])
    rhythm = rhythm_for(row["edit_rate"]) if source.revisit else ()
    visit = Visit(run_id, row["attempt"], row["source_id"], source.name, source.zone, rhythm)
    boilerplate = Boilerplate(equipment.database, visit)
    await patiently(boilerplate.read, "the boilerplate of a source")
    assignment = Assignment(
        source,
        visit,
        row["revisit"],
        equipment.database,
        equipment.writer,
        equipment.reader,
        equipment.pace,
        equipment.robots,
        equipment.browser,
        product_token(source.user_agent or equipment.user_agent),
        equipment.heeded,
        boilerplate,
        row["updated_at"],
        row["due_at"],
        row["learned_every"],
        row["trigger"] == "timetable",
    )
    if visit.attempt == 1:
        meter.observe(metrics.START_DELAY, max((row["started_at"] - row["queued_at"]).total_seconds(), 0.0))
    log.info("run.started", **assignment.log_context, attempt=visit.attempt, trigger=row["trigger"])
    return assignment


def find_access(assignment: Assignment) -> Access | None:
    """What the source is asked with; None if a secret or the browser is missing, for which the run then fails.

    From here on the log knows the secrets, to cut them out.
    """
    try:
        access = resolve_access(assignment.source)
        if assignment.source.javascript:
            assignment.browser.check()
    except (SecretMissingError, BrowserMissingError) as error:
        reason = REASON_MISSING if isinstance(error, BrowserMissingError) else "secret_missing"
        assignment.tally.obstacle = reason
        log.error("run.refused", **assignment.log_context, reason=reason, error=str(error))  # noqa: TRY400
        return None
    logs.keep_secret(access.secrets)
    return access


async def finish_run(assignment: Assignment, *, cut_short: str | None = None) -> None:
    """Close a run and free its source.

    ``cut_short`` says in a word what ended it before its time: ``error``, or ``shutdown``, after which the source
    is due again at once.
    """
    tally = assignment.tally
    await assignment.all_stored()  # of a run that was cut short, too
    if cut_short is None and tally.is_broken:
        cut_short = "error"
    outcome, reason = ("aborted", cut_short) if cut_short else _verdict(tally)
    await assignment.pace.remember(tally.hosts)
    await assignment.boilerplate.learn(at_last=True)

    async def close() -> bool:
        async with assignment.database.transaction() as connection:
            again = cut_short == "shutdown"
            return await close_run(
                connection, assignment.visit, outcome, reason, assignment=assignment, again=again
            )

    if not await patiently(close, "the end of a run"):
        log.warning("run.superseded", **assignment.log_context, attempt=assignment.visit.attempt)


async def close_run(
    connection: AsyncConnection,
    visit: Visit,
    outcome: str,
    reason: str | None,
    *,
    assignment: Assignment | None = None,
    again: bool = False,
) -> bool:
    """Close a run with what its pages came to, in the caller's transaction; False if another attempt has it."""
    tally = assignment.tally if assignment else Tally()
    now = await clock(connection)
    params = {
        "run_id": visit.run_id,
        "attempt": visit.attempt,
        "now": now,
        "outcome": outcome,
        "reason": reason,
        "num_links": tally.num_links,
        "num_known": tally.num_known,
        "never_fetched": [str(reason) for reason in NEVER_FETCHED],
    }
    await execute(connection, "lock_run", {"run_id": visit.run_id})
    rows = await fetch(connection, "finish_run", params)
    if not rows:
        return False
    conclusive = outcome in {"succeeded", "partial"} or (outcome == "failed" and not tally.num_lost)
    await record_polls(connection, visit.run_id, tally.polls, conclusive=conclusive)
    timing = await _watch(connection, assignment, outcome, now) if assignment else None
    await health.settle(
        connection,
        visit,
        outcome,
        reason,
        every=_interval(assignment.source, timing) if assignment else None,
        due_after=health.not_before(assignment, now) if assignment else None,
        again=again,
        edits=_edits(assignment, rows[0]),
        timing=timing,
        changed_at=assignment.changed_at if assignment else None,
    )
    log_missed_rules(visit, tally)
    _log_finished(visit, rows[0], tally, now)
    return True


async def _watch(
    connection: AsyncConnection, assignment: Assignment, outcome: str, now: datetime
) -> Timing | None:
    """Raise or clear the alarm for gaps, and learn when to ask next; not from a run that was cut short."""
    if outcome == "aborted":
        return None
    await health.watch_gaps(connection, assignment, now)
    return await learn_timing(connection, assignment, is_good=outcome != "failed", now=now)


def _interval(source: Source, timing: Timing | None) -> timedelta | None:
    """What doubles with failures; None where only the slots tell, as of cron."""
    if timing:
        return timing.every
    return source.interval or (None if source.cron else health.DEFAULT_EVERY)


def _edits(assignment: Assignment | None, counts: dict[str, Any]) -> tuple[int, int]:
    """How many visits to known articles a run made in their rhythm, and how many of them found another text."""
    if assignment is None or assignment.revisit:
        return 0, 0
    return counts["num_changed"] + counts["num_unchanged"], counts["num_changed"]


def log_missed_rules(visit: Visit, tally: Tally) -> None:
    """Say once a run and field that a rule found nothing: a warning where it found nothing on any page."""
    for field, num_pages in sorted(tally.missed_rules.items()):
        level = log.warning if num_pages == tally.num_ruled else log.info
        facts = {"field": field, "num_pages": num_pages, "num_read": tally.num_ruled}
        level("rule.missed", source=visit.source, run_id=str(visit.run_id), **facts)


def _verdict(tally: Tally) -> tuple[str, str | None]:
    if tally.obstacle:
        return "failed", tally.obstacle
    if tally.num_lost:
        return "failed", "not_stored"
    if tally.is_timed_out:
        return "partial", "timed_out"
    if not tally.polls:
        return "failed", "no_feed_found"
    reasons = [poll.reason for poll in tally.polls if poll.reason]
    if not reasons:
        return "succeeded", None
    return ("partial" if len(reasons) < len(tally.polls) else "failed"), reasons[0]


def _log_finished(visit: Visit, row: dict[str, Any], tally: Tally, now: datetime) -> None:
    row["damage"] = [f"{poll.document.url}: {poll.damage}" for poll in tally.polls if poll.damage] or None
    started_at = row.pop("started_at")
    if started_at is not None:
        row["duration_ms"] = round((now - started_at).total_seconds() * 1000)
        meter.observe(metrics.RUN, row["duration_ms"] / 1000)
    meter.count(metrics.RUNS, row["outcome"])
    for poll in tally.polls:
        meter.count(metrics.POLLS, poll.outcome)
    facts = {key: value for key, value in row.items() if value is not None}
    level = log.info if row["outcome"] == "succeeded" else log.warning
    level("run.finished", source=visit.source, run_id=str(visit.run_id), **facts)
