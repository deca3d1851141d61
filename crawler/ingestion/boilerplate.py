"""What recurs across a source's pages: kept in the database, learned while a run of the source goes on."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.ingestion.page import Stored, Visit
from crawler.ingestion.recurrence import WINDOW, Findings, Lesson, weigh
from crawler.outcomes import Outcome
from crawler.paragraphs import key_name, paragraph_key
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import DatabaseError
from sql.patience import patiently

log = structlog.get_logger("crawler.ingestion.boilerplate")

_LESSONS = 5  # new articles after which we look anew, as long as a source is new to us;
_LESSONS_LATER = WINDOW // 5  # later on what is there is known, and less is missed by waiting
_MOST_CHARACTERS = 300  # that are kept of a paragraph, for an operator to know it by
_MOST_UNLEARNED = 200  # paragraphs of a source that are kept for the record
_MOST_LOGGED = 100  # characters of a paragraph


class Boilerplate:
    """The recurring paragraphs of one run's source."""

    def __init__(self, database: Database, visit: Visit) -> None:
        self.known: frozenset[int] = frozenset()
        """The keys of what is dropped."""
        self._database = database
        self._visit = visit
        self._num_new = 0
        self._enough = _LESSONS

    async def read(self) -> None:
        """Look up what was learned by earlier runs."""
        rows = await self._database.fetch("list_known_boilerplate", {"source_id": self._visit.source_id})
        self.known = frozenset(row["paragraph_key"] for row in rows)

    def count(self, stored: Stored) -> None:
        """Take note of a page that was stored: new articles teach."""
        if stored.outcome is Outcome.NEW and stored.page.paragraphs:
            self._num_new += 1

    async def learn(self, *, at_last: bool = False) -> None:
        """Look at the source's latest articles anew, once some are new since we did; ``at_last`` even one.

        All it needs is in the database, so that what a process that died has not learned the next one will. A run
        does not fail for it.
        """
        if self._num_new < (1 if at_last else self._enough):
            return
        self._num_new = 0
        try:
            findings, texts = await patiently(partial(_learn, self._database, self._visit), "boilerplate")
        except DatabaseError:
            log.exception("boilerplate.failed", source=self._visit.source, run_id=str(self._visit.run_id))
            return
        self._enough = _LESSONS_LATER if findings.num_articles == WINDOW else _LESSONS
        self.known = frozenset((*findings.learned, *findings.confirmed))
        for key, count in findings.learned.items():
            log.info("boilerplate.learned", **self._facts(key, count, texts[key]))
        for key, count in findings.unlearned.items():
            log.info("boilerplate.unlearned", **self._facts(key, count, texts[key]))

    def _facts(self, key: int, num_articles: int, text: str) -> dict[str, Any]:
        return {
            "source": self._visit.source,
            "run_id": str(self._visit.run_id),
            "key": key_name(key),
            "num_articles": num_articles,
            "paragraph": text[:_MOST_LOGGED],
        }


async def _learn(database: Database, visit: Visit) -> tuple[Findings, dict[int, str]]:
    """What was found out, and stored, in one transaction, and the texts of all keys."""
    source = {"source_id": visit.source_id, "now": datetime.now(UTC)}
    async with database.transaction() as connection:
        states = await fetch(connection, "lock_boilerplate", source)
        lessons = [_lesson(row) for row in await fetch(connection, "list_lessons", source | {"limit": WINDOW})]
        known = {row["paragraph_key"] for row in states if row["state"] == "learned"}
        kept = {row["paragraph_key"] for row in states if row["state"] == "kept"}
        findings = weigh(lessons, known, kept)
        texts = {row["paragraph_key"]: row["paragraph"] for row in states}
        texts |= await _texts(connection, lessons, findings.learned.keys() - texts.keys())
        await _keep(connection, source, findings, lessons, texts)
    return findings, texts


def _lesson(row: dict[str, Any]) -> Lesson:
    lengths = dict(zip(row["paragraph_keys"], row["paragraph_lengths"], strict=True))
    return Lesson(row["article_id"], row["fetched_at"], lengths)


async def _texts(connection: AsyncConnection, lessons: list[Lesson], keys: set[int]) -> dict[int, str]:
    """The paragraphs that have just been learned: they stand in the articles that taught them."""
    if not keys:
        return {}
    latest = {next(lesson.article_id for lesson in lessons if key in lesson.lengths) for key in keys}
    bodies = await fetch(connection, "list_bodies", {"article_ids": list(latest)})
    lines = (line for row in bodies for line in row["article_body"].split("\n"))
    found = {paragraph_key(line): line[:_MOST_CHARACTERS] for line in lines}
    return {key: found.get(key, "") for key in keys}


async def _keep(
    connection: AsyncConnection,
    source: dict[str, Any],
    findings: Findings,
    lessons: list[Lesson],
    texts: dict[int, str],
) -> None:
    seen = {key: lesson.fetched_at for lesson in reversed(lessons) for key in lesson.lengths}
    counts = {**findings.learned, **findings.confirmed}
    recurring = [
        {
            "paragraph_key": key,
            "paragraph": texts[key],
            "num_articles": count,
            "last_seen_at": seen[key].isoformat(),
        }
        for key, count in counts.items()
    ]
    if recurring:
        await execute(connection, "put_boilerplate", source | {"rows": Jsonb(recurring)})
    if findings.unlearned:
        gone = [{"paragraph_key": key, "num_articles": count} for key, count in findings.unlearned.items()]
        await execute(connection, "unlearn_boilerplate", source | {"rows": Jsonb(gone)})
        await execute(connection, "delete_old_boilerplate", source | {"limit": _MOST_UNLEARNED})
    if len(lessons) == WINDOW:
        await execute(connection, "delete_old_lessons", source | {"oldest": lessons[-1].article_id})
