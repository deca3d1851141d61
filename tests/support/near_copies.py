"""Pairs of articles that are near-copies of one another, and pairs that only seem to be, with the truth."""

import random
from collections.abc import Callable, Iterator
from functools import partial

from tests.support.forms import fill, forms
from tests.support.wire import LANGUAGES, Pair, Tongue, Words

Draw = Callable[[int], Words]
"""So many words of an article: each time of another one."""


def two_words(tongue: Tongue, rng: random.Random, words: Words) -> Words:
    """Two words are others."""
    places = rng.sample(range(len(words)), 2)
    return [tongue.word(rng) if place in places else word for place, word in enumerate(words)]


def scattered(tongue: Tongue, rng: random.Random, words: Words, share: float = 0.1) -> Words:
    """A tenth of the words, all over the text, are others, or gone, or have got another beside them."""
    places = set(rng.sample(range(len(words)), round(share * len(words))))
    edited: Words = []
    for place, word in enumerate(words):
        if place not in places:
            edited.append(word)
            continue
        kind = rng.random()
        if kind < 0.6:
            edited.append(tongue.word(rng))
        elif kind < 0.8:
            edited += [word, tongue.word(rng)]
    return edited


def wrapped(tongue: Tongue, rng: random.Random, words: Words, most: float = 0.25) -> Words:
    """An agency's lines before and after it: together up to a quarter of what there was."""
    count = round(len(words) * rng.uniform(0.03, most))
    before = rng.choice((0, count, rng.randint(0, count)))
    return [*tongue.words(rng, before), *words, *tongue.words(rng, count - before)]


def quoting(draw: Draw, rng: random.Random, count: int) -> tuple[Words, Words]:
    """Two articles of about so many words, both with the same statement: 30 to 60 % of each, in one piece."""
    statement = draw(round(count * rng.uniform(0.3, 0.6)))
    return _around(draw, rng, statement, count), _around(draw, rng, statement, count)


def _around(draw: Draw, rng: random.Random, statement: Words, count: int) -> Words:
    own = draw(count - len(statement))
    place = rng.choice((0, len(own), rng.randint(0, len(own))))
    return [*own[:place], *statement, *own[place:]]


def both(tongue: Tongue, rng: random.Random, words: Words) -> Words:
    """Wrapped, and a tenth of the words edited."""
    return wrapped(tongue, rng, scattered(tongue, rng, words))


def beginning(tongue: Tongue, rng: random.Random, words: Words) -> Words:
    """The first half, as a paper prints it that is short of room."""
    return words[: round(len(words) * rng.uniform(0.45, 0.6))]


def filled(tongue: Tongue, rng: random.Random, count: int) -> tuple[str, str]:
    """Two reports of one form, about different things."""
    if written := forms(tongue.language):
        form = rng.choice(written)
        return fill(form, tongue.language, rng), fill(form, tongue.language, rng)
    words = tongue.words(rng, min(count, 250))
    slots = set(rng.sample(range(len(words)), round(len(words) * rng.uniform(0.12, 0.35))))
    one, other = ([_slot(tongue, rng) if n in slots else word for n, word in enumerate(words)] for _ in range(2))
    return tongue.text(one), tongue.text(other)


def _slot(tongue: Tongue, rng: random.Random) -> str:
    return tongue.word(rng) if rng.random() < 0.5 else str(rng.randint(1, 99))


COPIES = ("two words", "scattered", "wrapped", "both", "beginning")
OTHERS = ("statement", "form", "unrelated")
ASKED = ("two words", "scattered", "wrapped", "statement", "form", "unrelated")
"""The kinds over which recall and precision are promised."""


def pairs(
    seed: int,
    count: int,
    *,
    tongue: Tongue,
    base: Callable[[random.Random], Draw] | None = None,
    words: tuple[int, int],
) -> Iterator[Pair]:
    """So many pairs of each kind, with texts of so many words: of what ``base`` draws, or else made up."""
    for kind in (*COPIES, *OTHERS):
        for number in range(count):
            rng = random.Random(f"{seed} {tongue.language} {kind} {number}")
            length = round(words[0] * (words[1] / words[0]) ** rng.random())
            draw = base(rng) if base else partial(tongue.words, rng)
            one, other = _pair(kind, tongue, draw, rng, length)
            yield Pair(kind, tongue.language, one, other, kind in COPIES)


def _pair(kind: str, tongue: Tongue, draw: Draw, rng: random.Random, count: int) -> tuple[str, str]:
    edits = {
        "two words": two_words,
        "scattered": scattered,
        "wrapped": wrapped,
        "both": both,
        "beginning": beginning,
    }
    if kind == "form":
        return filled(tongue, rng, count)
    if kind == "statement":
        one, other = quoting(draw, rng, count)
    elif kind == "unrelated":
        one, other = draw(count), draw(count)
    else:
        one = draw(count)
        other = edits[kind](tongue, rng, one)
    return tongue.text(one), tongue.text(other)


def tongues() -> list[Tongue]:
    """One for each language."""
    return [Tongue(language) for language in LANGUAGES]
