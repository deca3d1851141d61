"""Datelines: the place that opens the text, as in "KOLKATA, May 3 (Reuters) - The ferry ..."."""

import re

from crawler.extraction.claims.claims import Choice
from crawler.extraction.fields.name_words import AGENCIES
from crawler.extraction.fields.places import PLACES

_DASH = r"(?:\s*[-\u2013\u2014]{1,2}\s+|\s*[\u2013\u2014])"
_WORD = r"[^\W\d_][\w'\u2019.-]{0,30}"
_PLACE = rf"{_WORD}(?:[ /]{_WORD}){{0,4}}"
_REGION = rf"(?:,\s*(?P<region>{_WORD}(?:\s{_WORD}){{0,2}}))?(?:\s*\[[^\[\]]{{2,30}}\])?"
_DAY = (
    r"(?:,?\s+(?:\w{3,12}\.?\s+\d{1,2}(?:,\s*\d{4})?|\d{1,2}\.?(?:\s+de)?\s+\w{3,12}\.?(?:\s+\d{4})?"
    r"|\d{1,2}[./]\d{1,2}[./]?(?:\d{2,4})?))"
)
_AGENCY = r"[(/](?P<agency>[^\W\d][^()/\d]{1,30}(?:/[^()/\d]{1,30})?)[)/]"

# With a known agency in brackets the place may be spelt as it pleases.
_WITH_AGENCY = re.compile(
    rf"(?P<place>{_PLACE}){_REGION}"
    rf"{_DAY}?\s*[.,]?\s*{_AGENCY}\s*[-\u2013\u2014:.]{{1,3}}\s*(?=\S)"
)
# Else it is spelt in capitals, or is known, before a day, a dash or a colon.
_PLAIN = re.compile(rf"(?P<place>{_PLACE}){_REGION}{_DAY}?(?:{_DASH}|:\s+)(?=\S)")
_AGENCY_FIRST = re.compile(
    rf"\([A-Z]{{2,12}}\)\s*[-\u2013\u2014]\s*(?P<place>{_PLACE}){_REGION}{_DAY}?\s*[-\u2013\u2014]\s"
)
_CHINESE = re.compile(
    r"[\uff08(]?(?:本报|本報|新华社|新華社|中新社|中新网|中央社|央视网)?(?P<place>[\u4e00-\u9fff]{2,8}?)\d{1,2}(?:月\d{1,2})?日(?:电|電|讯|訊)"
)
_OPENING = 4  # paragraphs within which the text begins, after a standfirst
_STANDFIRST = 2  # paragraphs within which a place counts without an agency
_HEAD = 160  # characters of a paragraph within which a dateline ends
_LONGEST = 60  # characters of a place
_FEWEST_LETTERS = 5  # of an unknown place: abbreviations are shorter
_MOST_WORDS = 3  # of a place that only its agency vouches for
_NO_PLACE = frozenset(
    """
    UPDATE UPDATED BREAKING EXCLUSIVE OPINION ANALYSIS VIDEO PHOTOS WATCH READ LIVE NOTE CORRECTION EDITOR THE
    FACT CHECK INTERVIEW COMMENT Q A FAQ NEW JUST IN ALSO MORE TOP KEY WHAT WHY HOW WHO
    """.split()  # noqa: SIM905 (a list to be read)
)


def read_dateline(text: str) -> str | None:
    """Read the place that opens the text, as it is written; None without clear evidence.

    That is an agency or a day beside it, or a place spelt in capitals or known before a dash or a colon.
    """
    for number, line in enumerate(text.split("\n", _OPENING)[:_OPENING]):
        found = _WITH_AGENCY.match(line[:_HEAD]) if number >= _STANDFIRST else True
        if found and (place := _place_of(line[:_HEAD])):
            return place
    return None


def read_agency(text: str) -> str | None:
    """Read the agency beside the place that opens the text, if it is one that is known."""
    for line in text.split("\n", _OPENING)[:_OPENING]:
        found = _WITH_AGENCY.match(line[:_HEAD])
        if found and _place_of(line[:_HEAD]) and found["agency"].strip().casefold() in AGENCIES:
            return found["agency"].strip()
    return None


def choose_dateline(text: str) -> Choice | None:
    """Choose the place that opens the text, for an article that names none itself."""
    place = read_dateline(text)
    return Choice(place, "derived") if place else None


def _place_of(line: str) -> str | None:
    if found := _CHINESE.match(line):
        return found["place"]
    found = _WITH_AGENCY.match(line) or _AGENCY_FIRST.match(line) or _PLAIN.match(line)
    if not found:
        return None
    place, region, agency = found["place"], found["region"], found.groupdict().get("agency") or ""
    before, slash, last = place.rpartition("/")
    if slash and last.casefold() in AGENCIES:
        place, agency = before, last  # "Kolkata/IBNS: The ferry ..."
    words = place.split()
    if (
        len(place) > _LONGEST
        or _NO_PLACE.intersection(words)
        or not (words[0][0].isupper() and words[-1][0].isupper())
    ):
        return None
    is_known = place.casefold() in PLACES or all(part.casefold() in PLACES for part in place.split("/"))
    is_sent = agency.split("/")[0].strip().casefold() in AGENCIES and len(words) <= _MOST_WORDS
    if not (is_known or is_sent or _is_capitals(place, found[0])):
        return None
    return place if is_known or not region else f"{place}, {region}"


def _is_capitals(place: str, opening: str) -> bool:
    """Tell a place in capitals from an abbreviation, and from a label before a colon."""
    return place.isupper() and len(place) >= _FEWEST_LETTERS and not opening.rstrip().endswith(":")
