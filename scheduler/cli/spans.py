"""Lengths of time as a person reads them at a glance: ``41s``, ``12m``, ``3h``, ``5d``."""

from datetime import timedelta

_MILLISECONDS_BELOW = 1.0
_TENTHS_BELOW = 10.0
_UNITS = ((120, 1, "s"), (7200, 60, "m"), (172_800, 3600, "h"), (float("inf"), 86_400, "d"))


def span(length: timedelta | None) -> str:
    """A length of time in the largest unit of which there are at least two; a dash for none."""
    if length is None:
        return "-"
    seconds = abs(length.total_seconds())
    size, unit = next((size, unit) for limit, size, unit in _UNITS if seconds < limit)
    return f"{seconds // size:.0f}{unit}"


def duration(length: timedelta | None) -> str:
    """How long something took: exact where it was short."""
    if length is None:
        return "-"
    seconds = length.total_seconds()
    if seconds < _MILLISECONDS_BELOW:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < _TENTHS_BELOW else span(length)
