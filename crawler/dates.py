"""Times as feeds, sitemaps and pages write them, read into UTC without inventing what is not there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from crawler.date_words import Order, find_parts, plain_digits

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: a template's zero, not a publication
_LATEST = timedelta(days=2)  # ahead of now: wrong zones and embargoes explain no more

_LONGEST = 100  # characters; JavaScript writes the zone's full name behind the time
_LONGEST_DAY = len("2024-05-03")

_EPOCH = re.compile(r"(?P<seconds>[6-9]\d{8}|\d{10})(?:\.\d+|\d{3})?")  # from 1989 on
# Any character may stand between day and time in datetime.fromisoformat: of "2024-05-03+02:00", a day with a
# zone in XML Schema, it would make two o'clock.
_ISO = re.compile(r"[\dW-]{7,10}(?:[T\s]\S+)?", re.IGNORECASE)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?P<zone>Z|[+-]\d{4})?"
)
_CLOCK = r"(?<![+\d.-])(?P<hour>\d\d?)(?P<colon>[:.])(?P<minute>\d\d)(?:(?P=colon)(?P<second>\d\d))?(?:[.,]\d+)?"
_HALF = r"(?:(?P<half>[ap])\.?m?\b\.?)?"
_ZONE = r"\(?(?P<zone>(?:GMT|UTC)?[+-]\d\d?(?::?\d\d)?\b|[A-Z]{1,5}\b)"
_TIME = re.compile(rf"{_CLOCK}\s*{_HALF}\s*(?:{_ZONE})?", re.IGNORECASE)
_SLOPPY_ISO = re.compile(
    rf"'?(?P<year>\d{{4}})-(?P<month>\d\d?)-(?P<day>\d\d?)(?:[T\s]\s*{_TIME.pattern})?", re.IGNORECASE
)

# RFC 822, ctime, JavaScript's Date and American usage differ in the order of the same parts.
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?!mardi|marte)(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"  # not Tuesday in French, Spanish, Italian
_MONTH = re.compile(rf"\b{_NAME}(?:\s+(?P<day>\d\d?)\b(?!:))?", re.IGNORECASE)
_DAY = re.compile(r"\b(?P<day>\d\d?)(?:st|nd|rd|th)?\b[\s.-]*$")
_YEAR = re.compile(r"\b(?P<year>(?:19|20)\d\d)\b")
_SHORT = re.compile(
    rf"(?:[a-z]+,?\s*)?(?P<day>\d\d?)[\s-]+{_NAME}[\s-]+(?P<year>\d\d)(?=,?\s+\d|$)", re.IGNORECASE
)
_NOON = 12
_CODES_OF_TIME = ("%H", "%I", "%X", "%c")

_OFFSET = re.compile(r"(?:GMT|UTC)?(?P<sign>[+-])(?P<hours>\d\d?):?(?P<minutes>\d\d)?", re.IGNORECASE)
# Names of zones that mean one offset wherever news is written, in hours. Others ("IST", "BST") are not guessed
# at: the source's own zone stands for them.
_HOURS_ANYWHERE = {
    0: "z ut utc gmt wet",
    1: "cet met mez west wat",
    2: "cest mest mesz eet cat sast",
    3: "eest msk eat trt",
    5: "pkt",
    7: "wib ict",
    8: "hkt sgt wita awst",
    9: "jst kst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
# RFC 822, section 5.1. Elsewhere CST is also China's, EST also Australia's, PST also the Philippines'.
_HOURS_IN_AMERICA = {-4: "edt", -5: "est cdt", -6: "cst mdt", -7: "mst pdt", -8: "pst"}
_AMERICAS = ("America/", "Canada/", "US/", "UTC")  # UTC: what is configured for a source from nowhere known
_ANYWHERE = {name: hours for hours, names in _HOURS_ANYWHERE.items() for name in names.split()}
# "ET": what the clocks there show, in summer as in winter.
_CLOCKS_IN_AMERICA = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
_IN_AMERICA = {name: hours for hours, names in _HOURS_IN_AMERICA.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC, to the second, and whether more than the day was given."""

    time: datetime
    has_time_of_day: bool


def read_moment(
    value: object,
    zone: tzinfo,
    *,
    language: str | None = None,
    order: Order | None = None,
    formats: Sequence[str] = (),
) -> Moment | None:
    """Read ISO 8601, RFC 822, other English forms with the month's name, seconds or milliseconds since 1970.

    ``zone`` is the source's own: it holds for a time without a zone or with the name of an ambiguous one, and
    a day without a time begins there. CST, EST and their like are North American for sources in America and
    in UTC, ambiguous for others. Forms that leave open which number is the month are refused, as are times
    before 1990 or over two days ahead.

    With a ``language`` (a tag such as ``pt-BR``) a day in that language's words, numerals, calendar and usual
    order of numbers is found too, in a text of up to 100 characters. ``order`` says which number is which;
    ``formats`` are tried first, as :meth:`datetime.datetime.strptime` has them.
    """
    try:
        moment = _read(value, zone, language, order, formats)
    except (ValueError, OverflowError):  # 31 February, 25:00, an epoch beyond the calendar
        return None
    return moment if moment and is_plausible(moment.time, datetime.now(UTC)) else None


def find_moment(
    text: str, zone: tzinfo, *, language: str | None = None, order: Order | None = None
) -> Moment | None:
    """Find a whole day in a short text that says other things too, such as a byline, and the time beside it."""
    try:
        parts = find_parts(text, language, order)
        moment = _assemble(parts, zone) if parts else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and is_plausible(moment.time, datetime.now(UTC)) else None


def is_plausible(time: datetime, now: datetime) -> bool:
    """Tell whether an article can have been published then."""
    return _EARLIEST <= time <= now + _LATEST


def _read(
    value: object, zone: tzinfo, language: str | None, order: Order | None, formats: Sequence[str]
) -> Moment | None:
    if isinstance(value, datetime):
        return _moment(value, zone)
    text = str(value or "").strip()[:_LONGEST]
    if formats and (moment := _read_formats(text, zone, formats)):
        return moment
    if epoch := _EPOCH.fullmatch(text):
        return _moment(datetime.fromtimestamp(int(epoch["seconds"]), UTC), zone)
    if _ISO.fullmatch(text) and (moment := _read_iso(text, zone)):
        return moment
    return _read_words(plain_digits(text), zone, language, order)


def _read_words(text: str, zone: tzinfo, language: str | None, order: Order | None) -> Moment | None:
    if numeric := _SLOPPY_ISO.match(text) or _COMPACT.fullmatch(text):
        return _assemble(numeric.groupdict(), zone)
    # First in the language's own words: Finland's November begins like March.
    if language and (parts := find_parts(text, language, order)):
        return _assemble(parts, zone)
    if moment := _read_english(text, zone):
        return moment
    parts = None if language else find_parts(text, None, order)
    return _assemble(parts, zone) if parts else None


def _read_formats(text: str, zone: tzinfo, formats: Sequence[str]) -> Moment | None:
    for form in formats:
        try:
            time = datetime.strptime(text, form)  # noqa: DTZ007  # _moment gives it the source's zone
        except ValueError:
            continue
        return _moment(time, zone, has_time_of_day=any(code in form for code in _CODES_OF_TIME))
    return None


def _read_iso(text: str, zone: tzinfo) -> Moment | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _moment(time, zone, has_time_of_day=len(text) > _LONGEST_DAY)


def _read_english(text: str, zone: tzinfo) -> Moment | None:
    day = _find_day(text)
    if not day:
        return None
    clock = _TIME.search(text)
    return _assemble({**(clock.groupdict() if clock else {}), **day}, zone)


def _find_day(text: str) -> dict[str, str] | None:
    """Find year, month and day as digits. Years of two digits are read as RFC 2822, section 4.3, says."""
    if short := _SHORT.match(text):
        day, year = short["day"], ("20" if short["year"] < "50" else "19") + short["year"]
        return {"year": year, "month": _number(short), "day": day}
    month, full_year = _MONTH.search(text), _YEAR.search(text)
    if not month or not full_year:
        return None
    found = month if month["day"] else _DAY.search(text, 0, month.start())
    return {"year": full_year["year"], "month": _number(month), "day": found["day"]} if found else None


def _number(month: re.Match[str]) -> str:
    return str(_MONTHS.index(month["month"].lower()) + 1)


def _assemble(parts: dict[str, str | None] | dict[str, str], zone: tzinfo) -> Moment:
    numbers = [int(parts.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    if half := parts.get("half"):
        numbers[3] = numbers[3] % _NOON + (_NOON if half.lower() == "p" else 0)
    stated = _read_zone(parts.get("zone") or "", zone)
    local = datetime(*numbers, tzinfo=stated)  # type: ignore[arg-type,misc]  # six numbers
    return _moment(local, zone, has_time_of_day=parts.get("hour") is not None)


def _moment(time: datetime, zone: tzinfo, *, has_time_of_day: bool = True) -> Moment:
    aware = time if time.tzinfo else time.replace(tzinfo=zone)
    return Moment(aware.astimezone(UTC).replace(microsecond=0), has_time_of_day)


def _read_zone(written: str, source: tzinfo) -> tzinfo:
    """Read an offset or the name of a zone; the source's own zone for every other name."""
    if offset := _OFFSET.fullmatch(written):
        east = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(-east if offset["sign"] == "-" else east)
    if str(source).startswith(_AMERICAS) and (clock := _CLOCKS_IN_AMERICA.get(written.lower())):
        return ZoneInfo(clock)
    known = _ANYWHERE | _IN_AMERICA if str(source).startswith(_AMERICAS) else _ANYWHERE
    hours = known.get(written.lower())
    return source if hours is None else timezone(timedelta(hours=hours))
