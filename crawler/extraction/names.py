"""Authors: names of people and agencies, one each, out of whatever a byline holds."""

import re
from collections.abc import Iterable
from itertools import pairwise

from crawler.text import clean_line, comparable

_BY = re.compile(r"^(?:(?:(?:written|posted|reported|story|words)\s+)?by\b:?\s+|author:\s*)", re.IGNORECASE)
# These open names too ("Di Canio", "Von Trapp"): they are dropped only before two further words or an agency.
_BY_ELSEWHERE = re.compile(r"^(?:[Vv]on|[Pp]ar|[Pp]or|[Dd]oor|[Dd]i|[Aa]f|[Aa]v)\s+(?=\S+\s+\S|[A-Z]{2,}$)")
_PUNCTUATION = re.compile(r"\s*[,;|/•·、،؛]\s*")
_CONJUNCTION = re.compile(r"\s+(?:and|und|et|y|e|en|og|och|i|&|\+)\s+")
_TITLE = re.compile(r"(?:jr|sr|ii|iii|iv|md|m\.d|phd|ph\.d|esq|dds|rn|mba|cfa)\.?", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:editor|correspondent|reporter|writer|columnist|contributor|journalist|redakteur(?:in)?|korrespondent(?:in)?)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S*(?:://|@)\S*|\bwww\.\S+|\S+\.(?:com|net|org)/\S*", re.IGNORECASE)
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d:\d\d")
_LONGEST_NAME = 100  # characters; what is longer is a biography


def read_names(values: Iterable[str | None]) -> tuple[str, ...]:
    """Split bylines into names: no "By", no URL, no e-mail address, none twice, order kept."""
    names: dict[str, str] = {}
    for value in values:
        for name in _split(clean_line(value) or ""):
            names.setdefault(comparable(name), name)
    names.pop("", None)
    return tuple(names.values())


def _split(byline: str) -> list[str]:
    byline = _BY_ELSEWHERE.sub("", _BY.sub("", _ADDRESS.sub("", byline).strip()))
    parts = [part for part in _PUNCTUATION.split(byline) if part and not _TITLE.fullmatch(part)]
    named = [part for part in parts if not _ROLE.search(part)] or parts[:1]
    return [name for part in named for name in map(_strip, _split_conjunction(part)) if _is_name(name)]


def _split_conjunction(part: str) -> list[str]:
    """Split "Ann Lee and Bo Li" and "dpa und AFP", but neither "Ann and Bo Li" nor "José Ortega y Gasset"."""
    names = _CONJUNCTION.split(part)
    if any((" " in left) != (" " in right) for left, right in pairwise(names)):
        return [part]
    return names


def _strip(name: str) -> str:
    return name.strip(" :-\u2013\u2014*\"'()[]")


def _is_name(name: str) -> bool:
    spelt = len(name) <= _LONGEST_NAME and any(character.isalpha() for character in name)
    return spelt and not _DATE.search(name)
