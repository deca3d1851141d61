"""Whether an edit mends spelling, punctuation or spacing, and says nothing else than before.

Nobody can know that without knowing the language; these rules know how slips of the pen look. What they do not
know they do not call a typo: numbers, negations, names exchanged for others, short words that begin with another
letter.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from crawler.ingestion.edits import edit_words as words
from crawler.ingestion.edits.aligning import changes
from crawler.ingestion.edits.tokens import IS_UNSPACED, WORD, tokens_of
from crawler.ingestion.identity.texts import canonical_text

_LONGEST = 200_000  # characters of what changed: a paragraph is never so long, and comparing it takes 0.2 s
_MOST_PLACES = 6
_LONGEST_PLACE = 40  # characters
_LONG_WORD = 8  # letters, more than which may have two slips
# Letters of a word in which one may be wrong: missing or too many, or exchanged for another; in a name, or not.
_LEAST_LETTERS = {(True, False): 1, (True, True): 4, (False, False): 4, (False, True): 8}
_LETTERS_BEHIND_FIRST = 6  # that must be right for the first one to be wrong
_MANY_LETTERS = 5  # of a numeral or negation with a letter too many or too few: "thouzsand", not "no" and "now"
_NOUNS_CAPITALISED = frozenset({"de", "lb"})
_NUMBER = re.compile(r"\d+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SENTENCE_ENDS = frozenset(".!?:\"'\u201c\u201d\u201e\u2018\u00ab\n-\u2013\u2014(")


class _Place(NamedTuple):
    """What was taken out, what was put in, and what stands before it."""

    removed: str
    added: str
    preceded_by: str
    followed_by: str


def is_spelling(before: str, after: str, language: str | None) -> bool:
    """Tell whether few characters of few words were put right."""
    if max(len(before), len(after)) > _LONGEST or abs(len(before) - len(after)) > _MOST_PLACES * _LONGEST_PLACE:
        return False
    places = 0
    for place in _places(tokens_of(before), tokens_of(after)):
        if canonical_text(place.removed) == canonical_text(place.added):
            continue
        places += 1
        if places > _MOST_PLACES or not _is_slip(place, language):
            return False
    return True


def _places(tokens: Sequence[str], other_tokens: Sequence[str]) -> Iterator[_Place]:
    found = changes(tokens, other_tokens)
    merged = found[:1]
    for change in found[1:]:
        last = merged[-1]
        # Two characters that change places leave one of them where it was.
        if change.start - last.end == 1 and IS_UNSPACED.fullmatch(tokens[last.end]):
            merged[-1] = type(change)(last.start, change.end, last.other_start, change.other_end)
        else:
            merged.append(change)
    for change in merged:
        said = [token for token in tokens[max(0, change.start - 2) : change.start] if not token.isspace()]
        yield _Place(
            "".join(tokens[change.start : change.end]),
            "".join(other_tokens[change.other_start : change.other_end]),
            said[-1] if said else "",
            next((token for token in tokens[change.end : change.end + 2] if not token.isspace()), ""),
        )


def _is_slip(place: _Place, language: str | None) -> bool:
    removed, added = canonical_text(place.removed), canonical_text(place.added)
    letters, other_letters = _letters(removed), _letters(added)
    both = letters + other_letters
    if max(len(removed), len(added)) > _LONGEST_PLACE or _symbols(removed) != _symbols(added):
        return False
    if any(map(str.isdigit, both)):
        return removed.replace(" ", "") == added.replace(" ", "") and _numbers(removed) == _numbers(added)
    if letters == other_letters:
        return True
    if IS_UNSPACED.fullmatch(both):
        return _is_slip_of_characters(letters, other_letters, place)
    return _are_slips_of_words(place, language)


def _symbols(text: str) -> list[str]:
    """Signs that change a figure beside them: currencies, per cent, plus and minus."""
    return [sign for sign in text if sign in "%‰+" or unicodedata.category(sign) in {"Sc", "Sm"}]


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _letters(text: str) -> str:
    """Letters and digits alone; combining marks, of Indic scripts for instance, are part of them."""
    return "".join(WORD.findall(text))


def _are_slips_of_words(place: _Place, language: str | None) -> bool:
    olds, news = WORD.findall(place.removed), WORD.findall(place.added)
    if not olds or not news:
        near = {canonical_text(place.preceded_by), canonical_text(place.followed_by)}
        return all(word in words.LITTLE or word in near for word in map(canonical_text, olds or news))
    begins = not place.preceded_by or place.preceded_by[-1] in _SENTENCE_ENDS
    may_be_name = not begins and (language or "") not in _NOUNS_CAPITALISED
    return len(olds) == len(news) and all(
        _is_misspelling(
            canonical_text(old), canonical_text(new), is_name=may_be_name and old[0].isupper() and new[0].isupper()
        )
        for old, new in zip(olds, news, strict=True)
    )


def _is_misspelling(old: str, new: str, *, is_name: bool) -> bool:
    """Compare two words in canonical form."""
    distance, shorter, longer = _distance(old, new), *sorted((len(old), len(new)))
    is_swapped = distance == 1 and sorted(old) == sorted(new) and longer > 2  # noqa: PLR2004 ("no" and "on")
    if is_swapped or _plain(old) == _plain(new) or {old, new} in words.MISTAKEN:
        return True
    turns = not words.TURNING.isdisjoint((old, new))
    if turns:
        return distance == 1 and old[0] == new[0] and shorter != longer and shorter >= _MANY_LETTERS
    if old[0] != new[0] and (is_name or shorter < _LETTERS_BEHIND_FIRST or "a" in (old[0], new[0])):
        return False  # "amoral"
    if distance == 1:
        return longer >= _LEAST_LETTERS[shorter != longer, is_name]
    return distance == 2 and longer > _LONG_WORD and old[0] == new[0] and not is_name  # noqa: PLR2004


def _plain(word: str) -> str:
    """A word without accents, as a keyboard without them writes it."""
    decomposed = unicodedata.normalize("NFD", word)
    latin = "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
    return latin if latin.isascii() else word


def _distance(old: str, new: str) -> int:
    """How many letters are put in, left out, exchanged, or swapped with the next (optimal string alignment)."""
    rows = [list(range(len(new) + 1))]
    for place, letter in enumerate(old, 1):
        row = [place]
        for other, other_letter in enumerate(new, 1):
            cost = min(rows[-1][other] + 1, row[-1] + 1, rows[-1][other - 1] + (letter != other_letter))
            if place > 1 and other > 1 and letter == new[other - 2] and old[place - 2] == other_letter:
                cost = min(cost, rows[-2][other - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _is_slip_of_characters(old: str, new: str, place: _Place) -> bool:
    """Judge a place in a script without spaces, where a character may be a word."""
    if len(old) == len(new) == 2 and old == new[::-1]:  # noqa: PLR2004
        return True
    both = old + new
    if len(old) > 1 or len(new) > 1 or not words.TURNING_CHARACTERS.isdisjoint(both):
        return False
    if not old or not new:
        return both in (place.preceded_by, place.followed_by) or not _HAN.search(both)
    return any(old in alike and new in alike for alike in words.CONFUSED) or not _HAN.search(both)
