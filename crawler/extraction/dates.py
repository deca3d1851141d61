"""Times as pages write them, read into UTC without inventing what is not there."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: a template's zero, not a publication
_LATEST = timedelta(days=2)  # ahead of now: wrong zones and embargoes explain no more

_LONGEST = 100  # characters; JavaScript writes the zone's full name behind the time

_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:[.,]\d+)?"
_ZONE = r"(?P<zone>Z\b|(?:GMT|UTC)?[+-]\d\d:?\d\d\b|[+-]\d\d\b|[A-Z]{2,4}\b)"
_ISO = re.compile(
    rf"'?(?P<year>\d{{4}})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:[T\s]\s*{_CLOCK}\s*{_ZONE}?)?", re.IGNORECASE
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?P<zone>Z|[+-]\d{4})?",
)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?:\.\d+|\d{3})?")

# RFC 2822, ctime, JavaScript's Date and American usage differ in the order of the same parts.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(rf"\b(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?(?:\s+(?P<day>\d\d?)\b(?!:))?", re.IGNORECASE)
_DAY = re.compile(r"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\b[\s.-]*$")
_YEAR = re.compile(r"\b(?P<year>(?:19|20)\d\d)\b")
_TIME = re.compile(rf"{_CLOCK}\s*(?P<half>[ap])?\.?(?:m\b)?\.?\s*{_ZONE}?", re.IGNORECASE)
_NOON = 12

# Names of zones that mean one offset wherever news is written, in hours. Others ("IST", "CST" in Asia) are
# not guessed at: the source's own zone stands for them.
_HOURS_OF_ZONES = {
    0: "z ut utc gmt wet",
    1: "cet mez west",
    2: "cest mesz eet",
    3: "eest msk",
    8: "hkt sgt",
    9: "jst kst",
    10: "aest",
    11: "aedt",
    -4: "edt",
    -5: "est cdt",
    -6: "mdt",
    -7: "mst pdt",
    -8: "pst",
}
_OFFSETS = {name: timedelta(hours=hours) for hours, names in _HOURS_OF_ZONES.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC, and whether the page gave more than the day."""

    time: datetime
    has_time_of_day: bool


def read_moment(value: object, zone: tzinfo) -> Moment | None:
    """Read ISO 8601, RFC 2822, other English forms with the month's name, seconds or milliseconds since 1970.

    A time without a zone is taken to be in ``zone``, and a day without a time begins there. Forms that
    leave open which number is the month are refused, as are times before 1990 or over two days ahead.
    """
    try:
        moment = _read(value, zone)
    except (ValueError, OverflowError):  # 31 February, 25:00, an epoch beyond the calendar
        return None
    return moment if moment and is_plausible(moment.time, datetime.now(UTC)) else None


def is_plausible(time: datetime, now: datetime) -> bool:
    """Tell whether an article can have been published then."""
    return _EARLIEST <= time <= now + _LATEST


def _read(value: object, zone: tzinfo) -> Moment | None:
    if isinstance(value, datetime):
        return Moment(
            (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC), has_time_of_day=True
        )
    text = str(value or "")[:_LONGEST].strip()
    if epoch := _EPOCH.fullmatch(text):
        return Moment(datetime.fromtimestamp(int(epoch["seconds"]), UTC), has_time_of_day=True)
    if numeric := _ISO.match(text) or _COMPACT.fullmatch(text):
        return _assemble(numeric.groupdict(), zone)
    return _read_english(text, zone)


def _read_english(text: str, zone: tzinfo) -> Moment | None:
    month, year = _MONTH.search(text), _YEAR.search(text)
    if not month or not year:
        return None
    day = month if month["day"] else _DAY.search(text, 0, month.start())
    if not day:
        return None
    clock = _TIME.search(text)
    return _assemble(
        {
            **(clock.groupdict() if clock else {}),
            "year": year["year"],
            "month": str(_MONTHS.index(month["month"].lower()) + 1),
            "day": day["day"],
        },
        zone,
    )


def _assemble(parts: dict[str, str | None], zone: tzinfo) -> Moment:
    numbers = [int(parts.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    if half := parts.get("half"):
        numbers[3] = numbers[3] % _NOON + (_NOON if half.lower() == "p" else 0)
    stated = _read_zone(parts.get("zone") or "")
    local = datetime(*numbers, tzinfo=stated or zone)  # type: ignore[arg-type,misc]  # six numbers
    return Moment(local.astimezone(UTC), has_time_of_day=parts.get("hour") is not None)


def _read_zone(name: str) -> tzinfo | None:
    digits = re.sub(r"(?i)^(?:GMT|UTC)(?=[+-])|:", "", name)
    if digits[:1] in {"+", "-"}:
        offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5] or 0))
        return timezone(-offset if digits[0] == "-" else offset)
    known = _OFFSETS.get(digits.lower())
    return None if known is None else timezone(known)
