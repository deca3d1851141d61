"""How an explanation writes times and numbers."""

from datetime import datetime, timedelta

from scheduler.wording import whole_units

_LATE = timedelta(minutes=5)
_UNITS = (" s", " min", " h", " days")


def moment(at: datetime | None) -> str:
    """A moment in UTC, as people write it."""
    return at.strftime("%Y-%m-%d %H:%M UTC") if at else "never"


def span(length: timedelta) -> str:
    """A length of time, in the largest unit of which there are at least two."""
    return whole_units(length, _UNITS)


def when(at: datetime | None, now: datetime) -> str:
    """A moment, and how long ago it was, or how far off it is."""
    if at is None:
        return "never"
    return f"{moment(at)} ({span(now - at)} ago)" if at <= now else f"{moment(at)} (in {span(at - now)})"


def due(at: datetime | None, now: datetime) -> str:
    """When something is due; what is late is told as such."""
    if at is None:
        return "due at no time"
    return f"due {when(at, now)}" if at > now - _LATE else f"overdue since {when(at, now)}: is a daemon running?"


def sentence(text: str) -> str:
    """The text as a sentence: with a capital letter and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".") if text else ""
