"""Finds the stories of articles that have been stored, and keeps who is in which.

Any number of processes may be at it at once, and no two near-copies miss each other: sketches are committed
first, so that of two articles the one that is looked up later finds the other. Nothing is locked while texts are
compared. Then all members of the stories concerned are locked in the order of their ids, and changed together.
What is found and in no story yet, since its process is still at it or was killed, is looked up along with ours:
it does not matter whose turn it was.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from psycopg.types.json import Jsonb

from crawler.ingestion.stories.candidates import confirm, find_candidates, read_texts, shingled
from crawler.ingestion.stories.membership import Link, Member, Role, arrange
from crawler.ingestion.stories.shingles import Shingles
from crawler.ingestion.stories.sketch import KEYS, sketch
from sql.database import AsyncConnection, Database, Row, execute, fetch
from sql.errors import ConflictError, DatabaseError

log = structlog.get_logger("crawler.ingestion.stories.linking")

_HOT_FOR = timedelta(days=7)
_CONFLICTS_BORNE = 10


async def link(database: Database, bodies: Mapping[int, str]) -> None:
    """Put these articles, texts by ``article_id``, into their stories; those that are in one already stay there.

    Raises:
        DatabaseError: some are in no story yet; :func:`link_some` will see to them.
    """
    texts = await shingled(bodies)
    placed: set[int] = set()
    links: set[Link] = set()
    while texts:
        unlinked = await _keep_sketches(database, texts)
        candidates = await find_candidates(database, unlinked)
        found = await confirm(database, texts, candidates)
        placed |= unlinked
        links |= found
        ends = {article_id for link_ in found for article_id in (link_.one, link_.other)}
        waiting = {pair.other for pair in candidates if pair.is_waiting and pair.other in ends}
        texts = await read_texts(database, waiting - placed)
    if placed:
        await _settle(database, placed, links)


async def reseat(database: Database, article_ids: Collection[int]) -> None:
    """Make those of these articles the first of their story that, as an archive shows, were seen before it.

    Raises:
        DatabaseError: the roles are what they were.
    """
    rows = await database.fetch("list_older_than_first", {"article_ids": list(article_ids)})
    if rows:
        await _settle(database, [], (), [row["article_id"] for row in rows])


async def link_some(database: Database, *, limit: int = 200) -> int:
    """Link up to ``limit`` articles that no process has linked; returns how many there were.

    Maintenance calls it until that is less than ``limit``: for what a killed process left, and for articles that
    were stored before there were stories. One on which we break is a story of its own, rather than in the way of
    all others for ever.

    Raises:
        DatabaseError: some are in no story yet.
    """
    rows = await database.fetch("list_unlinked", {"limit": limit})
    bodies = {row["article_id"]: row["article_body"] for row in rows}
    try:
        await link(database, bodies)
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 (which of them it was is looked for)
        for article_id, body in bodies.items():
            await _link_or_leave_alone(database, article_id, body)
    await database.execute("forget_hot_keys", {"before": datetime.now(UTC) - _HOT_FOR})
    return len(rows)


async def _link_or_leave_alone(database: Database, article_id: int, body: str) -> None:
    try:
        await link(database, {article_id: body})
    except DatabaseError:
        raise
    except Exception:
        log.exception("linking.failed", article_id=article_id, num_articles=1)
        await _settle(database, [article_id], ())


async def _keep_sketches(database: Database, texts: Mapping[int, Shingles]) -> set[int]:
    """Commit the sketches of those that are in no story yet, and say which those are."""
    async with database.transaction() as connection:
        rows = await fetch(connection, "lock_unlinked", {"article_ids": list(texts)})
        unlinked = [row["article_id"] for row in rows]
        sketches = [{"article_id": article_id, "keys": sketch(texts[article_id])} for article_id in unlinked]
        params = {"rows": Jsonb(sketches), "num_keys": KEYS, "now": datetime.now(UTC)}
        await execute(connection, "insert_sketches", params)
    return set(unlinked)


async def _settle(
    database: Database, article_ids: Collection[int], links: Collection[Link], older: Collection[int] = ()
) -> None:
    for attempt in range(_CONFLICTS_BORNE):
        try:
            async with database.transaction() as connection:
                return await _place(connection, article_ids, links, older)
        except ConflictError:
            if attempt == _CONFLICTS_BORNE - 1:
                raise
    raise AssertionError("unreachable")


async def _place(
    connection: AsyncConnection, article_ids: Collection[int], links: Collection[Link], older: Collection[int]
) -> None:
    linked = {article_id for link_ in links for article_id in (link_.one, link_.other)} | set(older)
    rows = await fetch(connection, "find_stories", {"article_ids": sorted(linked)}) if linked else []
    stories = {row["story_id"] for row in rows}
    params = {"article_ids": sorted({*article_ids, *linked}), "story_ids": sorted(stories)}
    members = [_member(row) for row in await fetch(connection, "lock_members", params)]
    if linked:
        # While we waited for the locks another may have joined these stories with others, or added to them.
        now = {_member(row) for row in await fetch(connection, "list_members", params)}
        if now != set(members) or any(m.story_id not in {None, *stories} for m in now if m.article_id in linked):
            raise ConflictError("a story has changed meanwhile")
    ours = [member for member in members if member.story_id is None or member.story_id in stories]
    places = [
        {"article_id": member.article_id, "story_id": member.story_id, "story_role": member.role}
        for member in arrange(ours, links)
    ]
    await execute(connection, "place_articles", {"rows": Jsonb(places)})


def _member(row: Row) -> Member:
    role = Role(row["story_role"]) if row["story_role"] else None
    return Member(row["article_id"], row["first_seen_at"], row["story_id"], role)
