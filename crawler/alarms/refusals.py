"""Raises and clears the alarm ``blocked``: a host refuses most visits or polls."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from crawler.alarms.alarm import Evidence, Kind
from crawler.alarms.hours import REFUSALS, Hour
from crawler.alarms.watched import Watched, stamp
from crawler.outcomes import Reason
from sql.database import AsyncConnection, fetch

# Of the last so many visits of two days, this share; or so many runs in a row.
_VISITS, _FEWEST = 20, 5
_WITHIN = timedelta(days=2)
_SHARE, _SHARE_OVER = 0.6, 0.3
_RUNS = 3
# Who refuses so much all the time is as usual: a site of which most is for subscribers.
_USUAL = 0.3


@dataclass(frozen=True, slots=True)
class Refused:
    """How a host refuses."""

    share: float
    num_visits: int
    num_runs: int
    """Failed for it in a row, the last one among them."""
    why: str | None
    """The latest reason of these."""
    is_shut_out: bool
    """Whether the last run was not let in, or has not asked because it was told to wait."""

    def is_alarm(self, usual: float) -> bool:
        """Whether most of late was refused, and that is not usual."""
        by_visits = self.num_visits >= _FEWEST and self.share >= _SHARE and usual <= _USUAL
        return by_visits or self.num_runs >= _RUNS

    @property
    def is_over(self) -> bool:
        """Whether it is let in again: its last run was, and its last visits were, if there were any."""
        return not self.is_shut_out and self.share <= _SHARE_OVER


def measure_refusals(hours: Iterable[Hour], reasons: Iterable[str], now: datetime) -> Refused:
    """How a source was refused of late. ``hours`` go from the oldest on, ``reasons`` from its latest run back."""
    asked = refused = 0
    for hour in reversed([*hours]):
        if asked >= _VISITS or hour.start < now - _WITHIN:
            break
        asked, refused = asked + hour.num_asked, refused + hour.num_refused
    # Who asked to be left alone for an hour is not asked by the runs within it: they are as refused as the first.
    failed = [*takewhile(lambda reason: reason in REFUSALS or reason == Reason.HOST_PAUSED, reasons)]
    why = next((reason for reason in failed if reason in REFUSALS), None)
    share = refused / asked if asked else 0.0
    return Refused(share, asked, len(failed) if why else 0, why, is_shut_out=bool(failed))


async def watch_refusals(connection: AsyncConnection, watched: Watched, now: datetime) -> bool:
    """Raise the alarm of a source whose host refuses us, clear it when it does not; returns whether it is up."""
    reasons = watched.row["reasons"]
    refused = measure_refusals(watched.hours, reasons, now)
    if watched.is_up(Kind.BLOCKED) and refused.is_over:
        await watched.clear(connection, Kind.BLOCKED, now=now)
        return False
    usual = watched.baseline.fields.get("refused")
    if not refused.is_alarm(usual.median if usual else 0.0):
        return watched.is_up(Kind.BLOCKED)
    evidence = [Evidence("its last run", run_id=watched.row["run_ids"][0])]
    since = watched.row["failing_since"]
    if refused.num_runs >= _RUNS:
        cause = f"its last {refused.num_runs} runs were refused: {refused.why}"
    else:
        hours = [hour.start for hour in watched.since(now - _WITHIN) if hour.num_refused]
        since = min(hours)
        cause = f"{refused.share:.0%} of its last {refused.num_visits} visits were refused"
        cause += f", since {stamp(since)}: {await _reasons(connection, watched, since)}"
    cause += f"; {_ADVICE}"
    await watched.raise_(connection, Kind.BLOCKED, cause, now=now, since=since, evidence=evidence)
    return True


_ADVICE = "ask its publisher, ask more slowly (delay), or give it what it wants (headers, login)"


async def _reasons(connection: AsyncConnection, watched: Watched, since: datetime) -> str:
    params = {"source_id": watched.source_id, "hour": since - timedelta(hours=1)}
    visits = await fetch(connection, "count_visits_since", params)
    counted = [f"{one['reason']} ({one['num_pages']})" for one in visits if one["reason"] in REFUSALS]
    return ", ".join(counted)
