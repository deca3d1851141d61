"""Questions to the index of words, and the snippets of what they find.

How long one takes depends on how much is shown, not on how common its words are: of more than some hundred
articles that match, the newest are ranked, and they are looked for day by day from the newest on.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from crawler.search.words import configs_of, languages_of, lower_case, spelt_question, unspaced_runs

MOST_RANKED = 500
"""Of the articles that match, so many of the newest are ranked."""
MOST_CHARACTERS = 500
"""Of a question."""

_MOST_FOUND = 2000  # of older ones, in no order
# Looked through one after the other; the first day is tomorrow, where clocks differ.
_DAYS = (2, 6)
_WEEKS = (2, 4, 8, 16)
_BUDGET_SECONDS = 0.5  # after which older times are left out; a phrase of common words is looked up in each text
_EPOCH = datetime.fromtimestamp(0, UTC)
_START, _STOP = "\ue000", "\ue001"
_MOST_SHOWN = 200  # characters around a match

Fetch = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[Mapping[str, Any]]]]
"""Runs a named query: as :meth:`sql.database.Database.fetch` does."""


class QuestionError(Exception):
    """A question that nothing can answer; the message says what to ask instead."""


class Piece(NamedTuple):
    """A piece of a snippet."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, as people write it: words, "a phrase", one or other, -without."""

    text: str
    sources: tuple[str, ...] = ()
    """Names; any of them."""
    language: str | None = None
    since: datetime | None = None
    """When an article was seen first; ``until`` is not in it any more."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of what was found."""

    hits: list[dict[str, Any]]
    """With ``article_id``, ``headline``, ``url``, ``source``, times, and ``snippet``: a list of pieces."""
    num_matches: int
    is_all: bool
    """False if there may be more that match than ``num_matches``, which are the newest."""


async def ask(fetch: Fetch, question: Question, *, limit: int = 20, offset: int = 0) -> Answer:
    """The articles that answer a question, the best first.

    Raises:
        QuestionError: it has no word that could be found, or names a source that is not there.
        DatabaseError: of whatever ``fetch`` raises.
    """
    text = _checked(question.text)
    searches = await _searches(fetch, question, spelt_question(text))
    now = datetime.now(UTC)
    since = question.since or datetime.min.replace(tzinfo=UTC)
    until = question.until or now + timedelta(days=1)
    found, is_all = await _find(fetch, searches, since, until)
    params = {"searches": Jsonb(searches), "matches": Jsonb(found), "now": now, "limit": limit, "offset": offset}
    ranked = await fetch("rank_matches", params) if found else []
    numbers = {match["article_id"]: match["number"] for match in found}
    best = [
        {"article_id": row["article_id"], "number": numbers[row["article_id"]], "place": place}
        for place, row in enumerate(ranked)
    ]
    runs = unspaced_runs(text)
    shown = {
        "searches": Jsonb(searches),
        "matches": Jsonb(best),
        "sources": list(question.sources) or None,
        "is_marked": not runs,
    }
    hits = [dict(row) for row in await fetch("show_matches", shown)] if best else []
    for hit in hits:
        hit["snippet"] = _around(hit["snippet"], runs) if runs else _pieces(hit["snippet"])
    return Answer(hits, len(found), is_all)


def _checked(text: str) -> str:
    text = " ".join(text.encode("utf-8", "ignore").decode().replace("\0", " ").split())
    if len(text) > MOST_CHARACTERS:
        raise QuestionError(f"a question has {MOST_CHARACTERS} characters at most: leave some of these words out")
    return text


async def _searches(fetch: Fetch, question: Question, text: str) -> list[dict[str, Any]]:
    """What to look for: a search per source, for all configurations in which the question comes to the same."""
    named = configs_of(question.language) if question.language else None
    read = await fetch("read_search", {"text": text, "configs": named})
    same: dict[str, list[str]] = {}
    for row in read:
        if row["is_usable"]:
            same.setdefault(row["query"], []).append(row["config"])
    if read and not same:
        raise QuestionError(
            "there is no word in it that could be found: it has to name one that is not in every text"
        )
    sources = await _source_facets(fetch, question.sources)
    told = [] if question.language is None else [f"l{question.language}"]
    return [
        {
            "number": number,
            "config": configs[0],
            "configs": configs if len(configs) < len(read) else None,
            "text": text,
            "facets": [*(told or _language_facets(configs)), *source],
        }
        for number, (configs, source) in enumerate(product(same.values(), sources))
    ]


def _language_facets(configs: Sequence[str]) -> list[str]:
    """What tells the articles of a configuration apart within the index: its language, if it has one alone.

    In another language the same letters may be as common as they are rare in this one.
    """
    languages = languages_of(configs[0]) if len(configs) == 1 else []
    return [f"l{language}" for language in languages] if len(languages) == 1 else []


async def _source_facets(fetch: Fetch, names: Collection[str]) -> list[list[str]]:
    if not names:
        return [[]]
    known = {row["name"]: row["source_id"] for row in await fetch("find_source_ids", {"names": list(names)})}
    for name in names:
        if name not in known:
            raise QuestionError(f"there is no source {name!r}")
    return [[f"s{source_id}"] for source_id in known.values()]


async def _find(
    fetch: Fetch, searches: Sequence[Mapping[str, Any]], since: datetime, until: datetime
) -> tuple[list[dict[str, Any]], bool]:
    """What is to be ranked, each with the number of the search that found it; and whether that is all there is."""
    params = {"since": since, "until": until}
    deadline = time.monotonic() + _BUDGET_SECONDS
    found, wanting, is_over = await _find_newest(fetch, searches, params, deadline)
    is_all = len(wanting) == len(searches)
    if wanting and not is_over and time.monotonic() > deadline:
        is_all = False
    elif wanting and not is_over:
        rows = await fetch("find_matches", params | {"searches": Jsonb(wanting), "limit": _MOST_FOUND + 1})
        is_all = is_all and all(count <= _MOST_FOUND for count in _counts(wanting, rows))
        found += rows
    by_article = {row["article_id"]: row for row in reversed(found)}
    newest_first = sorted(by_article.values(), key=lambda row: row["first_seen_at"], reverse=True)
    matches = [{"article_id": row["article_id"], "number": row["number"]} for row in newest_first[:MOST_RANKED]]
    return matches, is_all and len(newest_first) <= MOST_RANKED


async def _find_newest(
    fetch: Fetch, searches: Sequence[Mapping[str, Any]], params: dict[str, Any], deadline: float
) -> tuple[list[Mapping[str, Any]], Sequence[Mapping[str, Any]], bool]:
    """The newest that match, the searches that found too few, and whether there was no more time to look at.

    Times are looked at from the last day back, each longer than the one before.
    """
    found: list[Mapping[str, Any]] = []
    end = params["until"]
    for start, days in _times(end):
        limits = {"searches": Jsonb(searches), "days": days, "until": end, "limit": MOST_RANKED}
        found += await fetch("find_matches_of_days", params | limits)
        counts = _counts(searches, found)
        searches = [search for search, count in zip(searches, counts, strict=True) if count < MOST_RANKED]
        end = start
        if not searches or start <= params["since"]:
            return found, searches, True
        if time.monotonic() > deadline:
            break
    return found, searches, False


def _times(until: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """Times back from the end of a day on: the beginning of each, and what the index calls its days or weeks."""
    day = (until - _EPOCH).days + 1
    for length in _DAYS:
        yield _EPOCH + timedelta(day - length), [f"d{number}" for number in range(day - length, day)]
        day -= length
    for length in _WEEKS:
        first = day // 7 - length
        yield _EPOCH + timedelta(first * 7), [f"w{number}" for number in range(first, (day - 1) // 7 + 1)]
        day = first * 7


def _counts(searches: Sequence[Mapping[str, Any]], found: Collection[Mapping[str, Any]]) -> list[int]:
    return [sum(row["number"] == search["number"] for row in found) for search in searches]


def _pieces(marked: str) -> list[Piece]:
    """A snippet, from the text with marks in it that Postgres made."""
    pieces = []
    for part in marked.split(_START):
        match, stop, rest = part.partition(_STOP)
        pieces += (
            [Piece(match, is_match=True), Piece(rest, is_match=False)] if stop else [Piece(part, is_match=False)]
        )
    return [piece for piece in pieces if piece.text]


def _around(text: str, runs: Sequence[str]) -> list[Piece]:
    """A snippet around what of a question is in a script without spaces, which Postgres would not find again."""
    lower = lower_case(text)
    at = min((place for run in runs if (place := lower.find(run)) >= 0), default=0)
    begin = max(0, at - _MOST_SHOWN // 2)
    pieces = [Piece("… ", is_match=False)] if begin else []
    end = min(len(text), begin + _MOST_SHOWN)
    while begin < end:
        places = [(place, len(run)) for run in runs if (place := lower.find(run, begin, end)) >= 0]
        place, size = min(places, default=(end, 0))
        pieces += [Piece(text[begin:place], is_match=False), Piece(text[place : place + size], is_match=True)]
        begin = place + size
    return [piece for piece in pieces if piece.text]
