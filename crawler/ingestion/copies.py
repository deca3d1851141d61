"""Records which text stands at which URL: as a further copy of it, or as the next revision of what stood there."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from crawler.ingestion.row import Row
from crawler.outcomes import Outcome, Reason
from sql.database import AsyncConnection, execute, fetch


async def store_copies(connection: AsyncConnection, rows: Sequence[Row], fresh: set[int]) -> None:
    """Give every row its outcome; ``fresh`` are the articles that were not stored before."""
    copies = [
        {
            "url_id": row.place_id,
            "article_id": row.article_id,
            "source_id": row.page.visit.source_id,
            "canonical_url": row.page.article.canonical_url if row.page.article else None,
            "seen_at": row.fields["fetched_at"],
            "whole_hash": row.whole_hash,
            "date_published": (row.article or {}).get("date_published"),
            "date_modified": (row.article or {}).get("date_modified"),
            "edit_kind": row.edit_kind,
        }
        for row in rows
    ]
    same = {row["url_id"] for row in await fetch(connection, "touch_copies", {"rows": Jsonb(copies)})}
    other = [copy for copy in copies if copy["url_id"] not in same]
    changed = {row["url_id"] for row in await fetch(connection, "retire_copies", {"rows": Jsonb(other)})}
    await execute(connection, "add_copies", {"rows": Jsonb(other)})
    for row in rows:
        row.outcome, row.reason = _verdict(row, same, changed, fresh)


def _verdict(row: Row, same: set[int], changed: set[int], fresh: set[int]) -> tuple[Outcome, Reason]:
    if row.place_id in same:
        return Outcome.UNCHANGED, Reason.SAME_TEXT
    first = row.article_id in fresh
    fresh.discard(row.article_id or 0)
    if row.place_id in changed:
        return Outcome.CHANGED, Reason.CHANGED_TEXT
    return (Outcome.NEW, Reason.NEW_TEXT) if first else (Outcome.DUPLICATE, Reason.KNOWN_TEXT)
