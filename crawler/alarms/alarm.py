"""An alarm: raised once, with its cause in words and what it rests on, until it is cleared; in log and table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from sql.database import AsyncConnection, fetch

log = structlog.get_logger("crawler.alarms")


class Kind(StrEnum):
    """What an alarm is of. The first five are of one source, the others of the whole installation."""

    SILENCE = "silence"
    """Nothing new for far longer than is usual."""
    DRIFT = "drift"
    """A field is found on far fewer pages than before, or bodies are shorter: the layout has changed."""
    GAP = "gap"
    """A feed has lost articles between two polls."""
    BLOCKED = "blocked"
    """Its host refuses us."""
    FEED_MOVED = "feed_moved"
    """A feed or sitemap that the operator named is elsewhere, or gone."""
    OWN_NETWORK = "own_network"
    """Most sites fail together: it must be our own network."""
    STALE_SCHEDULE = "stale_schedule"
    """Sources are due, and nobody visits them."""
    DATABASE = "database"
    """The database does not do what it is asked."""
    QUARANTINE_GROWING = "quarantine_growing"
    """More pages than usual crash, hang or bloat their reader."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that an alarm rests on: ``text`` in words, and what it can be looked up by."""

    text: str
    run_id: str | None = None
    url: str | None = None
    """Of a page that was visited."""
    document: str | None = None
    """The URL of a feed, sitemap or listing."""
    source: str | None = None

    def as_json(self) -> dict[str, str]:
        """What is said, in JSON types."""
        return {key: value for key, value in asdict(self).items() if value is not None}


async def raise_alarm(
    connection: AsyncConnection,
    kind: Kind,
    cause: str,
    *,
    now: datetime,
    source_id: int | None = None,
    since: datetime | None = None,
    evidence: Sequence[Evidence] = (),
    **context: Any,
) -> bool:
    """Raise an alarm; if it is up already, only its cause and evidence follow. Returns whether it was raised.

    ``since`` is when what it tells of began. ``context`` (``source``, ``run_id``) stands in the log line.
    """
    params = {
        "kind": kind,
        "source_id": source_id,
        "now": now,
        "since": since,
        "cause": cause,
        "evidence": Jsonb([piece.as_json() for piece in evidence]),
    }
    is_new = any(row["is_new"] for row in await fetch(connection, "raise_alarm", params))
    if is_new:
        began = {"since": since.isoformat()} if since else {}
        log.error("alarm.raised", **context, kind=kind, cause=cause, **began)
    return is_new


async def clear_alarm(
    connection: AsyncConnection, kind: Kind, *, now: datetime, source_id: int | None = None, **context: Any
) -> bool:
    """Clear an alarm; returns whether it was up."""
    params = {"kind": kind, "source_id": source_id, "now": now}
    was_up = bool(await fetch(connection, "clear_alarm", params))
    if was_up:
        log.info("alarm.cleared", **context, kind=kind)
    return was_up
