"""How long a feed asks to be left alone between two polls."""

from datetime import timedelta

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=1)
_MAX_MINUTES = 366 * 24 * 60  # who asks for more means something else

# https://web.resource.org/rss/1.0/modules/syndication/
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


def read_refresh(ttl: str | None, period: str | None, frequency: str | None) -> timedelta | None:
    """Read RSS's ``ttl`` in minutes, else how often in a period the feed is updated.

    No less than a minute and no more than a day: news that is a week late is none. None for zero, for what is
    no number, and for more than a year.
    """
    minutes = _number(ttl)
    if minutes is None and (period or frequency):
        times = 1.0 if frequency is None else _number(frequency)
        length = _PERIODS.get((period or "daily").lower())
        minutes = length / times if length and times else None
    if minutes is None or minutes > _MAX_MINUTES:
        return None
    return min(max(timedelta(minutes=minutes), _SHORTEST), _LONGEST)


def _number(written: str | None) -> float | None:
    """A positive number as written in decimal digits."""
    digits = (written or "")[:12]
    return float(digits) if digits.isascii() and digits.isdigit() and int(digits) else None
