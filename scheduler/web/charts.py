"""Where the bars of a chart stand: percentages across, pixels down, so that a chart is as wide as its place.

Nothing here knows of markup; the templates write these as attributes of SVG elements.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from crawler.outcomes import NEVER_FETCHED

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Group = Literal["documents", "pages", "not asked for"]
_GROUPS: tuple[Group, ...] = ("documents", "pages", "not asked for")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_HEIGHT = 96.0
_TALLEST = 82.0  # a bar; the number that it stands for is written above
_BUSY = 168  # new articles in a week from which on each hour has a bar of its own
_THINNEST = 0.3  # per cent of the width: what took no time is still seen
_LAST_MARK = 0.94  # what begins further to the right would be cut off
_LANE = 12.0
_MOST_LANES = 10
_MOST_BARS = 300
_NUM_COLUMNS = 120


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: ``x`` and ``width`` in per cent, ``y`` and ``height`` in pixels, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word beside the axis, ``x`` per cent from the left."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template draws."""

    height: float
    bars: list[Bar] = field(default_factory=list)
    usual: list[Bar] = field(default_factory=list)
    """Lines: of these only ``x``, ``y`` and ``width`` count."""
    marks: list[Mark] = field(default_factory=list)
    rows: list[tuple[float, str]] = field(default_factory=list)
    """Words at a height, at the left."""
    words: str = ""
    """What the chart shows, for those who do not see it."""


def spark_path(values: Sequence[float], full: float = 1) -> str:
    """The bars of a sparkline as one SVG path, four units wide each and 24 high: a page may have a hundred.

    The highest value fills the height, or ``full`` if none is higher than that.
    """
    most = max(*values, full)
    return "".join(
        f"M{4 * n} 24v-{height:g}h3v{height:g}z"
        for n, number in enumerate(values)
        if (height := round(max(22 * number / most, 2), 1) if number else 0)
    )


def week_of_hours(
    counted: Mapping[datetime, int], usual: Sequence[float] | None, zone: "ZoneInfo", now: datetime
) -> Chart:
    """The new articles of the last seven days against what is usual, by the hour or, where few come, by six."""
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    first = last - 7 * _DAY + _HOUR
    hours = [first + n * _HOUR for n in range(7 * 24)]
    size = 1 if sum(counted.get(hour, 0) for hour in hours) >= _BUSY else 6
    bins = [hours[n : n + size] for n in range(0, len(hours), size)]
    values = [sum(counted.get(hour, 0) for hour in bin_) for bin_ in bins]
    lines = [sum(usual[_hour_of_week(hour, zone)] for hour in bin_) for bin_ in bins] if usual else []
    top = max([*values, *lines, 1])
    width = 100 / len(bins)
    bars = [
        _column(n, width, value / top, f"{_span(bin_, size)}: {value} new{_against(lines, n)}")
        for n, (bin_, value) in enumerate(zip(bins, values, strict=True))
    ]
    steps = [
        Bar(n * width, _HEIGHT - _TALLEST * line / top, width, 0, "usual", "") for n, line in enumerate(lines)
    ]
    days = [
        Mark(100 * n / len(hours), hour.strftime("%a %d"))
        for n, hour in enumerate(hours)
        if hour.hour == 0 and n / len(hours) < _LAST_MARK
    ]
    each = "hour" if size == 1 else "six hours"
    words = f"New articles in each {each} of the last 7 days: {sum(values)} in all, {max(values)} at most"
    return Chart(_HEIGHT, bars, steps, days, [(9.0, f"{top:g}" if top >= 1 else "")], words)


def _hour_of_week(hour: datetime, zone: "ZoneInfo") -> int:
    local = hour.astimezone(zone)
    return local.weekday() * 24 + local.hour


def _span(hours: Sequence[datetime], size: int) -> str:
    return f"{hours[0]:%a %d %b %H:00}" + (f" to {hours[-1] + _HOUR:%H:00}" if size > 1 else "")


def _against(lines: Sequence[float], n: int) -> str:
    return f", usual {lines[n]:.1f}" if lines else ""


def _column(n: int, width: float, share: float, words: str) -> Bar:
    height = max(_TALLEST * share, 1.0)
    kind = "bar" if share else "nothing"
    return Bar(n * width + width * 0.1, _HEIGHT - height, width * 0.8, height, kind, words)


@dataclass(frozen=True, slots=True)
class Visit:
    """One thing that a run did: a poll or a visit to a page."""

    begin: datetime
    end: datetime
    kind: str
    """Its outcome."""
    group: Group
    words: str


def visits_of(polls: Iterable[Mapping[str, Any]], pages: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """What a run did, in the order of time. A time of the database's is that of the answer."""
    visits = [_visit(row, row["polled_at"], "documents", str(row["kind"])) for row in polls]
    for row in pages:
        is_asked = row["reason"] not in NEVER_FETCHED
        visits.append(_visit(row, row["fetched_at"], "pages" if is_asked else "not asked for", row["reason"]))
    return sorted(visits, key=lambda visit: (visit.begin, visit.end))


def _visit(row: Mapping[str, Any], end: datetime, group: Group, words: str) -> Visit:
    took = timedelta(milliseconds=row["duration_ms"] or 0)
    return Visit(end - took, end, row["outcome"], group, f"{end:%H:%M:%S} {row['outcome']}, {words}")


def timeline(
    visits: Sequence[Visit], began: datetime | None, ended: datetime | None, lost: Sequence[datetime] = ()
) -> Chart | None:
    """A run along its time: a bar for each visit or, of many, for each slice of time. None if it did nothing."""
    if not visits:
        return None
    start = min([visit.begin for visit in visits] + ([began] if began else []))
    end = max([visit.end for visit in visits] + ([ended] if ended else []) + list(lost))
    span = max((end - start).total_seconds(), 0.001)

    def place(moment: datetime) -> float:
        return 100 * (moment - start).total_seconds() / span

    bars, rows, height = [], [], 0.0
    for group in _GROUPS:
        of_group = [visit for visit in visits if visit.group == group]
        if not of_group:
            continue
        height += 18
        rows.append((height - 6, f"{group}: {len(of_group)}"))
        placed, taken = (_stacked if len(of_group) > _MOST_BARS else _in_lanes)(of_group, place, height)
        bars += placed
        height += taken
    cuts = [Bar(place(moment), 0, 0, height, "lost", "") for moment in lost]
    marks = [Mark(100 * n / 4, f"{start + (end - start) * n / 4:%H:%M:%S}") for n in range(4)]
    return Chart(height, bars, cuts, marks, rows, _timeline_words(visits, end - start))


def _timeline_words(visits: Sequence[Visit], took: timedelta) -> str:
    said = []
    for group in _GROUPS:
        counts = Counter(visit.kind for visit in visits if visit.group == group)
        if counts:
            said.append(f"{group}: " + ", ".join(f"{number} {kind}" for kind, number in counts.most_common()))
    return (
        f"What the run did in {took.total_seconds():.0f} seconds, {'; '.join(said)}. The tables below list each."
    )


def _in_lanes(visits: Sequence[Visit], place: Any, top: float) -> tuple[list[Bar], float]:
    """Each visit in the first lane that is free; how high all lanes are."""
    free: list[float] = []
    bars = []
    for visit in visits:
        x = min(place(visit.begin), 100 - _THINNEST)
        width = max(place(visit.end) - x, _THINNEST)
        lane = next((n for n, until in enumerate(free) if until <= x), len(free))
        if lane == len(free) and lane < _MOST_LANES:
            free.append(0.0)
        lane = min(lane, _MOST_LANES - 1)
        free[lane] = x + width
        bars.append(Bar(x, top + lane * _LANE, width, _LANE - 2, visit.kind, visit.words))
    return bars, len(free) * _LANE


def _stacked(visits: Sequence[Visit], place: Any, top: float) -> tuple[list[Bar], float]:
    """How many visits of each outcome ended in each slice of time, on top of each other."""

    def column_of(visit: Visit) -> int:
        return min(int(place(visit.end) * _NUM_COLUMNS / 100), _NUM_COLUMNS - 1)

    in_order = sorted(visits, key=lambda visit: (column_of(visit), visit.kind))
    columns = {column: list(found) for column, found in groupby(in_order, key=column_of)}
    most = max(len(found) for found in columns.values())
    bars = [bar for column, found in columns.items() for bar in _stack(column, found, top, _HEIGHT / most)]
    return bars, _HEIGHT


def _stack(column: int, visits: Sequence[Visit], top: float, unit: float) -> Iterator[Bar]:
    width = 100 / _NUM_COLUMNS
    bottom = top + _HEIGHT
    for kind, found in groupby(visits, key=lambda visit: visit.kind):
        number = len(list(found))
        bottom -= number * unit
        yield Bar(column * width, bottom, width * 0.85, number * unit, kind, f"{number} {kind}")
