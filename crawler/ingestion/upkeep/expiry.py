"""Deletes articles for good: what is left of them is that they do not come back."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sql.database import AsyncConnection, Database, execute, fetch
from sql.errors import ConflictError


async def expire(database: Database, article_ids: Sequence[int], before: datetime, now: datetime) -> Counter[str]:
    """Delete those of these articles that nobody has seen since ``before``, in one transaction beside loading.

    Their copies, bylines, sketches and lessons go with them, and authors who have signed nothing else. Their texts
    become tombstones, their URLs stay as ``expired``. Returns how many rows went, or changed, by kind.

    Raises:
        ConflictError: loading was in the way, and nothing is changed.
    """
    async with database.transaction() as connection:
        going = await _find(connection, article_ids, before)
        await execute(connection, "lock_urls_of_articles", {"article_ids": going})
        await execute(connection, "lock_expired_articles", {"article_ids": going})
        # A batch may have seen one of them until a moment ago.
        still_going = await _find(connection, going, before)
        if not set(still_going) <= set(going):
            raise ConflictError("what is to be deleted changes at this moment")
        return await _delete(connection, still_going, now) if still_going else Counter()


async def _find(connection: AsyncConnection, article_ids: Sequence[int], before: datetime) -> list[int]:
    rows = await fetch(connection, "find_expired", {"article_ids": list(article_ids), "before": before})
    return [row["article_id"] for row in rows]


async def _delete(connection: AsyncConnection, article_ids: list[int], now: datetime) -> Counter[str]:
    articles = {"article_ids": article_ids}
    await execute(connection, "insert_tombstones", articles | {"now": now})
    copies = await fetch(connection, "delete_expired_copies", articles)
    urls = {"url_ids": list({copy["url_id"] for copy in copies if copy["is_current"]})}
    if earlier := await fetch(connection, "delete_earlier_texts", urls):
        await execute(connection, "settle_firsts", {"article_ids": list({row["article_id"] for row in earlier})})
    num_urls = await execute(connection, "expire_urls", urls)
    bylines = await fetch(connection, "delete_expired_bylines", articles)
    deleted = await fetch(connection, "delete_expired_articles", articles)
    if stories := {row["story_id"] for row in deleted if row["story_role"] == "first"}:
        await execute(connection, "settle_stories", {"story_ids": list(stories)})
    num_authors = await _delete_authors(connection, {row["author_id"] for row in bylines}) if bylines else 0
    return Counter(num_articles=len(deleted), num_urls=num_urls, num_authors=num_authors)


async def _delete_authors(connection: AsyncConnection, author_ids: set[int]) -> int:
    # One who is locked signs something right now, and so is no author without articles.
    idle = await fetch(connection, "lock_authors", {"author_ids": list(author_ids)})
    return await execute(connection, "delete_authors", {"author_ids": [row["author_id"] for row in idle]})
