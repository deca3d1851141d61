"""Lengths of time as a person reads them at a glance: ``41s``, ``12m``, ``3h``, ``5d``."""

from datetime import timedelta

from scheduler.wording import whole_units

_MILLISECONDS_BELOW = 1.0
_TENTHS_BELOW = 10.0
_UNITS = ("s", "m", "h", "d")


def span(length: timedelta | None) -> str:
    """A length of time in the largest unit of which there are at least two; a dash for none."""
    return "-" if length is None else whole_units(length, _UNITS)


def duration(length: timedelta | None) -> str:
    """How long something took: exact where it was short."""
    if length is None:
        return "-"
    seconds = length.total_seconds()
    if seconds < _MILLISECONDS_BELOW:
        return f"{seconds * 1000:.0f}ms"
    return f"{seconds:.1f}s" if seconds < _TENTHS_BELOW else span(length)
