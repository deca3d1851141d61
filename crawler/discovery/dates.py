"""Times as feeds and sitemaps write them, read into UTC without inventing what is not there."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate

_MAX_CHARACTERS = 80  # the longest honest form has 40
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: a template's zero, not a publication
_LATEST = timedelta(days=2)  # ahead of now: wrong zones and embargoes explain no more

_TAIL = re.compile(
    r"(?<=\d)\s*(?:(?P<half>[AP])\.?M\.?)?"
    r"\s*(?:\(?(?P<name>[A-Z]{1,5})\)?|(?:GMT|UTC)?(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?)?$",
    re.IGNORECASE,
)

_SEPT = re.compile(r"\bsept\b\.?", re.IGNORECASE)  # the one common abbreviation that parsedate does not know

# Names of zones that mean one offset wherever news is written, in hours. Others ("IST", "BST") are not
# guessed at: the source's own zone stands for them.
_ZONE_NAMES = {
    -8: "pst",
    -7: "pdt mst",
    -6: "mdt cst",
    -5: "cdt est",
    -4: "edt",
    0: "z ut utc gmt wet",
    1: "cet met mez west",
    2: "cest mest mesz eet",
    3: "eest msk",
    8: "hkt sgt",
    9: "jst kst",
    10: "aest",
    11: "aedt",
}
_ZONES = {name: hours for hours, names in _ZONE_NAMES.items() for name in names.split()}


def read_date(value: str, zone: tzinfo) -> datetime | None:
    """Read ISO 8601 or RFC 822 and their sloppy forms; None for anything else.

    A time without a zone is in ``zone``, and a day without a time begins there. Times before 1990 or over
    two days ahead are refused.
    """
    if len(value) > _MAX_CHARACTERS:
        return None
    text = " ".join(value.split())
    try:
        time = _read(text, zone).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):  # the last two are parsedate's on odd input
        return None
    return time if _EARLIEST <= time <= datetime.now(UTC) + _LATEST else None


def _read(text: str, zone: tzinfo) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return _read_sloppy(text, zone)
    return time if time.tzinfo else time.replace(tzinfo=zone)


def _read_sloppy(text: str, zone: tzinfo) -> datetime:
    tail = _TAIL.search(text)
    time = _read_local(text[: tail.start()] if tail else text)
    if tail and tail["half"]:
        time = time.replace(hour=time.hour % 12 + (12 if tail["half"] in "pP" else 0))
    return time.replace(tzinfo=(tail and _read_zone(tail)) or zone)


def _read_local(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        parts = parsedate(_SEPT.sub("sep", text if ":" in text else f"{text} 00:00"))
        if not parts:
            raise
        return datetime(*parts[:6])  # noqa: DTZ001  the zone is set by the caller


def _read_zone(tail: re.Match[str]) -> tzinfo | None:
    if tail["sign"]:
        offset = timedelta(hours=int(tail["hours"]), minutes=int(tail["minutes"] or 0))
        return timezone(-offset if tail["sign"] == "-" else offset)
    hours = _ZONES.get((tail["name"] or "").lower())
    return None if hours is None else timezone(timedelta(hours=hours))
