"""Invented running text in six languages, with the statistics of real text.

Texts are lists of words, so that an edit knows what a word is where no spaces part them.
"""

import random
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import scheduler.demo

Words = list[str]

_VOCABULARY = 4000
_PHRASES = 300
_CONSONANTS = {"hi": "कखगचजटडतदनपबमयरलवशसह", "th": "กขคงจชดตทนบปพมยรลวสหอ"}
_VOWELS = {"hi": ("", "ा", "ि", "ी", "ु", "ू", "े", "ै", "ो", "ं"), "th": ("า", "ี", "ู", "อ", "ะ", "ั", "่า", "้", "ิ")}
_KANA = "のにをはがとでもからまでへやたしてるい"
_STOPS = {"zh": "。", "ja": "。", "hi": "।", "th": ""}
LANGUAGES = ("en", "de", "hi", "zh", "ja", "th")
UNSPACED = frozenset({"zh", "ja", "th"})


class Pair(NamedTuple):
    """Two texts, how the second came about, and whether they tell one story."""

    kind: str
    language: str
    one: str
    other: str
    are_copies: bool


class Tongue:
    """Running text of one language: its words by Zipf's law, with set phrases among them."""

    def __init__(self, language: str) -> None:
        self.language = language
        rng = random.Random(f"tongue {language}")
        self._words = _vocabulary(language, rng)
        self._phrases = [[self.word(rng) for _ in range(rng.randint(3, 6))] for _ in range(_PHRASES)]

    def word(self, rng: random.Random) -> str:
        """One word, a common one more often than a rare one; or, once in a while, a number."""
        if rng.random() < 0.02:
            return str(rng.choice((rng.randint(1, 31), rng.randint(1900, 2026), rng.randint(1, 9999))))
        return self._words[_zipf(rng, len(self._words))]

    def words(self, rng: random.Random, count: int) -> Words:
        """So many words."""
        found: Words = []
        while len(found) < count:
            if rng.random() < 0.03:
                found += self._phrases[_zipf(rng, _PHRASES)]
            found.append(self.word(rng))
        return found[:count]

    def text(self, words: Sequence[str]) -> str:
        """These words as a body: sentences of some fifteen words, five of them to a paragraph."""
        gap = "" if self.language in UNSPACED else " "
        stop = _STOPS.get(self.language, ".")
        lines = [gap.join(words[n : n + 15]) + stop for n in range(0, len(words), 15)]
        return "\n".join(" ".join(lines[n : n + 5]) for n in range(0, len(lines), 5))


def _zipf(rng: random.Random, count: int) -> int:
    return int((count + 1) ** rng.random()) - 1


def _vocabulary(language: str, rng: random.Random) -> Words:
    if language not in {"hi", "th", "zh", "ja"}:
        return _printed(language)
    make = {"zh": _han, "ja": _japanese}.get(language, _syllables(language))
    return [make(rng) for _ in range(_VOCABULARY)]


def _printed(language: str) -> Words:
    """The words of the German sample newspaper, or of the English ones, the most frequent first."""
    text = (Path(scheduler.demo.__file__).parent / "stories.toml").read_text(encoding="utf-8")
    stories = [story for story in tomllib.loads(text)["story"] if "body" in story]
    words = [
        word.strip(".,;:“”„")
        for story in stories
        if (story["paper"] == "birkentaler-bote") is (language == "de")
        for word in story["body"].split()
    ]
    counts = {word: words.count(word) for word in words if word}
    return sorted(counts, key=lambda word: (-counts[word], word))


def _han(rng: random.Random) -> str:
    return "".join(chr(0x4E00 + _zipf(rng, 3000)) for _ in range(rng.choice((1, 1, 2, 2, 2, 3))))


def _japanese(rng: random.Random) -> str:
    return rng.choice((_han(rng), _han(rng) + rng.choice(_KANA), rng.choice(_KANA) * rng.randint(1, 2)))


def _syllables(language: str) -> Callable[[random.Random], str]:
    def word(rng: random.Random) -> str:
        consonants, vowels = _CONSONANTS[language], _VOWELS[language]
        return "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(rng.choice((1, 2, 2, 3))))

    return word
