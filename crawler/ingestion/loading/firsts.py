"""Keeps in mind which copy of a text was first: by our own sight, and by its publisher's word."""

from collections import Counter
from collections.abc import Sequence

from psycopg.types.json import Jsonb

from crawler.ingestion.loading.row import Row
from crawler.outcomes import Outcome
from sql.database import AsyncConnection, execute, fetch


async def settle_firsts(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Let a copy that is earlier than the first one known take its place.

    An article that is new, with one copy, has its firsts already. Of the others few change: only they are locked,
    in the order of their ids, so that two batches with copies of the same texts neither deadlock nor overlook each
    other.
    """
    times = Counter(row.article_id for row in rows)
    copies = [
        {"url_id": row.place_id, "article_id": row.article_id}
        for row in rows
        if row.outcome is not Outcome.NEW or times[row.article_id] > 1
    ]
    if not copies:
        return
    earlier = await fetch(connection, "find_earlier_copies", {"rows": Jsonb(copies)})
    if earlier:
        params = {"article_ids": sorted({row["article_id"] for row in earlier})}
        await execute(connection, "lock_articles", params)
        await execute(connection, "settle_firsts", params)
