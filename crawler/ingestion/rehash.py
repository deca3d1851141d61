"""Hashes stored texts anew when their canonical form has changed: in the background, beside loading workers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog

from crawler.ingestion.identity import HASH_VERSION, content_hash
from crawler.ingestion.twins import join_articles
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError

log = structlog.get_logger("crawler.ingestion.rehash")

_BATCH = 200  # texts whose rows are locked while they are hashed: some 50 ms
_ATTEMPTS = 3
_VERSION = {"hash_version": HASH_VERSION}


async def rehash(database: Database, *, seconds: float) -> int:
    """Hash texts anew for about so many ``seconds``; returns how many, 0 when nothing is left.

    Logs how far it has come. May be called at any time, by any number of processes: each text is a transaction of
    its own or one of a batch, and what is done is done.
    """
    deadline = time.monotonic() + seconds
    total = 0
    while done := await rehash_some(database, limit=_BATCH):
        total += done
        if time.monotonic() >= deadline:
            break
    if total:
        left = (await database.fetch("count_old_texts", _VERSION))[0]["num_texts"]
        if left:
            log.info("rehash.progressed", hash_version=HASH_VERSION, num_texts=total, num_left=left)
        else:
            log.info("rehash.finished", hash_version=HASH_VERSION, num_texts=total)
    return total


async def rehash_some(database: Database, *, limit: int) -> int:
    """Hash at most ``limit`` texts anew; returns how many there were to do, 0 when nothing is left.

    Most have the hash that they had, and get its version. Each of the others is a transaction of its own: it gets
    its hash, or is joined with the text that has it. One that is in use all the time is left for the next call.
    """
    async with database.transaction() as connection:
        texts = await fetch(connection, "claim_old_texts", _VERSION | {"limit": limit})
        hashes = await asyncio.to_thread(_hashes, texts)
        same = [text["article_id"] for text in texts if hashes[text["article_id"]] == text["content_hash"]]
        await execute(connection, "raise_hash_versions", _VERSION | {"article_ids": same})
    for article_id in hashes.keys() - set(same):
        await _rehash_alone(database, article_id, hashes[article_id])
    return len(texts)


def _hashes(texts: Sequence[dict[str, Any]]) -> dict[int, bytes]:
    return {text["article_id"]: content_hash(text["headline"], text["article_body"]) for text in texts}


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
