"""Judges the texts of a batch that stand where another text stood: no edit at all, or one of which kind.

A text follows the one that was seen at its URL last before this visit. Where the visit is an archive's, another
text may have been seen after it already, and that one follows this.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from crawler.ingestion.edits import EditKind, Seen, kind_of_edit
from crawler.ingestion.loading.row import Row
from sql.database import AsyncConnection, execute, fetch


class _Verdict(NamedTuple):
    """What became of the text before, what will become of this one, and the hash of either if nothing did."""

    kind: EditKind | None
    next_kind: EditKind | None
    same_as: str | None


async def judge_revisions(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Give a row whose URL showed another text its ``edit_kind``; or that text's hash, if nothing was edited."""
    visits = [
        {
            "position": position,
            "url_id": row.place_id,
            "content_hash": row.article["content_hash"],
            "seen_at": row.fields["fetched_at"],
        }
        for position, row in enumerate(rows)
        if row.article
    ]
    found = await fetch(connection, "find_neighbours", {"rows": Jsonb(visits)})
    if found:
        # Of long texts it takes a while: the loop goes on.
        verdicts = await asyncio.to_thread(lambda: [_judge(rows[pair["position"]], pair) for pair in found])
        await _heed(connection, rows, found, verdicts)


def _judge(row: Row, pair: dict[str, Any]) -> _Verdict:
    now, before, after = _now(row), _stored(pair, "before"), _stored(pair, "next")
    kind = kind_of_edit(before, now) if before else None
    if before and not kind:
        return _Verdict(None, None, pair["before_hash"])
    next_kind = kind_of_edit(now, after) if after else None
    if after and not next_kind:
        return _Verdict(None, None, pair["next_hash"])
    return _Verdict(kind, next_kind, None)


def _now(row: Row) -> Seen:
    article = row.page.article
    if article is None:
        raise AssertionError(f"{row.page.url}: a page without an article has no text")
    return Seen(article.headline, article.article_body, article.date_modified, article.in_language)


def _stored(pair: dict[str, Any], side: str) -> Seen | None:
    if pair[f"{side}_hash"] is None:
        return None
    return Seen(
        pair[f"{side}_headline"], pair[f"{side}_body"], pair[f"{side}_date_modified"], pair[f"{side}_language"]
    )


async def _heed(
    connection: AsyncConnection, rows: Sequence[Row], found: Sequence[dict[str, Any]], verdicts: Sequence[_Verdict]
) -> None:
    mended = []
    for pair, verdict in zip(found, verdicts, strict=True):
        row = rows[pair["position"]]
        row.edit_kind = verdict.kind
        if verdict.same_as:
            row.article = (row.article or {}) | {"content_hash": verdict.same_as}
            row.is_known = True
        elif verdict.next_kind:
            mended.append(
                {"url_id": row.place_id, "revision": pair["next_revision"], "edit_kind": verdict.next_kind}
            )
    if mended:
        await execute(connection, "mend_edit_kinds", {"rows": Jsonb(mended)})
