"""How a page is laid out: how much of it runs on, and how much of it leads elsewhere. One walk, bounded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from crawler.text import clean_line

_ELEMENTS = ("h1", "h2", "h3", "h4", "p", "figcaption", "time", "input", "link")
_MOST_ELEMENTS = 20_000  # of those above, and
_MOST_CHARACTERS = 400_000  # of text: what comes later would not change the picture
_MOST_CAPTIONS = 50
_PARAGRAPH = 60  # characters from which a <p> counts as text; less is a label, a date or a credit
_ANSWERS = frozenset({"radio"})


@dataclass(slots=True)
class Layout:
    """What the walk counted; text in characters, without that of links."""

    headings: list[str] = field(default_factory=list)  # every <h1>
    linked_headings: int = 0  # <h2> to <h4> that are links to other pages
    longest_stretch: int = 0  # of paragraphs between two linked headings
    after_headline: int = 0  # of the paragraphs between <h1> and the next linked heading
    paragraphs: int = 0  # of all of them
    captions: list[str] = field(default_factory=list)
    times: int = 0
    answers: int = 0  # of questions that are put to the reader
    next_page: bool = False


def read_layout(tree: Any) -> Layout:
    """Walk a page once, in its order."""
    found = Layout()
    stretch = 0
    is_after_headline = False
    for element in islice(tree.iter(*_ELEMENTS), _MOST_ELEMENTS):
        tag = element.tag
        if tag == "p":
            length = _unlinked(element)
            if length >= _PARAGRAPH:
                stretch += length
                found.paragraphs += length
                found.longest_stretch = max(found.longest_stretch, stretch)
                if is_after_headline:
                    found.after_headline += length
            if found.paragraphs > _MOST_CHARACTERS:
                break
        elif tag == "h1":
            if line := clean_line(element.text_content()):
                found.headings.append(line)
            stretch, is_after_headline = 0, True
        elif tag in {"h2", "h3", "h4"}:
            if _is_linked(element):
                found.linked_headings += 1
                stretch, is_after_headline = 0, False
        else:
            _count(found, tag, element)
    return found


def _count(found: Layout, tag: str, element: Any) -> None:
    if tag == "figcaption":
        if len(found.captions) < _MOST_CAPTIONS and (line := clean_line(element.text_content())):
            found.captions.append(line)
    elif tag == "time":
        found.times += 1
    elif tag == "input":
        found.answers += (element.get("type") or "").lower() in _ANSWERS
    elif "next" in (element.get("rel") or "").lower().split():
        found.next_page = True


def _unlinked(paragraph: Any) -> int:
    """Count the characters of a paragraph outside of links; none if it stands inside a link or a caption."""
    for outer in islice(paragraph.iterancestors(), 3):
        if outer.tag in {"a", "figcaption", "figure"}:
            return 0
    return sum(len(text.strip()) for text in _own_texts(paragraph))


def _own_texts(paragraph: Any) -> Iterator[str]:
    yield paragraph.text or ""
    for child in paragraph:
        if child.tag != "a":
            yield child.text_content()
        yield child.tail or ""


def _is_linked(heading: Any) -> bool:
    inside = next(heading.iter("a"), None)
    around = (outer for outer in islice(heading.iterancestors(), 4) if outer.tag == "a")
    link = inside if inside is not None else next(around, None)
    href = (link.get("href") or "").strip() if link is not None else ""
    return bool(href) and not href.startswith("#")
