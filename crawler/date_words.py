"""Days and times in words: a date in a short text, in any language and numerals that dateparser has data for."""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Literal, NamedTuple

Order = Literal["dmy", "mdy", "ymd"]
Parts = dict[str, str | None]

_SPAN = 200  # characters that are looked at: a byline, not a paragraph

_YEAR = re.compile(r"\d\d")
# Which number is the day is open between slashes and hyphens; with dots it comes first wherever they are used.
_YEAR_FIRST = re.compile(r"(?<![\d./:-])(\d{4})\s?([-/.])\s?(\d\d?)\s?\2\s?(\d\d?)(?!\d)")
_YEAR_LAST = re.compile(r"(?<![\d./:-])(\d\d?)\s?([-/.])\s?(\d\d?)\s?\2\s?(\d{4}|\d\d)(?![\d:])")
_HAN = re.compile(r"(\d{4})\s?[年년]\s?(\d\d?)\s?[月월]\s?(\d\d?)\s?[日号號일]?")
_VIETNAMESE = re.compile(r"(\d\d?),? tháng (\d\d?)(?:,| năm|/)? ?(\d{4})", re.IGNORECASE)

_TOKEN = re.compile(r"(?P<number>\d+)|[^\s\d,;:|/()\u2013\u2014_-]+")
_YEAR_DIGITS = 4
_REACH = 2  # words that may stand between the parts of one date: "3 de mayo de 2024"
_STEM = 5  # letters of a month's name that must be whole before an ending: Basque "maiatzaren"

_CLOCK = re.compile(
    r"(?<![\d+:-])(?<!\d\.)(?P<hour>\d\d?)(?:\s?[:.]|\s?[hH]|\s?[时時点點시])\s?(?P<minute>\d\d)(?!\d)"
    r"(?:[:.](?P<second>\d\d)(?!\d))?"
)
_HOUR = re.compile(
    r"(?<![\d+:.-])(?P<hour>\d\d?)\s?(?:[hH](?![^\W\d_])|Uhr\b|[时時点點시]|(?=[ap]\.?m\b))", re.IGNORECASE
)
_HALF = re.compile(r"\s?([ap])\.?\s?m\b\.?", re.IGNORECASE)
_ZONE = re.compile(r"\s?Uhr\b|\s*\(?\s*(?P<zone>(?:GMT|UTC)?\s?[+-]\d\d?(?::?\d\d)?\b|[A-Z]{1,5}\b)")
_AFTERNOON = frozenset({"오후", "下午", "午後", "晚上", "م", "مساء", "مساءً", "بظ", "μμ", "אחה״צ"})
_MORNING = frozenset({"오전", "上午", "午前", "凌晨", "早上", "ص", "صباحا", "صباحًا", "قظ", "πμ"})
_HOURS_OF_A_HALF = 12

_BUDDHIST = range(2440, 2620)  # of Thailand; no other calendar's year is near
_BUDDHA = 543
_JALALI = range(1330, 1450)
_JALALI_NAMES = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
_JALALI_LANGUAGES = frozenset({"fa", "ps"})
_LONG_MONTHS = 6  # of 31 days, which open the Persian year
_ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_ENGLISH = {name[:width]: number for number, name in enumerate(_ENGLISH_MONTHS, 1) for width in (3, 4, 9)}
_TAG = re.compile(r"[a-z]{2,3}")
# What dateparser calls a language, where it is not its tag.
_DATA_OF = {"no": "nb", "nn": "nb", "iw": "he", "in": "id", "tl": "fil", "ku": "ckb", "sh": "sr", "mo": "ro"}


class _Words(NamedTuple):
    """What a language calls months and halves of the day; names in lower case without dots."""

    months: dict[str, int]
    morning: frozenset[str]
    afternoon: frozenset[str]


def find_parts(text: str, language: str | None = None, order: Order | None = None) -> Parts | None:
    """Find one whole day, and the time beside it, in a short text: year, month and day as digits, hour, zone.

    ``language`` is a tag such as ``pt-BR``; English is always understood. ``order`` settles which number is the
    month; without it the language does, and English, which leaves it open, is refused unless one exceeds 12.
    """
    if not _YEAR.search(text, 0, _SPAN):
        return None
    text = plain_digits(text[:_SPAN])
    primary = (language or "").lower().replace("_", "-").partition("-")[0]
    day = _numeric(text, order or order_of(language), primary) or _named(text, primary)
    if not day:
        return None
    found, start, end = day
    return {**found, **_clock(text, start, end, primary)}


def plain_digits(text: str) -> str:
    """Write the decimal digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def order_of(language: str | None) -> Order | None:
    """Tell in which order a language's writers put day, month and year in numbers; None where both are usual."""
    tag = (language or "").lower().replace("_", "-")
    if tag in {"en-us", "tl", "fil"}:
        return "mdy"
    return None if tag in {"", "en"} else "dmy"


def _numeric(text: str, order: Order | None, language: str) -> tuple[Parts, int, int] | None:
    for pattern, (year, month, day) in ((_YEAR_FIRST, (1, 3, 4)), (_HAN, (1, 2, 3)), (_VIETNAMESE, (3, 2, 1))):
        if found := pattern.search(text):
            return _day(found[year], found[month], found[day], language), *found.span()
    found = _YEAR_LAST.search(text)
    if not found:
        return None
    numbers = _month_and_day(int(found[1]), int(found[3]), "dmy" if found[2] == "." else order)
    full = found[4] if len(found[4]) == _YEAR_DIGITS else f"20{found[4]}"
    return (_day(full, str(numbers[0]), str(numbers[1]), language), *found.span()) if numbers else None


def _month_and_day(first: int, second: int, order: Order | None) -> tuple[int, int] | None:
    """Tell month from day; a number above 12 can only be the day."""
    if first == second or second > _HOURS_OF_A_HALF >= first:
        return first, second
    if first > _HOURS_OF_A_HALF >= second:
        return second, first
    return None if order is None else (first, second) if order == "mdy" else (second, first)


def _named(text: str, language: str) -> tuple[Parts, int, int] | None:
    tokens = list(_TOKEN.finditer(text))
    tables = (words_of(language).months, words_of("en").months)
    for place, token in enumerate(tokens):
        if token["number"]:
            continue
        month = _month(token[0], tables)
        last = place
        if not month and place + 1 < len(tokens):  # Levantine Arabic has months of two words
            month, last = tables[0].get(f"{token[0]} {tokens[place + 1][0]}".casefold(), 0), place + 1
        if month and (found := _around(tokens, place, last, tables)):
            year, day, first, last = found
            return _day(year, str(month), day, language), tokens[first].start(), tokens[last].end()
    return None


def _around(
    tokens: list[re.Match[str]], first: int, last: int, tables: tuple[dict[str, int], ...]
) -> tuple[str, str, int, int] | None:
    """Find the day and the year around a month: before and after it, both after it, or both before it."""
    before, after = _number(tokens, first, -1, tables), _number(tokens, last, 1, tables)
    before_that = None if before is None else _number(tokens, before, -1, tables)
    after_that = None if after is None else _number(tokens, after, 1, tables)
    for day, year in ((before, after), (after, after_that), (after, before), (before, before_that)):
        if day is None or year is None:
            continue
        if _is_year(tokens[year][0]) and len(tokens[day][0]) <= _REACH:
            return tokens[year][0], tokens[day][0], min(day, year, first), max(day, year, last)
    return None


def _number(tokens: list[re.Match[str]], place: int, step: int, tables: tuple[dict[str, int], ...]) -> int | None:
    """Find the next number that few words, and no other month, stand before."""
    for at in range(place + step, place + step * (_REACH + 2), step):
        if not 0 <= at < len(tokens) or any(tokens[at][0].casefold() in months for months in tables):
            return None
        if tokens[at]["number"]:
            return at
    return None


def _is_year(digits: str) -> bool:
    return len(digits) == _YEAR_DIGITS


def _month(word: str, tables: tuple[dict[str, int], ...]) -> int:
    name = word.replace(".", "").casefold()
    for months in tables:
        if found := months.get(name):
            return found
    if len(name) > _STEM:
        for months in tables:
            for known, number in months.items():
                if len(known) >= _STEM and name.startswith(known):
                    return number
    return 0


def _day(year: str, month: str, day: str, language: str) -> Parts:
    """Turn a day of the Thai or Persian calendar into ours."""
    number = int(year)
    if number in _BUDDHIST:
        year = str(number - _BUDDHA)
    elif number in _JALALI and language in _JALALI_LANGUAGES:
        ours = _from_jalali(number, int(month), int(day))
        year, month, day = str(ours.year), str(ours.month), str(ours.day)
    return {"year": year, "month": month, "day": day}


def _from_jalali(year: int, month: int, day: int) -> date:
    """Count the days since the beginning of the year 1396, which leap years every fourth or fifth year shift.

    Eight of 33 years are leap years; that is right for the years 1343 to 1472.
    """
    if not (1 <= month <= len(_JALALI_NAMES) and 1 <= day <= 31 - (month > _LONG_MONTHS)):
        raise ValueError("no such day in the Persian calendar")
    leaps = (8 * year + 21) // 33 - (8 * 1396 + 21) // 33
    of_year = 31 * (month - 1) - max(0, month - 1 - _LONG_MONTHS)
    return date(2017, 3, 21) + timedelta(days=365 * (year - 1396) + leaps + of_year + day - 1)


def _clock(text: str, start: int, end: int, language: str) -> Parts:
    """Read the time that follows the date, else the one before it."""
    words = words_of(language)
    for place in (text[end:], text[:start]):
        found = _CLOCK.search(place) or _HOUR.search(place)
        if not found:
            continue
        rest, before = place[found.end() :], place[: found.start()]
        half = _HALF.match(rest)
        zone = _ZONE.match(rest, half.end() if half else 0)
        named = half[1] if half else _half_of(before, rest, words)
        return {
            **found.groupdict(),
            "half": named,
            "zone": (zone["zone"] or "").replace(" ", "") if zone else None,
        }
    return {}


def _half_of(before: str, after: str, words: _Words) -> str | None:
    """Read the half of the day in words: Korean puts it before the time, Greek and Arabic after it."""
    near = {word.replace(".", "").casefold() for word in (*before.split()[-1:], *after.split()[:1])}
    if near & words.afternoon:
        return "p"
    return "a" if near & words.morning else None


@lru_cache(maxsize=64)  # languages; an empty table is remembered too
def words_of(language: str) -> _Words:
    """Look up a language's months in dateparser's tables, which are CLDR's with what its users added."""
    if language in {"", "en"}:
        return _Words(_ENGLISH, _MORNING, _AFTERNOON)
    try:
        # The tag comes from a page, and names a module.
        name = _DATA_OF.get(language, language) if _TAG.fullmatch(language) else "none"
        known = import_module(f"dateparser.data.date_translation_data.{name}").info
    except ModuleNotFoundError:
        known = {}
    months: dict[str, int] = {}
    for table in (known, *known.get("locale_specific", {}).values()):
        for number, key in enumerate(_ENGLISH_MONTHS, 1):
            for spelling in table.get(key, ()):
                # A number or a single letter is no name: "5월", and Hungarian's Roman numerals.
                word = spelling.replace(".", "").casefold()
                if len(word) > 1 and not any(letter.isdigit() for letter in word):
                    months.setdefault(word, number)
    if language in _JALALI_LANGUAGES:
        months |= {word: number for number, word in enumerate(_JALALI_NAMES, 1)}
    return _Words(
        months,
        _MORNING | {word.casefold() for word in known.get("am", ())},
        _AFTERNOON | {word.casefold() for word in known.get("pm", ())},
    )
