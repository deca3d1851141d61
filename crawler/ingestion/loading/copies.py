"""Records which text stands at which URL: as a further copy of it, or as the next revision of what stood there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from psycopg.types.json import Jsonb

from crawler.ingestion.identity import HASH_VERSION
from crawler.ingestion.loading.claims import canonical_key, published_before
from crawler.ingestion.loading.row import Row
from crawler.outcomes import Outcome, Reason
from sql.database import AsyncConnection, execute, fetch


async def store_copies(connection: AsyncConnection, rows: Sequence[Row], fresh: set[int]) -> None:
    """Give every row its outcome; ``fresh`` are the articles that were not stored before."""
    copies = [_copy(row) for row in rows]
    same = {row["url_id"] for row in await fetch(connection, "touch_copies", {"rows": Jsonb(copies)})}
    other = [copy for copy in copies if copy["url_id"] not in same]
    changed = {row["url_id"] for row in await fetch(connection, "retire_copies", {"rows": Jsonb(other)})}
    for row in rows:
        row.outcome, row.reason = _verdict(row, same, changed, fresh)
    outcomes = {row.place_id: row.outcome for row in rows}
    added = [copy | {"outcome": outcomes[copy["url_id"]]} for copy in other]
    await execute(connection, "add_copies", {"rows": Jsonb(added)})


def _copy(row: Row) -> dict[str, Any]:
    canonical_url = row.page.article.canonical_url if row.page.article else None
    key, by = canonical_key(row.page.place, canonical_url), published_before(row.page)
    return {
        "url_id": row.place_id,
        "article_id": row.article_id,
        "source_id": row.page.visit.source_id,
        "canonical_url": canonical_url,
        "canonical_key": key and key.hex(),
        "seen_at": row.fields["fetched_at"],
        "whole_hash": row.whole_hash,
        "whole_hash_version": HASH_VERSION if row.whole_hash else None,
        "date_published": (row.article or {}).get("date_published"),
        "date_modified": (row.article or {}).get("date_modified"),
        "published_before": by and by.isoformat(),
        "edit_kind": row.edit_kind,
    }


async def confirm_copies(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Give the rows whose servers say that nothing has changed (304) the articles that they speak of."""
    if not rows:
        return
    touched = [{"url_id": row.place_id, "seen_at": row.fields["fetched_at"]} for row in rows]
    found = await fetch(connection, "touch_unmodified", {"rows": Jsonb(touched)})
    articles = {row["url_id"]: row["article_id"] for row in found}
    for row in rows:
        row.article_id = articles.get(row.place_id)
        if row.article_id is None:  # it was deleted while we asked
            detail = "the server answered 304, and no article stands there"
            row.page = replace(row.page, outcome=Outcome.FAILED, reason=Reason.HTTP_4XX, detail=detail)
            row.fields["detail"] = detail


def _verdict(row: Row, same: set[int], changed: set[int], fresh: set[int]) -> tuple[Outcome, Reason]:
    if row.place_id in same:
        return Outcome.UNCHANGED, Reason.SAME_TEXT
    first = row.article_id in fresh
    fresh.discard(row.article_id or 0)
    if row.place_id in changed:
        return Outcome.CHANGED, Reason.CHANGED_TEXT
    return (Outcome.NEW, Reason.NEW_TEXT) if first else (Outcome.DUPLICATE, Reason.KNOWN_TEXT)
