"""How numbers and lengths of time are put into words: the same on the command line, on the page and in the log."""

from datetime import timedelta

_UNITS = ((120, 1), (7200, 60), (172_800, 3600), (float("inf"), 86_400))


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 source``, ``1,200 sources``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def whole_units(length: timedelta, names: tuple[str, str, str, str]) -> str:
    """A length of time in the largest unit of which there are at least two, named as seconds to days are here."""
    seconds = abs(length.total_seconds())
    size, name = next((size, name) for (limit, size), name in zip(_UNITS, names, strict=True) if seconds < limit)
    return f"{seconds // size:.0f}{name}"


def shortened(text: str, longest: int) -> str:
    """A text that is not longer than this: what was cut off, an ellipsis stands for."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
