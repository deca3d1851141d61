"""Moments as people write them."""

from datetime import UTC, datetime, timedelta

from crawler.source import parse_duration


def parse_moment(text: str, now: datetime | None = None) -> datetime:
    """Read ``2026-11-30``, ``2026-11-30T06:00`` (UTC unless it says otherwise), or ``90m``, ``7d``: so long ago.

    Raises:
        ValueError: it is neither; the message says how to write it.
    """
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _ago(text, now or datetime.now(UTC))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ago(text: str, now: datetime) -> datetime:
    try:
        duration = parse_duration(text)
        if isinstance(duration, timedelta):
            return now - duration
    except (ValueError, OverflowError):
        pass
    raise ValueError(f'{text!r} is no time: write it like "2026-11-30", "2026-11-30T06:00Z" or "7d" (so long ago)')
