"""A text as the runs of four words that it holds, each a number: what near-copies have in common."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate
from zlib import crc32

# Characters: of a longer text the beginning tells what it is a copy of. News is shorter.
_LONGEST = 200_000
# A shingle reaches from one token on until it weighs as much as four words do.
_FULL = 60
_WORD = 15
# In scripts without spaces a token is a character, and as many as say about what four words say make a shingle:
# first and last code point, weight of one. The lengths were compared by tests.benchmarks.stories.
_UNSPACED = (
    (0x0E00, 0x0EFF, 6),  # Thai, Lao: 10 characters
    (0x1000, 0x109F, 6),  # Myanmar
    (0x1780, 0x17FF, 6),  # Khmer
    (0x3040, 0x30FF, 10),  # kana: 6
    (0x3400, 0x9FFF, 12),  # Han: 5
    (0xF900, 0xFAFF, 12),
    (0x20000, 0x3FFFF, 12),
)
# A token of so many bytes is one character if its first byte is this or more (UTF-8).
_LEADS = {3: 0xE0, 4: 0xF0}
# What parts words: punctuation, symbols, separators, controls (unicode.org/reports/tr44/#GC_Values_Table).
_PARTING = frozenset("PSZC")
# What nobody reads, beside the format controls (Cf): the grapheme joiner, and variation selectors.
_UNREAD = frozenset({0x034F, *range(0xFE00, 0xFE10)})


@dataclass(frozen=True)
class Shingles:
    """The shingles of one text, as 32-bit numbers without a sign."""

    in_order: Sequence[int]
    """As they follow one another in the text, repeated ones as often as they come."""
    length: int
    """How many words a shingle has, or characters where no spaces part words; of mixed texts, the last one."""
    numbers: frozenset[bytes]
    """What the text counts and dates with: its words of the digits 0 to 9, in UTF-8."""

    @cached_property
    def distinct(self) -> frozenset[int]:
        """Each of them once."""
        return frozenset(self.in_order)


def shingle(text: str) -> Shingles:
    """Cut a body into overlapping shingles of four words, or of 5 to 10 characters in scripts without spaces.

    What the content hash does not see (case, kinds of quotes, white space) is not seen here either, nor is
    punctuation; but how a hash is made may change, and this may not. Each is the CRC-32 of its words, which is the
    same in every process. A text of less than four words is one shingle; one without words has none.
    """
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    tokens = folded.translate(_PARTED).encode("utf-8", "surrogatepass").split()
    words = b" ".join(tokens)
    ends = list(accumulate((len(token) + 1 for token in tokens), initial=-1))
    in_order = [crc32(words[ends[first] + 1 : ends[last]]) for first, last in enumerate(_lasts(tokens))]
    length = len(tokens) - len(in_order) + 1
    return Shingles(in_order, length, frozenset(token for token in tokens if token.isdigit()))


def _lasts(tokens: Sequence[bytes]) -> Sequence[int]:
    """For each shingle, which begin at one token after the other, the number of the token before which it ends."""
    weights = [_weight(token) if token[0] >= _LEADS.get(len(token), 0x100) else _WORD for token in tokens]
    if weights.count(_WORD) == len(weights):
        return range(min(len(weights), _FULL // _WORD), len(weights) + 1) if weights else ()
    lasts: list[int] = []
    last = weight = 0
    for of_first in weights:
        while weight < _FULL and last < len(weights):
            weight += weights[last]
            last += 1
        if weight < _FULL and lasts:
            break
        lasts.append(last)
        weight -= of_first
    return lasts


@cache
def _weight(token: bytes) -> int:
    """What a token of one character weighs."""
    code = ord(token.decode("utf-8", "surrogatepass"))
    return next((weight for first, last, weight in _UNSPACED if first <= code <= last), _WORD)


class _Parted(dict[int, str]):
    """What :meth:`str.translate` makes of a character; looked up when it first comes, for there are a million."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Cf" or code in _UNREAD:
            part = ""
        elif category[0] in _PARTING:
            part = " "
        elif any(first <= code <= last for first, last, _ in _UNSPACED):
            part = f" {character} "
        else:
            part = character
        self[code] = part
        return part


_PARTED = _Parted()
