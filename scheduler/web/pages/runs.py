"""Runs, and each of them: every page that it visited."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiohttp import web

from crawler.outcomes import Outcome, Reason
from scheduler.web.charts import timeline, visits_of
from scheduler.web.paging import Place, chosen, written
from scheduler.web.site import SITE

if TYPE_CHECKING:
    from scheduler.web.site import Site

routes = web.RouteTableDef()

OUTCOMES = ("succeeded", "partial", "failed", "aborted", "unfinished")
TRIGGERS = ("timetable", "command")
_NUM_RUNS = 50
_NUM_PAGES = 200
_NUM_POLLS = 500
_NUM_PLOTTED = 20_000
_ID = re.compile(r"[0-9a-f]{4,32}")


@routes.get("/runs")
async def runs(request: web.Request) -> web.Response:
    """The runs that a filter lets through, newest first."""
    site = request.app[SITE]
    place = Place(request, _NUM_RUNS)
    asked: dict[str, Any] = {
        "source": written(request, "source"),
        "outcome": chosen(request, "outcome", OUTCOMES),
        "trigger": chosen(request, "trigger", TRIGGERS),
        "reason": written(request, "reason"),
        "until": _day(written(request, "until")),
    }
    if asked["outcome"] == "unfinished":
        found = await site.fetch("list_unfinished_runs", {"source": asked["source"]} | place.params)
    else:
        until = asked["until"] and asked["until"] + timedelta(days=1)
        found = await site.fetch("page_runs", asked | place.params | {"until": until})
    shown, pager = place.cut(found)
    return site.render("runs.html", runs=shown, pager=pager, asked=asked, outcomes=OUTCOMES, triggers=TRIGGERS)


def _day(text: str | None) -> datetime | None:
    """A day as a date field has it; what is none does not filter."""
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


@routes.get("/runs/{run_id}")
async def run(request: web.Request) -> web.Response:
    """One run, by its id or the beginning of it."""
    site = request.app[SITE]
    row = await _find(site, request.match_info["run_id"])
    of_run = {"run_id": row["run_id"]}
    polls = await site.fetch("list_run_polls", of_run | {"limit": _NUM_POLLS})
    plotted = await site.fetch("plot_run_pages", of_run | {"limit": _NUM_PLOTTED})
    counts = await site.fetch("count_run_pages", of_run)
    lost = await site.fetch("list_lost_attempts", of_run)
    place = Place(request, _NUM_PAGES)
    asked = {
        "outcome": chosen(request, "outcome", [*Outcome]),
        "reason": chosen(request, "reason", [*Reason]),
    }
    pages, pager = place.cut(await site.fetch("page_run_pages", of_run | asked | place.params))
    return site.render(
        "run.html",
        run=row,
        polls=polls,
        pages=pages,
        pager=pager,
        lost=lost,
        asked=asked,
        counts=[(count["outcome"], count["reason"], count["num_pages"]) for count in counts],
        totals=_totals(row, counts),
        is_forgotten=not counts and any(row[f"num_{outcome}"] for outcome in Outcome),
        chart=timeline(
            visits_of(polls, plotted),
            row["started_at"],
            row["finished_at"],
            [attempt["lost_at"] for attempt in lost],
        ),
    )


async def _find(site: "Site", named: str) -> dict[str, Any]:
    """The one run whose id begins like that; raises HTTPNotFound."""
    digits = named.replace("-", "").lower()
    if not _ID.fullmatch(digits):
        raise web.HTTPNotFound(text=f"{named} is no id of a run: write it or at least its first four digits\n")
    bounds = {"lowest": UUID(digits.ljust(32, "0")), "highest": UUID(digits.ljust(32, "f"))}
    found = await site.fetch("find_run_between", bounds)
    if len(found) != 1:
        many = "more than one run begins" if found else "no run begins"
        raise web.HTTPNotFound(text=f"{many} with {named}\n")
    return found[0]


def _totals(run: Mapping[str, Any], counts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """By outcome: of a run that is over as it was counted then, for old visits are deleted; else so far."""
    if run["finished_at"]:
        return {outcome: run[f"num_{outcome}"] for outcome in Outcome}
    counted: Counter[str] = Counter()
    for count in counts:
        counted[count["outcome"]] += count["num_pages"]
    return {outcome: counted[outcome] for outcome in Outcome}
