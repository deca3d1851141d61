"""What is known of a source when its alarms are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm
from crawler.alarms.baseline import Baseline
from crawler.alarms.hours import REASONS, Hour
from sql.database import AsyncConnection, fetch


@dataclass(frozen=True)
class Watched:
    """A row of ``list_watched`` with the latest hours of the source, the oldest first."""

    row: dict[str, Any]
    hours: list[Hour]

    @property
    def source_id(self) -> int:
        """Its id."""
        return int(self.row["source_id"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.row["name"])

    @cached_property
    def baseline(self) -> Baseline:
        """What is usual of it; of one that has none yet, nothing."""
        return Baseline.of_row(self.row) if self.row["usual"] else Baseline()

    @cached_property
    def zone(self) -> ZoneInfo:
        """Its time zone."""
        return zone_of(self.row["timezone"])

    @property
    def is_failing(self) -> bool:
        """Whether its last run has read nothing."""
        return self.row["failing_since"] is not None

    @property
    def last_look(self) -> datetime | None:
        """Up to when it is known what it has published; of one that fails, up to when that could be known."""
        last: datetime | None = self.row["last_finished_at"] if self.is_failing else self.row["last_success_at"]
        return last

    def is_up(self, kind: Kind) -> bool:
        """Whether this alarm of it is up."""
        return kind in self.row["alarms"]

    def raised_at(self, kind: Kind) -> datetime:
        """When an alarm that is up was raised."""
        return datetime.fromisoformat(self.row["alarms"][kind])

    def since(self, hour: datetime) -> list[Hour]:
        """The hours from this one on."""
        return [one for one in self.hours if one.start >= hour]

    async def raise_(
        self,
        connection: AsyncConnection,
        kind: Kind,
        cause: str,
        *,
        now: datetime,
        since: datetime | None,
        evidence: Sequence[Evidence],
    ) -> None:
        """Raise an alarm of this source, or bring what it says up to date."""
        context: dict[str, Any] = {"source_id": self.source_id, "source": self.name}
        await raise_alarm(connection, kind, cause, now=now, since=since, evidence=evidence, **context)

    async def clear(self, connection: AsyncConnection, kind: Kind, *, now: datetime) -> None:
        """Clear an alarm of this source, if it is up."""
        if self.is_up(kind):
            await clear_alarm(connection, kind, now=now, source_id=self.source_id, source=self.name)


def zone_of(name: str) -> ZoneInfo:
    """A time zone; UTC where this host does not know it, for one source must not hold up the others."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


async def read_watched(connection: AsyncConnection, source_ids: Sequence[int], now: datetime) -> list[Watched]:
    """What is known of these sources; not of those that are switched off, or have had no run."""
    params = {"source_ids": list(source_ids), "now": now, **REASONS}
    hours = {row["source_id"]: Hour.of_row(row) for row in await fetch(connection, "list_latest_hours", params)}
    rows = await fetch(connection, "list_watched", {"source_ids": list(source_ids)})
    return [Watched(row, hours.get(row["source_id"], [])) for row in rows]


def ago(span: timedelta) -> str:
    """A span in words, in the largest unit that makes more than one of it."""
    minutes = span.total_seconds() / 60
    for unit, size in (("weeks", 7 * 24 * 60), ("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.0f} {unit}"
    return f"{max(minutes, 0):.0f} minutes"


def stamp(moment: datetime) -> str:
    """A time as causes have it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
