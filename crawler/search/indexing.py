"""Keeps the index of words: it follows the arrivals, as any reader may, and so it misses none."""

import asyncio
import time
from collections.abc import Collection
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.search.words import MOST_CHARACTERS, config_of, spelt
from sql.database import AsyncConnection, Database, Row, execute, fetch
from sql.errors import BadRowError, translated

log = structlog.get_logger("crawler.search.indexing")

_MOST_AT_ONCE = 100


async def index_for(database: Database, seconds: float) -> None:
    """Index what there is, for about so long.

    Raises:
        DatabaseError: the database cannot be reached.
    """
    deadline = time.monotonic() + seconds
    while await index_some(database) and time.monotonic() < deadline:
        pass


async def index_some(database: Database, *, limit: int = _MOST_AT_ONCE) -> int:
    """Index up to ``limit`` arrivals: the next ones, or else the newest of those from before there was an index.

    Returns how many there were; none, too, if another process is at it. An article on which Postgres breaks is
    left out of the index, rather than in the way of all others for ever.

    Raises:
        DatabaseError: they are not indexed yet, and will be.
    """
    async with database.transaction() as connection:
        progress = {row["name"]: row["seq"] for row in await fetch(connection, "lock_search_progress")}
        if not progress:
            return 0
        params = {"seq": progress["new"], "limit": limit}
        if arrivals := await fetch(connection, "list_arrivals_after", params):
            reached = {"name": "new", "seq": arrivals[-1]["seq"]}
        elif progress["before"]:
            params["seq"] = progress["before"]
            arrivals = await fetch(connection, "list_arrivals_before", params)
            reached = {"name": "before", "seq": arrivals[-1]["seq"] - 1 if arrivals else 0}
        else:
            return 0
        await _index(connection, sorted({row["article_id"] for row in arrivals}))
        await execute(connection, "advance_search", reached)
    return len(arrivals)


async def _index(connection: AsyncConnection, article_ids: list[int]) -> None:
    configs = {row["config"] for row in await fetch(connection, "list_text_configs")}
    params = {"article_ids": article_ids, "most": MOST_CHARACTERS}
    texts = await fetch(connection, "list_texts_to_index", params)
    await _insert(connection, await asyncio.to_thread(_words, texts, configs))
    await execute(connection, "add_sources_to_words", {"article_ids": article_ids})


def _words(texts: Collection[Row], configs: Collection[str]) -> list[dict[str, Any]]:
    return [
        {
            "article_id": text["article_id"],
            "config": config_of(text["in_language"], configs),
            "headline": spelt(text["headline"]),
            "description": spelt(text["description"] or ""),
            "article_body": spelt(text["article_body"]),
        }
        for text in texts
    ]


async def _insert(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """All of them, or if that cannot be, one by one."""
    if not rows:
        return
    try:
        with translated():
            async with connection.transaction():
                await execute(connection, "insert_words", {"rows": Jsonb(rows)})
    except BadRowError as error:
        if len(rows) == 1:
            log.warning("indexing.failed", article_id=rows[0]["article_id"], error=str(error))
            return
        middle = len(rows) // 2
        await _insert(connection, rows[:middle])
        await _insert(connection, rows[middle:])
