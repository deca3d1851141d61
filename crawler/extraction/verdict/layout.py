"""How a page is laid out: how much of it runs on, and how much of it leads elsewhere. One walk, bounded."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from crawler.text import clean_line

_ELEMENTS = ("h1", "h2", "h3", "h4", "p", "figcaption", "input")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_MOST_ELEMENTS = 20_000  # of those above, and
_MOST_CHARACTERS = 2_000_000  # of text, which counts anew in each element that it is nested in
_MOST_CAPTIONS = 50
_CARD = 6  # elements: what holds more is no card
_MOST_HEADINGS = 100
_LONGEST_LINE = 500


@dataclass(slots=True)
class Layout:
    """What the walk counted; text in characters, without that of links."""

    headings: list[str] = field(default_factory=list)  # every <h1>
    linked_headings: int = 0  # <h2> to <h4> that are links to other pages
    teasers: list[str] = field(default_factory=list)  # what they say
    longest_stretch: int = 0  # of paragraphs between two linked headings
    after_headline: int = 0  # of the paragraphs between <h1> and the next linked heading
    paragraphs: int = 0  # of all of them
    linked_paragraphs: int = 0  # of those that stand inside a link or a caption
    captions: list[str] = field(default_factory=list)
    questions: set[str] = field(default_factory=set)  # to be answered by one of several choices

    # Where the walk stands:
    characters: int = 0  # read so far
    stretch: int = 0
    is_after_headline: bool = False
    holder: Any = None  # of the paragraph before: most have the same
    is_linked: bool = False  # whether that stands in a link or a caption


def read_layout(tree: Any, shortest: int) -> Layout:
    """Walk a page once, in its order. A paragraph of less than ``shortest`` characters is a label or a date."""
    found = Layout()
    for element in islice(tree.iter(*_ELEMENTS), _MOST_ELEMENTS):
        tag = element.tag
        if tag == "p":
            _read_paragraph(found, element, shortest)
        elif tag in _HEADINGS:
            _read_heading(found, tag, element)
        else:
            _count(found, tag, element)
        if found.characters > _MOST_CHARACTERS:
            break
    return found


def _read_paragraph(found: Layout, element: Any, shortest: int) -> None:
    text = _text_of(found, element)
    if len(text) < shortest or (length := _unlinked(element, text)) < shortest:
        return
    if (parent := element.getparent()) is not found.holder:
        found.holder, found.is_linked = parent, _is_inside_link(parent)
    if found.is_linked:
        found.linked_paragraphs += length
        return
    found.paragraphs += length
    found.stretch += length
    found.longest_stretch = max(found.longest_stretch, found.stretch)
    if found.is_after_headline:
        found.after_headline += length


def _read_heading(found: Layout, tag: str, element: Any) -> None:
    if tag == "h1":
        if len(found.headings) < _MOST_HEADINGS and (line := clean_line(_text_of(found, element))):
            found.headings.append(line[:_LONGEST_LINE])
        found.stretch, found.is_after_headline = 0, True
    elif _is_linked(element):
        found.linked_headings += 1
        if len(found.teasers) < _MOST_HEADINGS and (line := clean_line(_text_of(found, element))):
            found.teasers.append(line)
        found.stretch, found.is_after_headline = 0, False


def _count(found: Layout, tag: str, element: Any) -> None:
    if tag == "input":
        if (element.get("type") or "").lower() == "radio":
            found.questions.add(element.get("name") or "")
    elif len(found.captions) < _MOST_CAPTIONS and (line := clean_line(_text_of(found, element))):
        found.captions.append(line)


def _text_of(found: Layout, element: Any) -> str:
    text: str = element.text_content()
    found.characters += len(text)
    return text


def _unlinked(paragraph: Any, text: str) -> int:
    """Count the characters of a paragraph outside of the links in it."""
    links = (link.text_content() for link in paragraph.iterfind("a"))
    return len(text.strip()) - sum(map(len, links))


def _is_inside_link(outer: Any) -> bool:
    for _ in range(3):
        if outer is None or outer.tag in {"a", "figcaption"}:
            return outer is not None
        outer = outer.getparent()
    return False


def _is_linked(heading: Any) -> bool:
    """Tell whether a heading holds a link, stands in one, or has one laid over the card that it stands in."""
    link = next(heading.iter("a"), None)
    if link is None:
        link = next((outer for outer in islice(heading.iterancestors(), 4) if outer.tag == "a"), None)
    if link is None and (card := heading.getparent()) is not None and len(card) <= _CARD:
        link = card.find("a")
    href = (link.get("href") or "").strip() if link is not None else ""
    return bool(href) and not href.startswith("#")
