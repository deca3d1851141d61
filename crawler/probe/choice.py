"""Which of a site's documents to poll: those that together list every new article, and no more.

The rules, in this order, are told to operators in crawler/discovery/README.md.
"""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.probe.measures import time_of
from crawler.probe.values import Candidate, Role

# Behind the freshest by this much, and by so many of its own usual spacings, a document is one that was forgotten.
_STALE = timedelta(days=7)
_STALE_SPACINGS = 3
# A further document is taken if at least this share of its links, of the time that the others cover, is in none of
# them. Dates of modification alone come with every edit and every section page: there it takes half.
_ADDS = 0.1
_ADDS_MODIFIED = 0.5
_MOST = 0.5
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_ROLES: tuple[Role, ...] = ("feed", "sitemap", "listing")
_PACE_STEP = 1.25  # documents whose paces differ by less than a quarter are told apart by what they say


def choose(candidates: list[Candidate]) -> list[Candidate]:
    """The same candidates, best first, each with its verdict and overlaps.

    A listing is chosen only where there is nothing better. Where documents are configured, no other is chosen.
    """
    ranked = sorted((_compared(candidate, candidates) for candidate in candidates), key=_rank)
    freshest = max((c.measures.newest for c in ranked if c.measures.newest), default=None)
    judged: list[Candidate] = []
    for candidate in ranked:
        taken = [other for other in judged if other.is_chosen]
        is_chosen, verdict = _judge(candidate, taken, freshest)
        judged.append(replace(candidate, is_chosen=is_chosen, verdict=verdict))
    if any(candidate.origin == "configured" for candidate in judged):
        return [_as_configured(candidate) for candidate in judged]
    return judged


def is_news(candidate: Candidate) -> bool:
    """Whether most of its links have a date of publication."""
    return candidate.measures.num_published > _MOST * candidate.measures.num_links


def is_stale(candidate: Candidate, freshest: datetime) -> bool:
    """Whether it has fallen silent: behind ``freshest`` by a week, and by three of its usual spacings."""
    newest, spacing = candidate.measures.newest, candidate.measures.median_spacing or timedelta(0)
    return newest is not None and freshest - newest > max(_STALE, _STALE_SPACINGS * spacing)


def _judge(candidate: Candidate, taken: list[Candidate], freshest: datetime | None) -> tuple[bool, str]:
    if unusable := _unusable(candidate):
        return False, unusable
    if candidate.origin == "configured":
        return True, "is configured"
    if freshest and is_stale(candidate, freshest):
        return False, f"stale: nothing new since {candidate.measures.newest:%Y-%m-%d}"
    if not taken:
        return True, _first_of(candidate)
    if candidate.role == "listing":
        return False, "not needed: there is better"
    return _adds(candidate, taken)


def _unusable(candidate: Candidate) -> str | None:
    if candidate.reason:
        return f"{candidate.reason}: {candidate.detail}" if candidate.detail else candidate.reason
    return None if candidate.links else "lists no page of the site"


def _as_configured(candidate: Candidate) -> Candidate:
    if candidate.is_chosen and candidate.origin != "configured":
        return replace(candidate, is_chosen=False, verdict=f"not configured; {candidate.verdict}")
    return candidate


def _first_of(candidate: Candidate) -> str:
    if candidate.role == "listing":
        return "there is neither feed nor sitemap to be used"
    if candidate.measures.per_day == 0.0:
        return f"the freshest, but nothing is new since {candidate.measures.newest:%Y-%m-%d}"
    return "the fullest" if candidate.measures.per_day is None else "the fullest and freshest"


def _adds(candidate: Candidate, taken: list[Candidate]) -> tuple[bool, str]:
    """Whether it lists what the others lack, judged over the time that they cover: before that, nobody knows."""
    speaks_of_news = candidate.role == "feed" or is_news(candidate)
    known = {key for other in taken for key in other.links}
    common = _comparable(candidate, known, taken)
    if not common:
        if speaks_of_news:
            return True, "older than what the others reach back to: cannot be compared, so it is taken"
        return False, "behind the others" if candidate.measures.num_dated else "dates none of its links"
    missing = sum(key not in known for key in common)
    told = f"{missing} of its {len(common)} links of that time are in none of the above"
    if missing / len(common) >= (_ADDS if speaks_of_news else _ADDS_MODIFIED):
        return True, told
    return False, "all of its links of that time are in the above" if not missing else f"only {told}"


def _comparable(candidate: Candidate, known: set[bytes], taken: list[Candidate]) -> list[bytes]:
    """Its links that the others have, or should have: those of the time that they cover.

    What a feed does not date is of now, as runs take it, too; what a sitemap does not date is of any time.
    """
    since = min((other.measures.reach for other in taken if other.measures.reach), default=_BEFORE_ALL)
    undated = _BEFORE_ALL if candidate.role == "sitemap" else None
    return [
        key
        for key, link in candidate.links.items()
        if key in known or (time := time_of(link) or undated) is None or time > since
    ]


def _compared(candidate: Candidate, others: list[Candidate]) -> Candidate:
    mine = candidate.links.keys()
    overlaps = {
        other.url: len(mine & other.links.keys()) / len(mine)
        for other in others
        if other is not candidate and mine and other.links
    }
    return replace(candidate, overlaps=overlaps)


def _rank(candidate: Candidate) -> tuple[Any, ...]:
    """What is configured, then feeds and news sitemaps by their pace, then the one that says more of each link."""
    measures = candidate.measures
    pace = measures.per_day or 0.0
    said = measures.num_dated + measures.num_headlines + measures.num_full_texts
    return (
        bool(candidate.reason) or not candidate.links,
        candidate.origin != "configured",
        0 if is_news(candidate) else _ROLES.index(candidate.role),
        -math.floor(math.log(pace, _PACE_STEP)) if pace else math.inf,
        -said / max(measures.num_links, 1),
        _ROLES.index(candidate.role),
    )
