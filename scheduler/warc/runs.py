"""Whose the pages of a WARC file are, and the run of each source that has some."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

from pydantic import ValidationError

from crawler.assignment import Assignment
from crawler.runs import Equipment, close_run, log_missed_rules, start_run, worker_name
from crawler.sites import site_of
from crawler.source import Source
from scheduler.sources import put, set_state
from sql.database import connect, rows
from sql.patience import patiently

_COUNTING_SECONDS = 3600.0  # one run may have millions of pages, which are counted at its end


class ImportRuns:
    """The runs of one import. A page belongs to the source whose site it is on, else to ``strays``."""

    def __init__(self, equipment: Equipment, url: str, strays: Source) -> None:
        self._equipment = equipment
        self._url = url
        self._strays = strays
        self._worker = worker_name()
        self._import_id = 0
        self._owners: dict[str, int] = {}
        self._strays_id: int | None = None
        self._open: dict[int, Assignment] = {}

    async def take_up(self, import_id: int) -> bool:
        """Begin, with the runs that a process which is gone has left open; says whether there are any."""
        self._import_id = import_id
        self._owners = await self._sites()
        left = await self._equipment.database.fetch("find_open_import_runs", {"import_id": import_id})
        for row in left:
            await self._start(row["run_id"])
        return bool(left)

    async def owner_of(self, url: str) -> Assignment:
        """The run that a page belongs to, opened if it is the first of its source."""
        source_id = self._owners.get(site_of(url), self._strays_id)
        if source_id is None:
            source_id = self._strays_id = int(await asyncio.to_thread(self._find_strays))
        if source_id not in self._open:
            run_id = uuid4()
            params = {
                "run_id": run_id,
                "source_id": source_id,
                "import_id": self._import_id,
                "now": datetime.now(UTC),
            }
            await self._equipment.database.execute("insert_import_run", params)
            await self._start(run_id)
        return self._open[source_id]

    async def close(self, cut_short: str | None) -> None:
        """Close all runs; ``cut_short`` says in a word what ended them before their time."""
        outcome = "aborted" if cut_short else "succeeded"
        for assignment in self._open.values():
            await patiently(partial(self._close, assignment, outcome, cut_short), "the end of an import")
        self._open.clear()

    async def _close(self, assignment: Assignment, outcome: str, reason: str | None) -> None:
        async with self._equipment.database.transaction(answer_seconds=_COUNTING_SECONDS) as connection:
            if await close_run(connection, assignment.visit, outcome, reason):
                log_missed_rules(assignment.visit, assignment.tally)

    async def _start(self, run_id: UUID) -> None:
        assignment = await start_run(self._equipment, run_id, worker=self._worker)
        if assignment is not None:
            self._open[assignment.visit.source_id] = assignment

    async def _sites(self) -> dict[str, int]:
        """The sources by their sites; of several with one site the first by name has it."""
        owners: dict[str, int] = {}
        for row in await self._equipment.database.fetch("list_sources"):
            try:
                source = Source.model_validate(row["definition"])
            except ValidationError:  # of another version: the dispatcher complains of it
                continue
            for site in source.sites:
                owners.setdefault(site, row["source_id"])
        return owners

    def _find_strays(self) -> int:
        """The source of the pages that no other owns; made, and left off the timetable, if there is none yet."""
        with connect(self._url) as connection:
            named = {"name": self._strays.name}
            if not rows(connection, "find_source", named):
                put(connection, self._strays, origin="command")
                set_state(connection, self._strays.name, "disabled")
            return int(rows(connection, "find_source", named)[0]["source_id"])
