"""Authors: names of people and agencies, one each, out of whatever a byline holds."""

import re
from collections.abc import Iterable
from itertools import islice, pairwise

from crawler.extraction.fields import name_words
from crawler.text import clean_line, comparable

_LONGEST_NAME = 100  # characters; what is longer is a biography
_LONGEST_BYLINE = 600  # characters that are looked at
_MOST_NAMES = 50  # of an article
_MOST_WORDS = 5  # of a person's name, particles included

_PUNCTUATION = re.compile(r"\s*(?:[,;|/•·、،؛]|\s[-\u2013\u2014]\s)\s*")
_ADDRESS = re.compile(r"\S*(?:://|@)\S*|\bwww\.\S+|\b[\w-]{1,60}\.(?:com|net|org)/\S*", re.IGNORECASE)
_MARKED = re.compile(r"[(\[【\uff08]([^()\[\]【】\uff08\uff09]{0,80})[)\]】\uff09]")
_DATE = re.compile(
    r"\d{4}|\d[:.]\d\d\b|\b\d{1,2}(?:\.|st|nd|rd|th)?\s+\w{3,}|\b\w{3,}\.?\s+\d{1,2}\b|\d+\s*(?:min|hour|day)|\d{1,4}[年月日시월]",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"[A-Z]{2,}")


def read_names(values: Iterable[str | None]) -> tuple[str, ...]:
    """Split bylines into names: no "By", no URL, no e-mail address, none twice, order kept, fifty at most."""
    names: dict[str, str] = {}
    for value in islice(values, _MOST_NAMES):
        for name in _split(clean_line(value[:_LONGEST_BYLINE] if value else None) or ""):
            names.setdefault(comparable(name), name)
    names.pop("", None)
    return tuple(islice(names.values(), _MOST_NAMES))


def opens_byline(text: str) -> bool:
    """Tell whether a line begins as bylines do: "By ", "Von ", "Par ", "Автор:"."""
    return bool(name_words.BY.match(text) or name_words.BY_ELSEWHERE.match(text))


def looks_like_name(text: str) -> bool:
    """Tell whether a line is spelt as people's names are: two to five words, each with a capital but particles."""
    words = text.split()
    if not words[1:] or len(words) > _MOST_WORDS or any(character.isdigit() for character in text):
        return False
    return not name_words.NO_NAME.search(text) and words[0][0].isalpha() and all(map(_is_spelt_as_name, words))


def is_spelt(text: str) -> bool:
    """Tell whether every word of a line is spelt as in names, of people or of others."""
    return all(map(_is_spelt_as_name, text.split())) or is_agency(text)


def _is_spelt_as_name(word: str) -> bool:
    return word[0].isupper() or word in name_words.PARTICLES or (word[0].isalpha() and not word[0].islower())


def _split(byline: str) -> list[str]:
    text = _MARKED.sub(_unmark, _ADDRESS.sub(" ", byline)).strip()
    text = name_words.BY_ELSEWHERE.sub("", name_words.BY.sub("", text))
    text = name_words.AFTER.sub("", text).strip()
    parts = [
        name_words.ROLE_AFTER.sub(r"\1", part)
        for part in map(_strip, _PUNCTUATION.split(text))
        if part and not name_words.DEGREE.fullmatch(part)
    ]
    named = [part for part in parts if not name_words.ROLE.search(part)] or parts[:1]
    split = [name for part in named for name in map(_strip, _split_conjunction(part)) if _is_name(name)]
    return _without_places(split)


def _unmark(marked: re.Match[str]) -> str:
    """Keep of what stands in brackets an agency's initials, and a byline that stands in them whole."""
    inner = marked[1].strip()
    if len(marked[0]) == len(marked.string):
        return inner
    return f", {inner}" if is_agency(inner) else " "


def is_agency(name: str) -> bool:
    """Tell a news agency by its name, or by its being spelt in capitals alone."""
    return name.casefold() in name_words.AGENCIES or bool(_INITIALS.fullmatch(name))


def _split_conjunction(part: str) -> list[str]:
    """Split "Ann Lee and Bo Li" and "dpa und AFP", but neither "Ann and Bo Li" nor "José Ortega y Gasset"."""
    names = name_words.CONJUNCTION.split(part)
    if any(
        (" " in left) != (" " in right) and not (is_agency(left) or is_agency(right))
        for left, right in pairwise(names)
    ):
        return [part]
    return names


def _without_places(names: list[str]) -> list[str]:
    """Of a line that names people, leave out what else is on it: places in one word, faculties in many."""
    if not any(map(looks_like_name, names)):
        return names
    return [name for name in names if looks_like_name(name) or _is_other_name(name)]


def _is_other_name(name: str) -> bool:
    """Tell agencies, and abbreviations in small letters, from places and from descriptions."""
    words = name.split()
    if len(words) == 1:
        return is_agency(name) or not name.istitle()
    return is_spelt(name)


def _strip(name: str) -> str:
    """Take off what stands around a name; a full stop is part of "Jr."."""
    bare = name.strip(" :-\u2013\u2014*\"'()[]")
    bare = bare if bare.lower().endswith((" jr.", " sr.")) else bare.rstrip(".")
    return name_words.SUFFIX.sub("", name_words.OPENING_CONJUNCTION.sub("", bare))


def _is_name(name: str) -> bool:
    spelt = len(name) <= _LONGEST_NAME and any(character.isalpha() for character in name)
    return spelt and not _DATE.search(name) and not name_words.NO_NAME.search(name)
