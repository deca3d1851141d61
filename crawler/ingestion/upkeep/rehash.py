"""Hashes stored texts anew when their canonical form has changed: in the background, beside loading workers."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from crawler.ingestion.identity import HASH_VERSION, content_hash
from crawler.ingestion.upkeep.twins import join_articles
from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import BadRowError, ConflictError

log = structlog.get_logger("crawler.ingestion.upkeep.rehash")

_BATCH = 200  # texts whose rows are locked while they are hashed: some 50 ms
_ATTEMPTS = 3
# Rather than wait for another transaction's locks while it waits for ours, be the one that steps back, before the
# search for deadlocks (after 1 s) picks one of the two.
_PATIENCE = {"timeout": "200ms"}
_SECONDS_BETWEEN_LINES = 60.0
_VERSION = {"hash_version": HASH_VERSION}
_BEGINNING = (HASH_VERSION, 0)  # before all that have an older version, in the order in which they are claimed


class Rehash:
    """Hashes all texts anew, some at a time; remembers how far it has come, and says so once a minute.

    There may be any number of it, in any number of processes: what is done is committed. Most texts have the hash
    that they had, and get its version. Others get theirs, where no other text has it. Each of the rest is a
    transaction of its own: it is joined with its twin, or left for a later call if that is in use.
    """

    def __init__(self, database: Database, *, batch: int = _BATCH) -> None:
        self._database = database
        self._batch = batch
        self._place = _BEGINNING
        self._num_texts = 0
        self._said_at = time.monotonic()

    async def work(self) -> int:
        """Hash the next texts anew, in a fraction of a second; returns how many, 0 when nothing is left."""
        texts = await _rehash_from(self._database, self._place, self._batch)
        if not texts and self._place != _BEGINNING:  # some may have been in use when it was their turn
            texts = await _rehash_from(self._database, _BEGINNING, self._batch)
        self._place = (texts[-1]["hash_version"], texts[-1]["article_id"]) if texts else _BEGINNING
        self._num_texts += len(texts)
        if not texts:
            self._finish()
        elif time.monotonic() >= self._said_at + _SECONDS_BETWEEN_LINES:
            await self._tell()
        return len(texts)

    async def _tell(self) -> None:
        self._said_at = time.monotonic()
        left = (await self._database.fetch("count_old_texts", _VERSION))[0]["num_texts"]
        log.info("rehash.progressed", **_VERSION, num_texts=self._num_texts, num_left=left)

    def _finish(self) -> None:
        if self._num_texts:
            log.info("rehash.finished", **_VERSION, num_texts=self._num_texts)
        self._num_texts = 0


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
            await execute(connection, "set_lock_timeout", _PATIENCE)
            done = await fetch(connection, "set_free_hashes", _VERSION | {"rows": Jsonb(rows)})
    except (ConflictError, BadRowError):
        return set()
    return {row["article_id"] for row in done}


async def _rehash_alone(database: Database, article_id: int, new_hash: bytes) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with database.transaction() as connection:
                await execute(connection, "set_lock_timeout", _PATIENCE)
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
