"""Hashes stored texts anew when their canonical form has changed: in the background, beside loading workers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.ingestion.identity import HASH_VERSION, content_hash
from crawler.ingestion.twins import join_articles
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError

log = structlog.get_logger("crawler.ingestion.rehash")

_BATCH = 200  # texts whose rows are locked while they are hashed: some 50 ms
_ATTEMPTS = 3
_VERSION = {"hash_version": HASH_VERSION}
_BEGINNING = (HASH_VERSION, 0)  # before all that have an older version, in the order in which they are claimed


async def rehash(database: Database, *, seconds: float) -> int:
    """Hash texts anew for about so many ``seconds``; returns how many, 0 when nothing is left.

    Logs how far it has come. May be called at any time, by any number of processes: what is done is committed.
    """
    deadline = time.monotonic() + seconds
    total = 0
    place = _BEGINNING
    while time.monotonic() < deadline:
        texts = await _rehash_from(database, place, _BATCH)
        if not texts and place == _BEGINNING:
            break
        total += len(texts)
        # At the end once more from the beginning: some may have been left for later.
        place = (texts[-1]["hash_version"], texts[-1]["article_id"]) if texts else _BEGINNING
    if total:
        left = (await database.fetch("count_old_texts", _VERSION))[0]["num_texts"]
        event = "rehash.progressed" if left else "rehash.finished"
        log.info(event, hash_version=HASH_VERSION, num_texts=total, num_left=left)
    return total


async def rehash_some(database: Database, *, limit: int) -> int:
    """Hash at most ``limit`` texts anew; returns how many there were to do, 0 when nothing is left.

    Most have the hash that they had, and get its version. Others get theirs, where no other text has it. Each of
    the rest is a transaction of its own: it is joined with its twin, or left for the next call if that is in use.
    """
    return len(await _rehash_from(database, _BEGINNING, limit))


async def _rehash_from(database: Database, place: tuple[int, int], limit: int) -> list[dict[str, Any]]:
    version, article_id = place
    params = {"hash_version": version, "article_id": article_id, "limit": limit}
    async with database.transaction() as connection:
        texts = await fetch(connection, "claim_old_texts", params)
        hashes = await asyncio.to_thread(_hashes, texts)
        same = [text["article_id"] for text in texts if hashes[text["article_id"]] == text["content_hash"]]
        await execute(connection, "raise_hash_versions", _VERSION | {"article_ids": same})
        if not texts:
            await execute(connection, "settle_oldest_hash_version", _VERSION)
    others = {article_id: hashes[article_id] for article_id in hashes.keys() - set(same)}
    for article_id in others.keys() - await _set_free_hashes(database, others):
        await _rehash_alone(database, article_id, others[article_id])
    return texts


def _hashes(texts: Sequence[dict[str, Any]]) -> dict[int, bytes]:
    return {text["article_id"]: content_hash(text["headline"], text["article_body"]) for text in texts}


async def _set_free_hashes(database: Database, hashes: dict[int, bytes]) -> set[int]:
    """Give texts the hashes that no other text has; returns which, and none if anything is in the way."""
    rows = [{"article_id": article_id, "content_hash": new.hex()} for article_id, new in hashes.items()]
    try:
        async with database.transaction() as connection:
            await execute(connection, "limit_waiting")
            done = await fetch(connection, "set_free_hashes", _VERSION | {"rows": Jsonb(rows)})
    except (ConflictError, BadRowError):
        return set()
    return {row["article_id"] for row in done}


async def _rehash_alone(database: Database, article_id: int, new_hash: bytes) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with database.transaction() as connection:
                await execute(connection, "limit_waiting")
                await _set_hash(connection, article_id, new_hash)
        except ConflictError:
            continue  # its locks are held by a worker; they are not waited for
        except BadRowError:  # a worker has just stored a text of this hash: it is found the next time
            if attempt == _ATTEMPTS:
                raise
        else:
            return


async def _set_hash(connection: AsyncConnection, article_id: int, new_hash: bytes) -> None:
    params = _VERSION | {"article_id": article_id, "content_hash": new_hash}
    for twin in await fetch(connection, "find_twin", params):
        twins_hash = content_hash(twin["headline"], twin["article_body"])
        if twins_hash == new_hash:
            params["article_id"] = await join_articles(connection, article_id, twin["article_id"])
        else:  # it is the hash of an older version, and the twin has to give it up
            await _set_hash(connection, twin["article_id"], twins_hash)
    await execute(connection, "set_hash", params)
