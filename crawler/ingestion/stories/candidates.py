"""Which stored articles may tell the story of a new one, and which of them do."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawler.ingestion.stories.likeness import compare
from crawler.ingestion.stories.membership import Link
from crawler.ingestion.stories.shingles import Shingles, shingle
from crawler.ingestion.stories.sketch import SHARED_KEYS
from sql.database import Database, execute, fetch

_SOUGHT_FOR = timedelta(days=30)
# So many sketches may have a key. Copies of one text are fewer; reports of one form, or appeals for gifts, more.
_MOST_SKETCHES = 300
_PER_STORY = 3
_MOST_CANDIDATES = 24
_TEXTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two articles that may tell one story."""

    one: int
    other: int
    are_revisions: bool
    """One followed the other at a URL."""
    is_waiting: bool
    """The other is in no story yet."""


async def find_candidates(database: Database, article_ids: Collection[int]) -> list[Candidate]:
    """What shares keys with these articles, whose sketches are kept, or stood at one URL right before or after.

    Keys that turn out to be hot are noted, and skipped from the next time on.
    """
    if not article_ids:
        return []
    now = datetime.now(UTC)
    params = {
        "article_ids": list(article_ids),
        "now": now,
        "since": now - _SOUGHT_FOR,
        "shared_keys": SHARED_KEYS,
        "most_sketches": _MOST_SKETCHES,
        "per_story": _PER_STORY,
        "most_candidates": _MOST_CANDIDATES,
    }
    async with database.transaction() as connection:
        await execute(connection, "plan_for_indexes")
        rows = await fetch(connection, "find_candidates", params)
    return [Candidate(row["article_id"], row["other_id"], row["are_revisions"], row["is_waiting"]) for row in rows]


async def confirm(database: Database, texts: Mapping[int, Shingles], candidates: Iterable[Candidate]) -> set[Link]:
    """Those of the candidates that are near-copies. ``texts`` holds the first of each pair; others are read."""
    by_other: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_other[candidate.other].append(candidate)
    others = sorted(by_other)
    links: set[Link] = set()
    for start in range(0, len(others), _TEXTS_AT_ONCE):
        group = others[start : start + _TEXTS_AT_ONCE]
        at_hand = {**texts, **await read_texts(database, set(group) - texts.keys())}
        pairs = [pair for other in group if other in at_hand for pair in by_other[other]]
        links |= await asyncio.to_thread(_alike, pairs, at_hand)
    return links


def _alike(pairs: Iterable[Candidate], texts: Mapping[int, Shingles]) -> set[Link]:
    links: set[Link] = set()
    for pair in pairs:
        likeness = compare(texts[pair.one], texts[pair.other])
        if likeness.are_alike or (pair.are_revisions and likeness.are_revisions):
            one, other = sorted((pair.one, pair.other))
            links.add(Link(one, other, likeness.are_copies))
    return links


async def read_texts(database: Database, article_ids: Collection[int]) -> dict[int, Shingles]:
    """The texts of these articles; without those that were deleted."""
    if not article_ids:
        return {}
    rows = await database.fetch("list_bodies", {"article_ids": list(article_ids)})
    return await shingled({row["article_id"]: row["article_body"] for row in rows})


async def shingled(bodies: Mapping[int, str]) -> dict[int, Shingles]:
    """Texts by ``article_id``, cut into shingles beside the event loop: a thousand take a second."""
    return await asyncio.to_thread(lambda: {article_id: shingle(body) for article_id, body in bodies.items()})
