"""Joins two articles that have turned out to be one text."""

from typing import Any

from sql.database import AsyncConnection, execute, fetch
from sql.errors import ConflictError


async def join_articles(connection: AsyncConnection, one: int, other: int) -> int:
    """Make one article of two, in the caller's transaction; returns the id of the one that stays, the older.

    Its URLs, visits, lessons, byline and story are those of both. Where a URL has shown the one after the other,
    the two revisions become one, and the later ones are counted down.

    Raises:
        ConflictError: one of them is gone, or got another copy, while we were about to lock them.
    """
    both = {"article_ids": [one, other]}
    locked = {row["url_id"] for row in await fetch(connection, "lock_urls_of_articles", both)}
    articles = await fetch(connection, "lock_joined_articles", both)
    if len(articles) != len(both["article_ids"]):
        raise ConflictError("an article is gone that was to be joined with another")
    kept, dropped = articles
    params = {"kept": kept["article_id"], "dropped": dropped["article_id"]}
    url_ids = [row["url_id"] for row in await fetch(connection, "move_copies", params)]
    if not locked.issuperset(url_ids):
        raise ConflictError("an article got another copy while it was to be joined with another")
    await execute(connection, "join_revisions", {"url_ids": url_ids})
    await execute(connection, "number_joined", {"url_ids": url_ids})
    for query in ("move_visits", "move_lessons", "move_bylines", "move_sketches"):
        await execute(connection, query, params)
    await execute(connection, "join_stories", params | _joined_story(kept, dropped))
    await execute(connection, "delete_joined", params)
    await execute(connection, "add_sources_to_words", {"article_ids": [kept["article_id"]]})
    await execute(connection, "settle_firsts", {"article_ids": [kept["article_id"]]})
    return int(kept["article_id"])


_ROLES = ("first", "copy", "rewrite")  # the nearest first


def _joined_story(kept: dict[str, Any], dropped: dict[str, Any]) -> dict[str, Any]:
    """The story of both, the older of two, and the role in it of the article that stays, the nearer of two."""
    told = sorted(
        (article for article in (kept, dropped) if article["story_id"] is not None),
        key=lambda article: (article["story_id"], _ROLES.index(article["story_role"])),
    )
    if not told:
        return dict.fromkeys(("story_id", "story_role", "given_up", "role_of_first")) | {"story_ids": []}
    best, last = told[0], told[-1]
    is_gone = best["story_id"] == dropped["article_id"]
    is_given_up = last["story_id"] != best["story_id"]
    return {
        "story_id": kept["article_id"] if is_gone else best["story_id"],
        "story_role": best["story_role"],
        "story_ids": sorted({article["story_id"] for article in told}),
        "given_up": last["story_id"] if is_given_up else None,
        "role_of_first": "copy" if last["story_role"] == "first" else last["story_role"],
    }
