"""Whether news has ceased altogether: when all sources fall silent at once, it is us, and one alarm says so.

Looked at only when a source is about to be told of. Two things keep it from being told of alone: all sources
together have brought less than a quarter of the usual within two hours; or so many have been told of lately that
it can be no coincidence. Then the installation has one alarm (``silence`` without a source), which names some.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crawler.alarms.alarm import Evidence, Kind, clear_alarm, raise_alarm
from crawler.alarms.baseline import FEWEST_NEW, FEWEST_WEEKS
from crawler.alarms.hours import HOUR, hour_of_week, parts_of_hours
from crawler.alarms.silences import Silent, raise_silence
from crawler.alarms.watched import zone_of
from sql.database import AsyncConnection, fetch

_OVER = timedelta(hours=2)
_FEWEST_SOURCES = 10
_FEWEST_USUAL = 30.0
_SHARE_CEASED, _SHARE_BACK = 0.25, 0.5
# A burst: so many within so long, and this share of all sources.
_BURST, _BURST_SHARE = 20, 0.05
_BURST_WITHIN = timedelta(hours=3)
# Who has been silent for longer has no part in it: after an upgrade all that were silent before are found at once.
_SUDDEN = timedelta(days=3)
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Flow:
    """New articles of all sources, and how many are usual."""

    num_sources: int
    num_new: int
    usual: float

    @property
    def has_ceased(self) -> bool:
        """Whether far less than usual comes."""
        enough = self.num_sources >= _FEWEST_SOURCES and self.usual >= _FEWEST_USUAL
        return enough and self.num_new < _SHARE_CEASED * self.usual

    @property
    def is_back(self) -> bool:
        """Whether what comes is about what is usual."""
        return self.num_new >= max(_SHARE_BACK * self.usual, 1.0)


class Silences:
    """The sources that one process has found silent, told of one by one or together."""

    def __init__(self) -> None:
        self._withheld: set[int] = set()

    async def tell(self, connection: AsyncConnection, silent: Sequence[Silent], now: datetime) -> None:
        """Raise the alarms of these sources; or that of the installation, if it is no matter of theirs."""
        params = {"since": now - _BURST_WITHIN, "sudden": now - _SUDDEN}
        (row,) = await fetch(connection, "count_silences", params)
        told = [one for one in silent if one.watched.is_up(Kind.SILENCE) or not _is_sudden(one, now)]
        fresh = [one for one in silent if not one.watched.is_up(Kind.SILENCE) and _is_sudden(one, now)]
        for one in told:
            await raise_silence(connection, one, now)
        if not fresh and row["raised_at"] is None:
            return
        flow = measure_flow(await self._rows(connection, now), now)
        (counted,) = await fetch(connection, "count_enabled_sources")
        most = max(_BURST, round(_BURST_SHARE * counted["num_sources"]))
        is_burst = row["num_raised"] + len(fresh) > most
        if row["raised_at"] and self._is_over(flow, most, now - row["raised_at"]):
            await clear_alarm(connection, Kind.SILENCE, now=now)
            self._withheld.clear()
        elif row["raised_at"] or flow.has_ceased or (is_burst and fresh):
            self._withheld |= {one.watched.source_id for one in fresh}
            await self._raise_together(connection, fresh, flow, now)
            return
        for one in fresh:
            await raise_silence(connection, one, now)

    def forget(self, source_id: int) -> None:
        """It is not silent any more."""
        self._withheld.discard(source_id)

    def _is_over(self, flow: Flow, most: int, since_raised: timedelta) -> bool:
        return flow.is_back and len(self._withheld) <= most / 2 and since_raised >= HOUR

    async def _rows(self, connection: AsyncConnection, now: datetime) -> list[dict[str, Any]]:
        params = {"hour": _whole(now - _OVER), "weeks": FEWEST_WEEKS, "articles": FEWEST_NEW}
        return await fetch(connection, "list_flows", params)

    async def _raise_together(
        self, connection: AsyncConnection, fresh: Sequence[Silent], flow: Flow, now: datetime
    ) -> None:
        if not fresh:
            return
        if flow.has_ceased:
            what = f"{flow.num_new} new articles of {flow.num_sources} sources have come within two hours"
            cause = f"{what}, {flow.usual:.0f} are usual: this is our own doing (network, proxy, parser, database)"
        else:
            cause = f"{len(self._withheld)} sources and more have fallen silent together, which is no coincidence"
            cause += ": something that they share has changed (host, platform, parser)"
        cause += "; they are not told of one by one"
        evidence = [Evidence("silent", source=one.watched.name) for one in fresh[:_SHOWN]]
        await raise_alarm(connection, Kind.SILENCE, cause, now=now, since=now - _OVER, evidence=evidence)


def measure_flow(rows: Sequence[dict[str, Any]], now: datetime) -> Flow:
    """What has come of these sources within the last two hours and the part of one before them."""
    usual = 0.0
    places: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        if (name := row["timezone"]) not in places:
            zone = zone_of(name)
            hours = parts_of_hours(_whole(now - _OVER), now)
            places[name] = [(hour_of_week(hour, zone), part) for hour, part in hours]
        usual += sum(row["usual"][place] * part for place, part in places[name])
    return Flow(len(rows), sum(row["num_new"] for row in rows), usual)


def _is_sudden(silent: Silent, now: datetime) -> bool:
    last = silent.watched.row["last_new_hour"]
    return last is not None and last > now - _SUDDEN


def _whole(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
