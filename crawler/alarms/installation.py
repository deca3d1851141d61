"""Raises and clears alarms of the whole installation: nobody visits what is due, pages crash their reader."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm
from crawler.alarms.watched import ago, stamp
from sql.advisory import LEAD
from sql.database import AsyncConnection, fetch

DUE_FOR = timedelta(minutes=5)
QUEUED_FOR = timedelta(minutes=15)
PERSISTENCE = timedelta(minutes=5)
"""So long it has to be seen: after a pause of ours everything is late, and made up for at once."""
_WORKER_SILENCE = 30.0
_SPARE = timedelta(minutes=15)

_FEWEST_PAGES = 5
_TIMES_USUAL = 4.0
_FEW_AGAIN = 2


@dataclass(slots=True)
class Schedule:
    """Watches whether what is due is visited, for as long as one process does."""

    run_timeout: timedelta
    late_since: datetime | None = None
    """Since when this process has seen something late."""

    async def watch(self, connection: AsyncConnection, now: datetime, *, may_raise: bool = True) -> None:
        """Raise ``stale_schedule`` when something has been late for some minutes; clear it when nothing is."""
        params = {
            "now": now,
            "due_for": DUE_FOR,
            "queued_for": QUEUED_FOR,
            "runs_for": 2 * self.run_timeout + _SPARE,
            "silence": _WORKER_SILENCE,
            "lock": LEAD,
        }
        (row,) = await fetch(connection, "measure_schedule", params)
        if not (row["num_due"] or row["num_queued"] or row["num_overlong"]):
            self.late_since = None
            await clear_alarm(connection, Kind.STALE_SCHEDULE, now=now)
            return
        if self.late_since is None or self.late_since > now:
            self.late_since = now
        if may_raise and now - self.late_since >= PERSISTENCE:
            times = [row["due_since"], row["queued_since"], row["overlong_since"]]
            runs = (("waits the longest", row["queued_run"]), ("goes on the longest", row["overlong_run"]))
            evidence = [Evidence(f"the run that {what}", run_id=run_id) for what, run_id in runs if run_id]
            since = min(time for time in times if time)
            cause = explain_lateness(row, now)
            await raise_alarm(connection, Kind.STALE_SCHEDULE, cause, now=now, since=since, evidence=evidence)


def explain_lateness(row: dict[str, Any], now: datetime) -> str:
    """What is late, and who is missing."""
    what = []
    if row["num_due"]:
        what.append(f"{row['num_due']} sources are due and not queued, the first since {stamp(row['due_since'])}")
    if row["num_queued"]:
        waits = ago(now - row["queued_since"])
        what.append(f"{row['num_queued']} runs are queued and not taken up, the first for {waits}")
    if row["num_overlong"]:
        what.append(
            f"{row['num_overlong']} runs go on for too long, the first since {stamp(row['overlong_since'])}"
        )
    if not row["num_workers"] and (row["num_queued"] or row["num_overlong"]):
        why = "there is no worker: start 'tidings run' or 'tidings worker'"
    elif row["num_due"] and not row["has_leader"]:
        why = "there is no leader: start 'tidings run'"
    elif row["num_due"]:
        why = "the leader does not queue them: its log says why (duty.failed)"
    elif row["num_queued"]:
        why = f"{row['num_workers']} workers are too few: start more, or ask less often"
    else:
        why = "their workers live: the log of these runs says what they wait for"
    return f"{'; '.join(what)}; {why}"


async def watch_quarantine(connection: AsyncConnection, now: datetime) -> None:
    """Raise ``quarantine_growing`` when far more pages than usual have come into quarantine since yesterday."""
    (row,) = await fetch(connection, "measure_quarantine", {"now": now})
    today, a_day = row["num_today"], float(row["a_day"])
    if today >= _FEWEST_PAGES and today >= _TIMES_USUAL * a_day:
        sources = await fetch(connection, "list_quarantined_lately", {"now": now})
        cause = f"{today} pages have come into quarantine within a day, {a_day:.1f} are usual"
        cause += "; 'tidings quarantine list' names them"
        evidence = [
            Evidence(
                f"{one['num_pages']} of {one['source']}, the last: {one['reason']}",
                url=one["url"],
                source=one["source"],
            )
            for one in sources
        ]
        await raise_alarm(
            connection, Kind.QUARANTINE_GROWING, cause, now=now, since=row["since"], evidence=evidence
        )
    elif today <= max(_FEW_AGAIN, _TIMES_USUAL / 2 * a_day):
        await clear_alarm(connection, Kind.QUARANTINE_GROWING, now=now)
