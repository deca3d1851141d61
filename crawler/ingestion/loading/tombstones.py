"""Refuses what was stored and deleted for good: neither its text nor what stands at its URL now comes back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crawler.ingestion.loading.row import Row
from crawler.outcomes import Outcome, Reason
from sql.errors import ConflictError


def refuse_at_expired_url(row: Row) -> None:
    """The row's place is a URL whose article was deleted: whatever text it has now, edited or not, is not stored.

    A visit that gave none keeps its own outcome.
    """
    if row.article is not None:
        _refuse(row, "the article at this URL was deleted when its time was over")


def refuse_expired_text(row: Row, deleted_at: datetime) -> None:
    """The row's text was stored, at whatever URL, and deleted at ``deleted_at``."""
    _refuse(row, f"this text was deleted on {deleted_at:%Y-%m-%d}, when its time was over")


def check_all_are_stored(hashes: Iterable[str], fresh: set[str], found: Iterable[dict[str, Any]]) -> None:
    """None of the batch's texts may have been deleted for good, or hashed anew, since it was looked for.

    ``fresh`` are those that the batch has stored itself, ``found`` those that are stored now.

    Raises:
        ConflictError: one was; the next attempt finds its tombstone, or its other hash.
    """
    stored = {row["content_hash"] for row in found if not (row["is_expired"] and row["content_hash"] in fresh)}
    if not stored.issuperset(hashes):
        raise ConflictError("a text was deleted, or hashed anew, while it was loaded")


def _refuse(row: Row, detail: str) -> None:
    row.article = None
    row.outcome, row.reason = Outcome.REJECTED, Reason.EXPIRED
    row.fields["detail"] = detail
