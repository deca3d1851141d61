"""Moments as people type them: ``2h``, ``yesterday``, ``02:30``, ``2026-11-30``, ``2026-11-30T02:30+01:00``."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from crawler.source import parse_duration

_DAYS = {"today": 0, "yesterday": 1}


def moment_of(text: str, *, now: datetime, zone: tzinfo | None = UTC) -> datetime:
    """The moment that is meant; ValueError with how to write it.

    A duration is that long before ``now``; ``today`` and ``yesterday`` are the beginning of the day. What names no
    zone is in ``zone``; None is that of this machine.
    """
    word = text.strip().lower()
    if word == "now":
        return now
    local = now.astimezone(zone)
    if word in _DAYS:
        return _in_zone(datetime.combine(local.date() - timedelta(days=_DAYS[word]), time.min), zone)
    try:
        return now - _duration(word)
    except ValueError:
        pass
    except OverflowError:
        raise ValueError(_complaint(text)) from None
    return _in_zone(_written(text.strip(), local), zone)


def _duration(word: str) -> timedelta:
    """A bare number is no duration here: it might as well be a year."""
    span = None if word.isdigit() else parse_duration(word.removesuffix(" ago"))
    if not isinstance(span, timedelta):
        raise ValueError(word)  # noqa: TRY004 - the caller's own word for it
    return span


def _written(text: str, local: datetime) -> datetime:
    """A time of today, a day, or both; ``20`` and ``2030`` are not said plainly enough."""
    try:
        if ":" in text and "-" not in text:
            return datetime.combine(local.date(), time.fromisoformat(text))
        if "-" in text:
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(_complaint(text))


def _complaint(text: str) -> str:
    return f'{text!r} is no time; write it like "2h", "yesterday", "02:30", "2026-11-30" or "2026-11-30T02:30"'


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    try:
        return (moment.astimezone() if zone is None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, OSError):  # years that have no zone
        raise ValueError(_complaint(str(moment))) from None
