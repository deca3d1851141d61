"""How a source fares: what its failures weigh, and whether it is our own network that fails."""

from datetime import datetime, timedelta
from typing import Any

import structlog

from crawler.alarms import Evidence, Kind, clear_alarm, raise_alarm
from crawler.assignment import Assignment, Tally
from crawler.ingestion.page import Visit
from crawler.ingestion.rhythm import weight_of_visits
from crawler.intervals.freshness import minutes
from crawler.intervals.gap import Gap
from crawler.intervals.timing import Timing
from crawler.sites import host_of
from crawler.source import Source
from sql.database import AsyncConnection, clock, fetch

log = structlog.get_logger("crawler.health")

HARD, SOFT, TEMPORARY = 1.0, 0.5, 0.25

# Whoever waits longest for these to go away is not the source: somebody has to mend something.
_HARD = frozenset(
    {
        "http_404",
        "http_410",
        "http_451",
        "no_feed_found",
        "secret_missing",
        "unreadable",
        "robots_disallowed",
        "private_address",
        "port_not_allowed",
        "scheme_not_allowed",
    }
)
_SOFT = frozenset({"http_401", "http_403", "http_4xx", "too_large", "redirect_loop", "tls", "off_site"})
# What our own network, when it fails, makes of every source.
_OF_NETWORK = ("dns", "connection", "timeout", "robots_unreachable")

# Of so many sites asked last, this share failing together, and at least so many of them, is no coincidence.
_SITES_WATCHED = 10
_FEWEST_FAILING = 5
_RAISED_AT = 0.8
_CLEARED_AT = 0.5

# How far a publisher's wish to be left alone is heeded, where the operator has said nothing of when to ask.
_LONGEST_REFRESH = timedelta(hours=1)
DEFAULT_EVERY = timedelta(minutes=15)


def weight_of(reason: str | None) -> float:
    """What a failed run counts: hard 1, soft 0.5, temporary 0.25."""
    return HARD if reason in _HARD else SOFT if reason in _SOFT else TEMPORARY


def not_before(assignment: Assignment, now: datetime) -> datetime | None:
    """Before when the source should not be asked again: its host wants a pause, or its feeds will not change."""
    source = assignment.source
    hosts = {host_of(url) for url in (source.url, *source.documents)}
    pause = max(assignment.pace.pause_left(host) for host in hosts)
    times = [now + timedelta(seconds=pause)] if pause else []
    is_ours = source.interval is None and source.cron is None and source.freshness is None
    if is_ours and (fresh := _fresh_until(assignment.tally)):
        times.append(min(fresh, now + _LONGEST_REFRESH))
    return max(times, default=None)


def _fresh_until(tally: Tally) -> datetime | None:
    """When the first of the documents may change; None if one of them does not say."""
    times = [poll.document.fresh_until for poll in tally.polls if poll.outcome != "failed"]
    return min((time for time in times if time), default=None) if all(times) else None


async def settle(
    connection: AsyncConnection,
    visit: Visit,
    outcome: str,
    reason: str | None,
    *,
    every: timedelta | None = None,
    due_after: datetime | None = None,
    again: bool = False,
    edits: tuple[int, int] = (0, 0),
    timing: Timing | None = None,
    changed_at: datetime | None = None,
) -> None:
    """Free a source after its run, and say when it is due if that is later than its timetable has it.

    Failures back off: the interval doubles with each full point of the score, up to 30 days. No source is ever
    switched off. While our own network fails, nothing is counted. ``edits`` is how many visits to known articles
    the run has made, and how many of them found another text. ``timing`` is what an adaptive source has learned:
    it counts, unless what the operator says of the source is not of ``changed_at`` any more. Without ``every``, as
    of cron, the interval is the time from the run to the next slot, and 15 minutes at the least.
    """
    now = await clock(connection)
    own_network = await _watch_network(connection, now) if outcome == "failed" else False
    if outcome in {"succeeded", "partial"}:
        await _watch_network(connection, now)
    params: dict[str, Any] = {
        "run_id": visit.run_id,
        "now": now,
        "good": outcome in {"succeeded", "partial"},
        "weight": weight_of(reason) if outcome == "failed" and not own_network else 0.0,
        "every": every,
        "default_every": DEFAULT_EVERY,
        "learned_every": timing.every if timing else None,
        "slot_at": timing.slot_at if timing else None,
        "changed_at": changed_at,
        "due_after": due_after,
        "again": again,
        "edit_weight": weight_of_visits(edits[0]),
        "edit_share": edits[1] / max(edits[0], 1),
    }
    for row in await fetch(connection, "release_source", params):
        if row["put_off"]:
            context = {"source": visit.source, "run_id": str(visit.run_id)}
            score = round(row["failure_score"], 2)
            log.info(
                "source.rescheduled",
                **context,
                due_at=row["due_at"].isoformat(),
                reason=reason,
                failure_score=score,
            )


async def watch_gaps(connection: AsyncConnection, assignment: Assignment, now: datetime) -> None:
    """Raise the alarm of a source whose feed has lost articles between two polls; clear it when polls overlap."""
    tally = assignment.tally
    alarm: dict[str, Any] = {"now": now, "source_id": assignment.visit.source_id, **assignment.log_context}
    if tally.gaps:
        cause = "; ".join(_cause_of(gap, assignment.source) for gap in tally.gaps)
        run_id = str(assignment.visit.run_id)
        evidence = [Evidence("the poll that found it", run_id=run_id, document=gap.url) for gap in tally.gaps]
        since = min(gap.since for gap in tally.gaps)
        await raise_alarm(connection, Kind.GAP, cause, since=since, evidence=evidence, **alarm)
    elif tally.polls and all(poll.outcome != "failed" for poll in tally.polls):
        await clear_alarm(connection, Kind.GAP, **alarm)


def _cause_of(gap: Gap, source: Source) -> str:
    lost = (
        f"{gap.url} lists none of the {gap.num_before} entries that it listed at {gap.since:%Y-%m-%d %H:%M} UTC:"
        f" articles came and went unseen"
    )
    filled = f"{gap.num_filled} links were taken up from {', '.join(gap.filled_from)}" if gap.filled_from else ""
    if source.is_adaptive:
        advice = "it is asked more often from now on"
    else:
        advice = f"an interval of {minutes(gap.would_do)} would do"
    return "; ".join(filter(None, (lost, filled, advice)))


async def _watch_network(connection: AsyncConnection, now: datetime) -> bool:
    """Raise or clear the alarm of our own network; says whether it is up."""
    params = {"since": now - timedelta(minutes=15), "reasons": list(_OF_NETWORK), "limit": _SITES_WATCHED}
    row = (await fetch(connection, "watch_network", params))[0]
    share = row["num_failing"] / row["num_sites"] if row["num_sites"] else 0.0
    if row["is_raised"]:
        return share > _CLEARED_AT or not await clear_alarm(connection, Kind.OWN_NETWORK, now=now)
    if row["num_failing"] < _FEWEST_FAILING or share < _RAISED_AT:
        return False
    cause = f"{row['num_failing']} of the {row['num_sites']} sites asked last could not be reached"
    await raise_alarm(connection, Kind.OWN_NETWORK, cause, now=now)
    return True
