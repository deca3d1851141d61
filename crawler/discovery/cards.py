"""Cards: all that a page says of one URL, from its picture, its headline and its "read more" together."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from crawler.discovery.anchors import Anchor, Region
from crawler.discovery.page import WebPage
from crawler.discovery.shapes import url_shape, without_tracking
from crawler.discovery.words import says_nothing
from crawler.text import clean_line, count_words

_BEST_FIRST = (Region.CONTENT, Region.PAGE, Region.ASIDE, Region.HEADER, Region.NAVIGATION)
_CARD_DEPTH = 6  # elements between an anchor and the outermost element of its card
_NO_CARD = frozenset({"body", "main", "html", "form"})
_REPEATED = 3  # URLs under the same words: "comments", "share", or a "read more" in a language not listed
_LONGEST_HEADLINE = 300  # characters; more is a headline and its summary in one

_HEADLINE_WORDS = 4
_HEADLINE_LENGTH = 25  # two long words in Finnish or Hungarian
_HEADLINE_LENGTH_UNSPACED = 10
_LABEL_WORDS = 2
_LABEL_LENGTH_UNSPACED = 6
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Card:
    """One URL of a page, with the best that its anchors say of it.

    ``region`` is the best that one of its anchors has: what stands in the menu and in the middle is no menu item.
    """

    url: str
    shape: str
    anchors: tuple[Anchor, ...]
    region: Region
    is_heading: bool
    has_picture: bool
    text: str | None
    """The words that most look like a headline; None if they say nothing, as "read more" does."""
    looks_like: Literal["headline", "label"] | None
    published: str | None = None
    """What a ``<time datetime>`` of the card says."""
    is_repeated: bool = False
    """Whether other URLs of the page have the same words."""

    @property
    def headline(self) -> str | None:
        """The words, where they look like a headline or stand in a heading, and are this card's alone."""
        return self.text if (self.is_heading or self.looks_like == "headline") and not self.is_repeated else None


def read_cards(anchors: Iterable[Anchor]) -> list[Card]:
    """Merge anchors that lead to one page, in order of the first anchor of each."""
    merged: dict[str, list[Anchor]] = {}
    for anchor in anchors:
        merged.setdefault(without_tracking(anchor.url), []).append(anchor)
    cards = [_merge(group) for group in merged.values()]
    counts = Counter(card.text for card in cards)
    return [
        replace(card, is_repeated=True) if card.text and counts[card.text] >= _REPEATED else card for card in cards
    ]


def with_times(cards: list[Card], page: WebPage) -> list[Card]:
    """Give each card the first time that stands in it: beside its anchors, and beside no other card's."""
    owners = _owners(cards)
    times: dict[int, str] = {}
    for element in page.tree.iter("time"):
        moment = clean_line(element.get("datetime"))
        owner = next((owners[outer] for outer in _outwards(element) if outer in owners), None)
        if moment and owner is not None:
            times.setdefault(owner, moment)
    return [replace(card, published=times.get(index)) for index, card in enumerate(cards)]


def _likeness(text: str) -> Literal["headline", "label"] | None:
    """Tell words that are as many as a headline has, or as few as menus have."""
    if len(text) > _LONGEST_HEADLINE:
        return None
    if 2 * len(_UNSPACED.findall(text)) > len(text):
        is_headline, is_label = len(text) >= _HEADLINE_LENGTH_UNSPACED, len(text) <= _LABEL_LENGTH_UNSPACED
    else:
        words = count_words(text)
        is_headline = words >= _HEADLINE_WORDS or (words > 1 and len(text) >= _HEADLINE_LENGTH)
        is_label = words <= _LABEL_WORDS
    return "headline" if is_headline else "label" if is_label else None


def _merge(anchors: list[Anchor]) -> Card:
    regions = {anchor.place.region for anchor in anchors}
    text, is_heading = _best_text(anchors)
    return Card(
        url=anchors[0].url,
        shape=url_shape(anchors[0].url),
        anchors=tuple(anchors),
        region=next(region for region in _BEST_FIRST if region in regions),
        is_heading=is_heading,
        has_picture=any(anchor.has_picture for anchor in anchors),
        text=text,
        looks_like=_likeness(text) if text else None,
    )


def _best_text(anchors: list[Anchor]) -> tuple[str | None, bool]:
    """The words that count, and whether they stand in a heading.

    A heading comes before other words, and those that look like a headline before others; of equals the first:
    summaries follow their headlines. What describes a picture comes last.
    """
    texts = [(anchor.text, anchor.place.is_heading) for anchor in anchors]
    texts += [(anchor.description, False) for anchor in anchors]
    said = [(text, is_heading) for text, is_heading in texts if text and not says_nothing(text)]
    return max(said, key=lambda item: (item[1], _likeness(item[0]) == "headline"), default=(None, False))


def _owners(cards: list[Card]) -> dict[Any, int | None]:
    """Which card each element around the anchors belongs to, by index; None for what holds several."""
    owners: dict[Any, int | None] = {}
    for index, card in enumerate(cards):
        for anchor in card.anchors:
            for outer in _outwards(anchor.element):
                owners[outer] = index if owners.get(outer, index) == index else None
    return owners


def _outwards(element: Any) -> Iterator[Any]:
    """The element and those it is in, as far as a card reaches."""
    for _ in range(_CARD_DEPTH):
        if element is None or element.tag in _NO_CARD:
            return
        yield element
        element = element.getparent()
