"""What speaks for and against a block being part of the article: names, each of which has a learned weight.

A name is ``kind:value``; the kinds are the tables of weights.toml. Amounts come in steps, so that a weight stands for
"three to five words" and can be read.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from crawler.extraction.blocks import Block, Place
from crawler.text import count_words

_STEPS = (1, 2, 3, 5, 8, 12, 18, 25, 40, 60, 100)  # words
_STEP_NAMES = ("1", "2", "3", "5", "8", "12", "18", "25", "40", "60", "100", "more")
_LENGTHS = ("few", "some", "many", "most")  # three steps each
_MENU = 0.5  # share of linked characters from which a block is rather a link than text
_SENTENCE = 10  # words from which a block is running text
_SHORT, _MIDDLING = 5, 15  # words, of a neighbour
_NEIGHBOUR_TAGS = frozenset({"p", "h1", "h2", "h3", "h4", "li", "figcaption", "blockquote", "div"})
_CLOSING = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4:\"\u201d\u201c\u00bb\u2019')]$")
_STOPS = re.compile("[.!?\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4]")
_COMMAS = re.compile("[,\u3001\u060c]")
_DIGITS = re.compile(r"\d")
_NOT_LETTERS = re.compile(r"[\W_]+")
_OPENING_MARKS = ('"', "\u201c", "\u201e", "\u00ab", "'", "\u2018")
_MOST_COUNTED = 4
_LABEL = 30  # characters within which a label such as "Read more:" ends
_REPEATED = 3  # blocks that begin with the same words
_WITNESS = 200  # characters from which a claimed body bears witness
_LEAST_WITNESSED = 15  # characters that are no coincidence
_SIMILAR = 60  # characters that a summary and a standfirst share at their beginning
_NAME = 6  # characters, from which an author's name is looked for


@dataclass(frozen=True, slots=True)
class Witness:
    """What is known of an article before its text is looked for, each as the page or the feed claims it."""

    headline: str | None = None
    description: str | None = None
    body: str | None = None
    authors: tuple[str, ...] = ()


@dataclass(slots=True)
class _Measures:
    """What all blocks of a page are measured against."""

    words: list[int]
    linked: list[float]
    headline: int | None = None
    home: Place | None = None
    """The ``<article>`` that holds the headline."""
    mass: Counter[Place] = field(default_factory=Counter)
    heaviest: float = 0.0
    by_signature: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    by_tag: Counter[str] = field(default_factory=Counter)
    total: int = 0
    inside: list[bool] = field(default_factory=list)
    first: int = 0
    last: int = 0
    openings: Counter[str] = field(default_factory=Counter)
    linked_openings: Counter[str] = field(default_factory=Counter)


def letters(text: str) -> str:
    """Reduce a text to its letters and digits in one case."""
    return _NOT_LETTERS.sub("", text.casefold())


def read_evidence(blocks: Sequence[Block], witness: Witness) -> list[list[str]]:
    """Name what speaks for and against each block, in the order of ``blocks``."""
    known = Witness(
        letters(witness.headline or ""),
        letters(witness.description or ""),
        letters(witness.body or ""),
        tuple(name for name in map(letters, witness.authors) if len(name) >= _NAME),
    )
    page = _measure(blocks, known)
    spelt = [letters(block.text) for block in blocks]
    met: set[str] = set()
    found = []
    second_headline = False
    for i, block in enumerate(blocks):
        long = _LENGTHS[_step(page.words[i]) // 3]
        tag = _tag(block.place)
        if tag == "h1" and page.headline is not None and i > page.headline and spelt[i] != known.headline:
            second_headline = True
        names = ["always:on", *block.place.within]
        names += _of_text(block, tag, page.words[i], page.linked[i], long)
        names += _of_openings(block, page, page.linked[i], long)
        names += _of_place(block, i, page, long, tag)
        names += _of_neighbours(blocks, i, page)
        names += _of_witness(spelt[i], known, page, i, long)
        if second_headline:
            names.append("position:after_second_headline")
        if spelt[i] in met:
            names.append("text:repeated")
        met.add(spelt[i])
        found.append(names)
    return found


def _measure(blocks: Sequence[Block], known: Witness) -> _Measures:
    page = _Measures(
        words=[count_words(block.text) for block in blocks],
        linked=[block.link_chars / len(block.text) for block in blocks],
    )
    page.headline = _find_headline(blocks, known.headline or "")
    page.home = None if page.headline is None else blocks[page.headline].place.article
    for block, words, linked in zip(blocks, page.words, page.linked, strict=True):
        if words >= _SENTENCE and linked < _MENU and block.place.tag != "li":
            _weigh(page, block)
        if opening := _opening(block.text):
            page.openings[opening] += 1
            page.linked_openings[opening] += linked > 0.3  # noqa: PLR2004 (a link and its label)
    top = max(page.mass, key=page.mass.__getitem__, default=None)
    page.heaviest = page.mass[top] if top else 0.0
    page.inside = [top is not None and _is_within(block.place, top) for block in blocks]
    running = [
        i for i, within in enumerate(page.inside)
        if within and page.words[i] >= _SENTENCE and page.linked[i] < _MENU
    ]  # fmt: skip
    page.first, page.last = (running[0], running[-1]) if running else (0, len(blocks))
    return page


def _weigh(page: _Measures, block: Block) -> None:
    """Credit a block's text to the places around it, less the farther away they are (after Readability)."""
    chars = len(block.text) - block.link_chars
    place: Place | None = block.place.container
    for share in (1.0, 0.7, 0.4):
        if place is None:
            break
        page.mass[place] += chars * share  # type: ignore[assignment]  # a Counter also adds up fractions
        place = place.around
    page.total += chars
    page.by_signature[block.place.signature] += chars
    page.by_tag[block.place.tag] += chars


def _find_headline(blocks: Sequence[Block], headline: str) -> int | None:
    """Find the block of the headline: the ``<h1>`` that says it, else the first."""
    found = [i for i, block in enumerate(blocks) if "in:h1" in block.place.within]
    return next((i for i in found if letters(blocks[i].text) == headline), found[0] if found else None)


def _is_within(place: Place | None, outer: Place) -> bool:
    while place is not None:
        if place is outer:
            return True
        place = place.around
    return False


def _tag(place: Place) -> str:
    while place.tag == "span" and place.around:
        place = place.around
    return place.tag


def _step(words: int) -> int:
    return bisect_left(_STEPS, words)


def _share(value: float, steps: int) -> str:
    """Write a share as the lower end of its step, in per cent."""
    if value <= 0:
        return "0"
    return "100" if value >= 0.999 else str(int(value * steps) * 100 // steps)  # noqa: PLR2004 (all but rounding)


def _opening(text: str) -> str | None:
    words = text.split(None, 2)
    return " ".join(words[:2]).casefold() if len(words) > 2 else None  # noqa: PLR2004 (two words, and more)


def _of_text(block: Block, tag: str, words: int, linked: float, long: str) -> list[str]:
    text = block.text
    step = _step(words)
    names = [
        f"tag:{tag}",
        f"words:{_STEP_NAMES[step]}",
        f"tag_words:{tag}_{_STEP_NAMES[step // 2 * 2]}",
        f"linked:{_share(linked, 5)}",
        f"ending:{'closed' if _CLOSING.search(text) else 'open'}_{long}",
        f"sentences:{min(len(_STOPS.findall(text)), _MOST_COUNTED)}",
        f"commas:{min(len(_COMMAS.findall(text)), _MOST_COUNTED)}",
        f"digits:{_share(len(_DIGITS.findall(text)) / len(text), 4)}",
    ]
    if words >= _SENTENCE:
        names.append(f"linked_sentence:{_share(linked, 5)}")
    if block.opens_with_link:
        names.append("text:opens_with_link")
    inked = len(text) - text.count(" ")
    if block.bold_chars >= 0.9 * inked:
        names += ["text:bold", f"bold:{long}"]
    if block.italic_chars >= 0.8 * inked:
        names += ["text:italic", f"italic:{long}"]
    if text.isupper():
        names += ["text:upper_case", f"upper_case_linked:{_share(linked, 2)}"]
    if text.endswith(":"):
        names.append("text:ends_in_colon")
    if text.startswith(_OPENING_MARKS):
        names.append("text:opens_with_quote")
    names += [name for mark, name in _MARKS.items() if mark in text]
    if block.place.is_hidden:
        names.append("text:hidden")
    return names


_MARKS = {"@": "text:at_sign", "\u00a9": "text:copyright_sign", "|": "text:bar"}


def _of_openings(block: Block, page: _Measures, linked: float, long: str) -> list[str]:
    """Tell "Read more: ..." in any language: labels before links, and words with which several blocks begin."""
    names = []
    opening = _opening(block.text)
    if opening and page.openings[opening] >= _REPEATED:
        share = page.linked_openings[opening] / page.openings[opening]
        names.append(f"opening_repeated:{long}_linked_{_share(share, 2)}")
    label = block.text.find(":", 0, _LABEL)
    if label > 0 and block.text[:label].isupper():
        names.append("text:upper_case_label")
    if label > 0 and linked > 0.3:  # noqa: PLR2004 (a link and its label)
        names.append("text:linked_label")
    return names


def _of_place(block: Block, i: int, page: _Measures, long: str, tag: str) -> list[str]:
    place = block.place
    container = place.container
    heaviest, total = page.heaviest or 1.0, page.total or 1
    mass = page.mass[container] / heaviest
    signature = page.by_signature[place.signature] / total
    alike = page.by_tag[place.tag] / total
    span = "before" if i < page.first else "after" if i > page.last else "within"
    side = "inside" if page.inside[i] else "outside"
    names = [
        f"mass:{_share(mass, 6)}",
        f"mass_words:{_share(mass, 3)}_{long}",
        f"outer_mass:{_share(page.mass[container.around] / heaviest if container.around else 0.0, 4)}",
        f"signature:{_share(signature, 5)}",
        f"signature_words:{_share(signature, 3)}_{long}",
        f"tag_mass:{_share(alike, 4)}_{long}",
        f"tag_share:{_share(alike, 2)}_{tag}",
        f"column:{side}",
        f"span:{span}",
        f"column_span:{side}_{span}_{long}",
        f"from_end:{page.last - i if 0 <= page.last - i < 5 else 'far'}",  # noqa: PLR2004 (where notes stand)
    ]
    kinds = place.kinds if place.around is None else place.kinds | place.around.kinds
    if page.home is not None or place.article is not None:
        names.append(f"article:{_article(place.article, page.home)}")
    return names + [f"near:{kind}" for kind in kinds]


def _article(own: Place | None, home: Place | None) -> str:
    """Tell how a block's ``<article>`` stands to that of the headline."""
    if own is home:
        return "same"
    if own is None or home is None:
        return "outer" if own is None else "no_home"
    return "deeper" if _is_within(own, home) else "other"


def _of_neighbours(blocks: Sequence[Block], i: int, page: _Measures) -> list[str]:
    names = []
    place = blocks[i].place
    for offset in (-2, -1, 1, 2):
        j = i + offset
        if not 0 <= j < len(blocks):
            names.append(f"neighbour:{offset}_none")
            continue
        other = blocks[j].place
        words = page.words[j]
        length = "short" if words < _SHORT else "middling" if words < _MIDDLING else "long"
        sort = "link" if page.linked[j] > _MENU else "text"
        same = "same" if other.around is place.around or other.container is place.container else "elsewhere"
        names.append(f"neighbour:{offset}_{length}_{sort}_{same}")
        names.append(f"neighbour_tag:{offset}_{other.tag if other.tag in _NEIGHBOUR_TAGS else 'other'}")
    return names


def _of_witness(spelt: str, known: Witness, page: _Measures, i: int, long: str) -> list[str]:
    position = _position(page.headline, i)
    names = [f"position:{position}"]
    if known.headline and spelt == known.headline:
        names.append("witness:headline")
    if known.description and len(spelt) > _LEAST_WITNESSED:
        if spelt == known.description:
            names += ["witness:description", f"description:{position}"]
        elif spelt in known.description or known.description[:_SIMILAR] in spelt[: _SIMILAR + 20]:
            names += ["witness:part_of_description", f"description:{position}"]
    if known.body and len(known.body) > _WITNESS:
        size = "long" if len(spelt) >= _LEAST_WITNESSED else "short"
        names.append(f"witness:{'in' if spelt in known.body else 'not_in'}_body_{size}")
    else:
        names.append("witness:no_body")
    if any(name in spelt for name in known.authors):
        first = any(name in spelt[:30] for name in known.authors)
        names += ["witness:author", f"author:{long}", f"author:{'first' if first else 'later'}"]
    return names


def _position(headline: int | None, i: int) -> str:
    """How many blocks after the headline, in steps."""
    if headline is None:
        return "no_headline"
    distance = i - headline
    if distance <= 1:
        return "before_headline" if distance < 0 else ("headline", "first")[distance]
    return "early" if distance < 4 else "middle" if distance < 11 else "late"  # noqa: PLR2004 (steps)
