"""What speaks for and against a block being part of the article: names, each of which has a learned weight.

A name is ``kind:value``; the kinds are the tables of weights.toml. Amounts come in steps, so that a weight stands
for "three to five words" and can be read.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.extraction.text.blocks import Block, Place
from crawler.text import count_words

_STEPS = (1, 2, 3, 5, 8, 12, 18, 25, 40, 60, 100)  # words
_WORDS = tuple(f"words:{name}" for name in (*_STEPS, "more"))
_LENGTHS = tuple(length for length in ("few", "some", "many", "most") for _ in range(3))  # in place of steps
_MENU = 0.5  # share from which it is rather a link than text
_LABELLED = 0.3  # share that a link has beside its label
_SENTENCE = 10  # words from which a block is running text
_CLOSING = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4:\"\u201d\u201c\u00bb\u2019')]$")
_NOT_LETTERS = re.compile(r"[\W_]+")
_OPENING_MARKS = ('"', "\u201c", "\u201e", "\u00ab", "'", "\u2018")
_MARKS = {"@": "text:at_sign", "\u00a9": "text:copyright_sign", "|": "text:bar"}
_ALL_BUT_A_MARK, _ALL_BUT_A_NAME = 0.9, 0.8  # shares of a block that is set in bold, or in italics
_LABEL = 30  # characters within which a label such as "Read more:" ends
_WITNESS = 200  # characters from which a claimed body bears witness
_COINCIDENCE = 15  # characters that may stand in a text by chance
_SIMILAR = 60  # characters that a summary and a standfirst share at their beginning
_NAME = 6  # characters, from which an author's name is looked for
# How much of a block's text speaks for the places around it: the farther away, the less (after Readability).
_SHARES = (1.0, 0.7, 0.4)

Signature = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Witness:
    """What is known of an article before its text is looked for, each as the page or the feed claims it."""

    headline: str | None = None
    description: str | None = None
    body: str | None = None
    authors: tuple[str, ...] = ()


@dataclass(slots=True)
class _Text:
    """A block, with what is asked of it more than once."""

    block: Block
    spelt: str
    words: int
    linked: float

    @property
    def step(self) -> int:
        return bisect_left(_STEPS, self.words)


@dataclass(slots=True)
class _Page:
    """What all blocks of a page are measured against."""

    headline: int | None = None  # which text
    home: Place | None = None  # the <article> that holds it
    mass: dict[Place, float] = field(default_factory=lambda: defaultdict(float))
    heaviest: float = 1.0
    by_signature: Counter[Signature] = field(default_factory=Counter)
    by_tag: Counter[str] = field(default_factory=Counter)
    total: int = 1
    first: int = 0  # running text of the heaviest place, and the last
    last: int = 0


def letters(text: str) -> str:
    """Reduce a text to its letters and digits in one case.

    As ``comparable()``, which clips and normalises a claim; both texts here are of one page, and may be long.
    """
    return _NOT_LETTERS.sub("", text.casefold())


def read_evidence(blocks: Sequence[Block], witness: Witness) -> list[list[str]]:
    """Name what speaks for and against each block, in the order of ``blocks``."""
    known = Witness(
        letters(witness.headline or ""),
        letters(witness.description or ""),
        letters(witness.body or ""),
        tuple(name for name in map(letters, witness.authors) if len(name) >= _NAME),
    )
    texts = [_read_text(block) for block in blocks]
    page = _measure(texts, known.headline or "")
    met: set[str] = set()
    found = []
    is_second = False
    for i, text in enumerate(texts):
        names = ["always:on", *text.block.place.within]
        names += _of_text(text)
        names += _of_place(text, i, page)
        names += _of_witness(text, known)
        names.append("position:" + _position(page.headline, i))
        is_second |= page.headline is not None and i > page.headline and _is_other(text, known.headline)
        if is_second:
            names.append("position:after_second_headline")
        if text.spelt in met:
            names.append("text:repeated")
        met.add(text.spelt)
        found.append(names)
    return found


def _read_text(block: Block) -> _Text:
    text = block.text
    words = text.count(" ") + 1 if text.isascii() else count_words(text)
    return _Text(block, letters(text), words, block.link_chars / len(text))


def _is_other(text: _Text, headline: str | None) -> bool:
    return _tag(text.block.place) == "h1" and text.spelt != headline


def _measure(texts: Sequence[_Text], headline: str) -> _Page:
    page = _Page()
    headings = [i for i, text in enumerate(texts) if text.block.place.is_heading]
    page.headline = next((i for i in headings if texts[i].spelt == headline), headings[0] if headings else None)
    page.home = None if page.headline is None else texts[page.headline].block.place.article
    running = []
    for i, text in enumerate(texts):
        if text.words >= _SENTENCE and text.linked < _MENU and text.block.place.tag != "li":
            running.append(i)
            _weigh(page, text.block)
    if running:
        heaviest = max(page.mass, key=page.mass.__getitem__)
        page.heaviest = page.mass[heaviest]
        column = [i for i in running if texts[i].block.place.is_within(heaviest)]
        page.first, page.last = column[0], column[-1]
    return page


def _weigh(page: _Page, block: Block) -> None:
    chars = len(block.text) - block.link_chars
    container = block.place.container
    place: Place | None = container
    for share in _SHARES:
        if place is not None:
            page.mass[place] += chars * share
            place = place.around
    page.total += chars
    page.by_signature[_signature(block.place, container)] += chars
    page.by_tag[block.place.tag] += chars


def _signature(place: Place, container: Place) -> Signature:
    """What the paragraphs of one text have in common: how they and what holds them are marked."""
    return place.tag, place.names, container.tag, container.names


def _tag(place: Place) -> str:
    while place.tag == "span" and place.around:
        place = place.around
    return place.tag


def _share(value: float, steps: int) -> str:
    """Write a share as the lower end of its step, in per cent."""
    return str(int(value * steps) * 100 // steps) if value > 0 else "none"


def _of_text(text: _Text) -> list[str]:
    block, written = text.block, text.block.text
    tag, long = _tag(block.place), _LENGTHS[text.step]
    names = [
        "tag:" + tag,
        _WORDS[text.step],
        f"tag_words:{tag}_{long}",
        "linked:" + _share(text.linked, 5),
        f"ending:{'closed' if _CLOSING.search(written) else 'open'}_{long}",
    ]
    if block.opens_with_link:
        names.append("text:opens_with_link")
    inked = len(written) - written.count(" ")
    if block.bold_chars >= _ALL_BUT_A_MARK * inked:
        names.append("text:bold")
    if block.italic_chars >= _ALL_BUT_A_NAME * inked:
        names.append("text:italic")
    if written.isupper():
        names.append("text:upper_case")
    if written.endswith(":"):
        names.append("text:ends_in_colon")
    if written.startswith(_OPENING_MARKS):
        names.append("text:opens_with_quote")
    names += [name for mark, name in _MARKS.items() if mark in written]
    label = written.find(":", 0, _LABEL)
    if label > 0 and written[:label].isupper():
        names.append("text:upper_case_label")
    if label > 0 and text.linked > _LABELLED:
        names.append("text:linked_label")
    if block.place.is_hidden:
        names.append("text:hidden")
    return names


def _of_place(text: _Text, i: int, page: _Page) -> list[str]:
    place, long = text.block.place, _LENGTHS[text.step]
    container = place.container
    signature = page.by_signature[_signature(place, container)] / page.total
    outer = page.mass.get(container.around, 0.0) if container.around else 0.0
    names = [
        "mass:" + _share(page.mass.get(container, 0.0) / page.heaviest, 6),
        "outer_mass:" + _share(outer / page.heaviest, 4),
        "signature:" + _share(signature, 5),
        f"signature_words:{_share(signature, 3)}_{long}",
        f"tag_mass:{_share(page.by_tag[place.tag] / page.total, 4)}_{long}",
        f"span:{'before' if i < page.first else 'after' if i > page.last else 'within'}_{long}",
    ]
    if page.home is not None or place.article is not None:
        names.append("article:" + _article(place.article, page.home))
    kinds = place.kinds if place.around is None else place.kinds | place.around.kinds
    return names + ["near:" + kind for kind in kinds]


def _article(own: Place | None, home: Place | None) -> str:
    """Tell how a block's ``<article>`` stands to that of the headline."""
    if own is home:
        return "same"
    if own is None or home is None:
        return "outer" if own is None else "no_home"
    return "deeper" if own.is_within(home) else "other"


def _of_witness(text: _Text, known: Witness) -> list[str]:
    names = []
    spelt = text.spelt
    if known.headline and spelt == known.headline:
        names.append("witness:headline")
    if known.description and len(spelt) > _COINCIDENCE:
        if spelt == known.description:
            names.append("witness:description")
        elif spelt in known.description or known.description[:_SIMILAR] in spelt[: _SIMILAR + 20]:
            names.append("witness:part_of_description")
    if known.body and len(known.body) > _WITNESS:
        size = "long" if len(spelt) > _COINCIDENCE else "short"
        names.append(f"witness:{'in' if spelt in known.body else 'not_in'}_body_{size}")
    if any(name in spelt for name in known.authors):
        names.append("witness:author")
    return names


def _position(headline: int | None, i: int) -> str:
    """How many blocks after the headline, in steps."""
    if headline is None:
        return "no_headline"
    distance = i - headline
    if distance <= 1:
        return "before_headline" if distance < 0 else ("headline", "first")[distance]
    return "early" if distance < 4 else "middle" if distance < 11 else "late"  # noqa: PLR2004 (steps)
