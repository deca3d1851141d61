"""Documents in and out of the database."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from crawler.document import Document, DocumentKind, Poll
from sql.database import AsyncConnection, Database, execute
from sql.patience import patiently


async def put_documents(
    database: Database, source_id: int, wanted: Mapping[str, DocumentKind], *, is_root: bool
) -> list[Document]:
    """The documents of a source at these URLs (URL to kind), in that order; new ones are remembered.

    A run begins with those that are ``is_root``; others are listed by a document.
    """
    rows = Jsonb([{"url": url, "kind": kind} for url, kind in wanted.items()])
    params = {"source_id": source_id, "is_root": is_root, "rows": rows}
    found = await patiently(partial(database.fetch, "put_documents", params), "the documents of a source")
    documents = {row["url"]: Document.of_row(row) for row in found}
    return [documents[url] for url in wanted]


async def root_documents(database: Database, source_id: int) -> list[Document]:
    """The documents with which a run of a source begins, in the order in which they were met."""
    look_up = partial(database.fetch, "list_root_documents", {"source_id": source_id})
    return [Document.of_row(row) for row in await patiently(look_up, "the documents of a source")]


async def record_polls(
    connection: AsyncConnection, run_id: UUID, polls: Sequence[Poll], *, conclusive: bool
) -> None:
    """Store what a run asked, in the caller's transaction.

    Only of a ``conclusive`` run is it also kept what the servers said of their documents: after any other the
    documents are read anew, since not all of their links have come to an end.
    """
    if not polls:
        return
    await execute(
        connection, "insert_polls", {"run_id": run_id, "rows": Jsonb([_poll_row(poll) for poll in polls])}
    )
    if conclusive:
        latest = {poll.document.document_id: _document_row(poll.document) for poll in polls}
        await execute(connection, "update_documents", {"rows": Jsonb(list(latest.values()))})


def _poll_row(poll: Poll) -> dict[str, Any]:
    return {
        "document_id": poll.document.document_id,
        "polled_at": poll.polled_at.isoformat(),
        "outcome": poll.outcome,
        "reason": poll.reason,
        "detail": _plain(poll.detail),
        "http_status": poll.http_status,
        "damage": _plain(poll.damage),
        "num_bytes": poll.num_bytes,
        "num_links": poll.num_links,
        "num_unknown": poll.num_unknown,
        "duration_ms": poll.duration_ms,
        "is_gap": poll.is_gap,
    }


def _document_row(document: Document) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(document, name) for name in Document.__dataclass_fields__}
    for name in ("polled_at", "fresh_until", "promoted_at", "retired_at"):
        row[name] = row[name].isoformat() if row[name] else None
    for name in ("etag", "last_modified", "moved_to"):
        row[name] = _plain(row[name])
    row["body_hash"] = document.body_hash.hex() if document.body_hash else None
    return row


def _plain(text: str | None) -> str | None:
    """What Postgres takes: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode() if text else None
