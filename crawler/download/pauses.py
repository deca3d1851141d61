"""Pauses that a host asks for, and the downloader middleware that sits out the short ones."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy.http import Request, Response

_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_LONGEST_PAUSE = 24 * 3600.0
_PAUSE_UNASKED = 60.0  # after a 429 that does not say for how long
_MAX_WAITS = 2  # times that one request sits out a pause within a run


class PauseMiddleware:
    """Asks again, in the same run, for what was refused only for a moment."""

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Send the request back to the downloader, which waits until the pause is over."""
        waits = request.meta.get("num_waits", 0)
        if not request.meta.get("pause_is_short") or waits >= _MAX_WAITS:
            return response
        meta = {**request.meta, "num_waits": waits + 1, "pause_is_short": False}
        return request.replace(meta=meta, dont_filter=True)


def pause_asked(status: int, retry_after: bytes | None, now: datetime) -> float | None:
    """For how many seconds an answer asks to be left alone; None if it does not.

    ``Retry-After`` comes as seconds or as a date (RFC 9110, 10.2.3); at most a day of it is believed.
    """
    if status not in {_TOO_MANY_REQUESTS, _UNAVAILABLE}:
        return None
    seconds = _read_retry_after((retry_after or b"").decode("latin-1").strip(), now)
    if seconds is None:
        return _PAUSE_UNASKED if status == _TOO_MANY_REQUESTS else None
    return min(max(seconds, 1.0), _LONGEST_PAUSE)


def _read_retry_after(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
