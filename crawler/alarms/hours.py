"""The counts of one hour of one source, and the hours of the week in its time zone: what all alarms count in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from crawler.outcomes import NEVER_FETCHED, Reason

HOUR = timedelta(hours=1)
HOURS = 168
"""Of a week; the first is that from Monday 00:00 on."""

REFUSALS = frozenset(
    {
        Reason.HTTP_401,
        Reason.HTTP_403,
        Reason.HTTP_429,
        Reason.BOT_WALL,
        Reason.COOKIE_WALL,
        Reason.LOGIN_WALL,
        Reason.ROBOTS_DISALLOWED,
    }
)
"""How a host says that it will not have us."""

NO_ARTICLE = frozenset({Reason.NOT_ARTICLE, Reason.TOO_SHORT})
"""Of pages that were read, and held no article: where a site is laid out anew, it shows there first."""

NOT_ASKED = frozenset(NEVER_FETCHED - {Reason.ROBOTS_DISALLOWED})
"""Of links that say nothing of whether their host lets us in."""

REASONS = {
    "refusals": [str(reason) for reason in REFUSALS],
    "no_article": [str(reason) for reason in NO_ARTICLE],
    "not_asked": [str(reason) for reason in NOT_ASKED],
}
"""The parameters of the queries that count by them."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What the visits of one hour came to, of one source."""

    start: datetime
    """UTC, whole."""
    num_new: int = 0
    num_articles: int = 0
    """Visits that read an article, new or not."""
    num_headlined: int = 0
    num_dated: int = 0
    num_signed: int = 0
    num_in_language: int = 0
    num_words: int = 0
    num_read: int = 0
    """Visits that read a page, whether it held an article or not."""
    num_asked: int = 0
    """All visits but those that never came to ask."""
    num_refused: int = 0

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> list[Self]:
        """From a row of ``list_hours``: every column a list with one element an hour, the oldest first."""
        columns = [row[name] for name in cls.__dataclass_fields__ if name != "start"]
        starts = (datetime.fromtimestamp(hour * 3600, UTC) for hour in row["hours"])
        return [cls(start, *counts) for start, *counts in zip(starts, *columns, strict=True)]


def hour_of_week(moment: datetime, zone: ZoneInfo) -> int:
    """Which hour of the week it is there: 0 to 167. An hour that a clock change repeats has the same number."""
    local = moment.astimezone(zone)
    return local.weekday() * 24 + local.hour


def midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the day began there, in UTC."""
    local = moment.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def parts_of_hours(start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """The hours between two moments (UTC), each with the part of it that lies between them."""
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        yield hour, (min(hour + HOUR, end) - max(hour, start)) / HOUR
        hour += HOUR
