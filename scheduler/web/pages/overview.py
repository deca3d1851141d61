"""The overview: is everything well?"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from scheduler.silence import SILENCE_SECONDS
from scheduler.web.paging import Place, chosen, written
from scheduler.web.site import SITE
from scheduler.wording import counted

if TYPE_CHECKING:
    from scheduler.web.site import Site

routes = web.RouteTableDef()

STATES = ("enabled", "disabled")
_NUM_SOURCES = 100
_NUM_ARTICLES = 12
_DAY = timedelta(days=1)


@routes.get("/")
async def overview(request: web.Request) -> web.Response:
    """Alarms, how the sources fare, and what came of late."""
    site = request.app[SITE]
    now = datetime.now(UTC)
    alarms = await site.fetch("list_alarms")
    counts = (await site.fetch("count_sources"))[0]
    figures = (await site.fetch("estimate_collection", {"silence": SILENCE_SECONDS}))[0]
    two_days = await site.fetch("count_hours", {"since": now - 2 * _DAY, "source_id": None})
    hours = [row for row in two_days if row["hour"] > now - _DAY]
    before = [row for row in two_days if row["hour"] <= now - _DAY]
    articles = await site.fetch("list_latest_articles", {"limit": _NUM_ARTICLES})
    num_new = sum(row["num_pages"] for row in hours if row["reason"] == "new_text")
    return site.render(
        "overview.html",
        alarms=alarms,
        counts=counts,
        figures=figures,
        num_new=num_new,
        num_visits=sum(row["num_pages"] for row in hours),
        is_well=is_well(alarms, counts, figures),
        verdict=verdict(alarms, counts, figures, num_new),
        hours=_by_hour(hours, now),
        outcomes=_by_reason(hours, before),
        articles=articles,
        **await _sources(site, request, now),
    )


async def _sources(site: "Site", request: web.Request, now: datetime) -> dict[str, Any]:
    """The sources that the request asks for, how each of them fares, and the filter as it is."""
    place = Place(request, _NUM_SOURCES)
    asked: dict[str, Any] = {
        "text": written(request, "text"),
        "state": chosen(request, "state", STATES),
        "troubled": bool(request.query.get("troubled")),
    }
    ranked, pager = place.cut(await site.fetch("rank_sources", asked | place.params))
    names = [row["name"] for row in ranked]
    health = {"now": now, "name": " ".join(names), "limit": len(names), "offset": 0}
    found = {row["name"]: row for row in await site.fetch("list_source_health", health)} if names else {}
    return {"sources": [found[name] for name in names if name in found], "pager": pager, "asked": asked}


def is_well(alarms: Sequence[Any], counts: dict[str, Any], figures: dict[str, Any]) -> bool:
    """Whether nothing needs an operator."""
    is_served = bool(figures["num_workers"]) or not counts["num_enabled"]
    return not alarms and is_served and not counts["num_failing"] and not counts["num_late"]


def verdict(alarms: Sequence[Any], counts: dict[str, Any], figures: dict[str, Any], num_new: int) -> str:
    """Whether all is well and, if not, what is wrong: first that nothing is visited, then the alarms."""
    well = (
        f"All is well: {counted(counts['num_enabled'], 'source')} watched, {num_new:,} new in the last 24 hours."
    )
    wrong = [_standstill(counts, figures), _trouble(alarms, counts)]
    return " ".join(words for words in wrong if words) or well


def _standstill(counts: dict[str, Any], figures: dict[str, Any]) -> str | None:
    """Why nothing is visited at all."""
    if not counts["num_sources"]:
        return "Nothing is watched yet."
    if not counts["num_enabled"]:
        return f"All {counted(counts['num_sources'], 'source')} are disabled: nothing is visited."
    return None if figures["num_workers"] else "No worker runs: nothing is visited; 'tidings doctor' tells why."


def _trouble(alarms: Sequence[Any], counts: dict[str, Any]) -> str | None:
    if alarms:
        kinds = Counter(str(alarm["kind"]).replace("_", " ") for alarm in alarms)
        named = ", ".join(f"{kind} ({number})" if number > 1 else kind for kind, number in kinds.most_common())
        return f"{counted(len(alarms), 'alarm')}: {named}."
    if counts["num_late"]:
        return f"{counted(counts['num_late'], 'source')} should have been visited over five minutes ago."
    if counts["num_failing"]:
        failing = f"{counted(counts['num_failing'], 'source')} of {counts['num_enabled']:,}"
        return f"No alarm, but the last visits to {failing} failed."
    return None


def _by_hour(rows: Sequence[Any], now: datetime) -> list[int]:
    """New articles in each of the last 24 hours, the oldest first."""
    last = now.replace(minute=0, second=0, microsecond=0)
    counted: Counter[datetime] = Counter()
    for row in rows:
        if row["reason"] == "new_text":
            counted[row["hour"]] += row["num_pages"]
    return [counted[last - timedelta(hours=n)] for n in reversed(range(24))]


def _by_reason(rows: Sequence[Any], before: Sequence[Any]) -> list[tuple[str, str, int, int]]:
    """Outcome, reason, how many, and how many in the day before; the most first within an outcome."""
    counted, earlier = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for counts, found in ((counted, rows), (earlier, before)):
        for row in found:
            counts[row["outcome"], row["reason"]] += row["num_pages"]
    return sorted(
        ((outcome, reason, number, earlier[outcome, reason]) for (outcome, reason), number in counted.items()),
        key=lambda found: (_ORDER.index(found[0]), -found[2]),
    )


_ORDER = ("new", "changed", "duplicate", "unchanged", "rejected", "failed")
