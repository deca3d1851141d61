"""What of a page no reader calls its text: dates, counters, links to other pages, buttons.

Only whole lines of such a kind are noise, or whole parts of a line that bars or bullets divide ("By Asha Rao |
Updated 14:05"). Words, not places, decide: a line of which one word is not in the lists is text.
"""

import re
from functools import cache

from crawler.date_words import find_parts, plain_digits, words_of
from crawler.ingestion.edits import edit_words as words
from crawler.ingestion.edits.tokens import MARKS
from crawler.ingestion.identity.texts import canonical_text

_LONGEST = 200  # characters of a line that may be noise
_MOST_WORDS = 16
_WORDS_OF_AN_HOUR = 5  # "il y a une heure"
_DATE = 40  # characters of a date that no label explains
_EDGE = 2  # lines at either end of a body: a date alone between others is the subhead of a chronicle
_PART = re.compile(r"\s*[|•]\s*|\s+·\s+")  # without spaces a dot stands within names and dates, as in Korean
_COMMA = re.compile(rf"{_PART.pattern}|\s*,\s*")
_SUFFIX = re.compile(r"\s+[|\u2013\u2014·-]\s+")
_BETWEEN = re.compile(rf"[\s\d{MARKS}]+")
_CLOCK = re.compile(r"\d\d?[:.h]\d\d")
_CLOCK_AMID_WORDS = re.compile(r"\b\d\d?[:h]\d\d\b")  # a dot would take prices in
_SENTENCE = re.compile(r"[.!。!।]\W*$")


def without_noise(lines: list[str], spans: list[tuple[int, int]], language: str | None) -> list[str]:
    """What is left of each span of a body's lines, in canonical form, without what is noise."""
    tail = _related_tail(lines)
    return [
        " ".join(
            left
            for place in range(start, min(end, tail))
            if (left := _line_without_noise(lines[place], language, at_edge=_is_at_edge(place, len(lines))))
        )
        for start, end in spans
    ]


def _is_at_edge(place: int, num_lines: int) -> bool:
    return place < _EDGE or place >= num_lines - _EDGE


def headline_without_noise(headline: str, language: str | None) -> str:
    """A headline, in canonical form, without parts such as " | Live updates" or " - 12 comments"."""
    head, *parts = _SUFFIX.split(headline)
    left = [part for part in parts if not _is_state(canonical_text(part), language)]
    return canonical_text(" - ".join([head, *left]))


def _is_state(part: str, language: str | None) -> bool:
    return bool(words.LIVE.fullmatch(part)) or _is_noise(part, language, at_edge=False)


def _line_without_noise(line: str, language: str | None, *, at_edge: bool) -> str:
    line = canonical_text(line)
    if len(line) > _LONGEST:
        return line
    if _is_noise(line, language, at_edge=at_edge):
        return ""
    is_byline = at_edge and words.BYLINE.match(line) and not _SENTENCE.search(line)
    parts = (_COMMA if is_byline else _PART).split(line)
    if len(parts) == 1:
        return line
    return " | ".join(part for part in parts if part and not _is_noise(part, language, at_edge=True))


def _related_tail(lines: list[str]) -> int:
    """Where the links begin that close a body under a heading of their own, such as "More on this"."""
    for place in range(len(lines) - 1, max(-1, len(lines) - 12), -1):
        line = lines[place]
        if len(line) > _LONGEST or _SENTENCE.search(line):
            break
        found = words.RELATED.match(canonical_text(line))
        if found and found.end() == len(canonical_text(line)):
            return place
    return len(lines)


def _is_noise(line: str, language: str | None, *, at_edge: bool) -> bool:
    """Tell whether a line in canonical form is of a kind that no reader calls the text."""
    if words.RELATED.match(line) or words.SOCIAL.fullmatch(line) or words.COUNTER_SENTENCE.fullmatch(line):
        return True
    if words.UNSPACED_DATE.fullmatch(line) or words.UNSPACED_COUNTER.fullmatch(line):
        return True
    said = [word for word in _BETWEEN.split(words.THIS_ARTICLE.sub("", line, count=1)) if word]
    if len(said) > _MOST_WORDS:
        return False
    has_number = any(letter.isdigit() for letter in line)
    return (
        _is_counter(said, has_number=has_number)
        or _is_moment(line, said, has_number=has_number)
        or _is_date(line, said, language, at_edge=at_edge)
    )


def _is_counter(said: list[str], *, has_number: bool) -> bool:
    if not words.COUNTER_WORDS.issuperset(said):
        return False
    if not has_number:
        return len(said) == 2 and not words.COUNTED.isdisjoint(said)  # noqa: PLR2004 ("no comments")
    return not words.COUNTED.isdisjoint(said) or any(phrase in " ".join(said) for phrase in words.READING)


def _is_moment(line: str, said: list[str], *, has_number: bool) -> bool:
    """Tell "5 minutes ago", "vor einer Stunde", "updated just now"."""
    if words.JUST_NOW.fullmatch(" ".join(word for word in said if word not in words.DATE_LABELS)):
        return True
    if words.AGO.isdisjoint(said) and not words.SINCE.search(line):
        return False
    is_short = has_number or len(said) <= _WORDS_OF_AN_HOUR
    return is_short and not words.UNITS.isdisjoint(said) and words.AGO_WORDS.issuperset(said)


def _is_date(line: str, said: list[str], language: str | None, *, at_edge: bool) -> bool:
    if not all(word in words.DATE_WORDS or word in words.WEEKDAYS or word in _months() for word in said):
        return False
    digits = plain_digits(line)
    if not words.DATE_LABELS.isdisjoint(said):
        return any(letter.isdigit() for letter in digits) or not words.MOMENTS.isdisjoint(said)
    if not at_edge or len(line) > _DATE:
        return False
    has_clock = _CLOCK.fullmatch(digits) or (said and _CLOCK_AMID_WORDS.search(digits))
    return bool(has_clock) or _states_day(digits, language)


def _states_day(line: str, language: str | None) -> bool:
    try:
        return find_parts(line, language, "dmy") is not None
    except ValueError:  # no such day
        return False


@cache
def _months() -> frozenset[str]:
    """The names of months in the languages of our lists; dateparser's tables hold them."""
    return frozenset(canonical_text(name) for tag in words.MONTH_LANGUAGES for name in words_of(tag).months)
