"""What the links of a document tell of its freshness and completeness."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.discovery import Link
from crawler.probe.values import Measures

_PINNED = 10  # one article in ten may be far older than its neighbours: kept on top, or brought up again
_WEEK = timedelta(days=7)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def measure(links: Iterable[Link], now: datetime) -> Measures:
    """Count what a document says of its links; ``now`` is aware."""
    links = list(links)
    times = sorted(time for link in links if (time := time_of(link)))
    return Measures(
        num_links=len(links),
        num_dated=len(times),
        num_published=sum(link.date_published is not None for link in links),
        num_headlines=sum(link.headline is not None for link in links),
        num_full_texts=sum(link.article_body is not None for link in links),
        newest=times[-1] if times else None,
        reach=times[len(times) // _PINNED] if times else None,
        median_spacing=_median_spacing(times),
        per_day=_per_day(times, now),
    )


def time_of(link: Link) -> datetime | None:
    """When its article was published, else modified."""
    return link.date_published or link.date_modified


def _median_spacing(times: list[datetime]) -> timedelta | None:
    spacings = sorted(later - earlier for earlier, later in pairwise(times))
    return spacings[len(spacings) // 2] if spacings else None


def _per_day(times: list[datetime], now: datetime) -> float | None:
    """Articles a day over the last week, or over as much of it as the document reaches back.

    Up to now, not up to the newest: a document that has fallen silent has slowed down.
    """
    recent = [time for time in times if time > now - _WEEK]
    if len(times) < 2 or not recent:  # noqa: PLR2004 (one time tells no pace)
        return 0.0 if times and not recent else None
    covered = _WEEK if len(recent) < len(times) else max(now - recent[0], _HOUR)
    return len(recent) / (covered / _DAY)
