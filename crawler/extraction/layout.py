"""How a page is laid out: how much of it runs on, and how much of it leads elsewhere. One walk, bounded."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from crawler.text import clean_line

_ELEMENTS = ("h1", "h2", "h3", "h4", "p", "figcaption", "input")
_MOST_ELEMENTS = 20_000  # of those above, and
_MOST_CHARACTERS = 400_000  # of text: what comes later would not change the picture
_MOST_CAPTIONS = 50
_MOST_HEADINGS = 100


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


def read_layout(tree: Any, shortest: int) -> Layout:
    """Walk a page once, in its order. A paragraph of less than ``shortest`` characters is a label or a date."""
    found = Layout()
    stretch = 0
    is_after_headline = False
    holder, is_linked = None, False  # of the paragraph before: most have the same
    for element in islice(tree.iter(*_ELEMENTS), _MOST_ELEMENTS):
        tag = element.tag
        if tag == "p":
            text = element.text_content()
            if len(text) < shortest or (length := _unlinked(element, text)) < shortest:
                continue
            if (parent := element.getparent()) is not holder:
                holder, is_linked = parent, _is_inside_link(parent)
            if is_linked:
                found.linked_paragraphs += length
                continue
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
                if len(found.teasers) < _MOST_HEADINGS and (line := clean_line(element.text_content())):
                    found.teasers.append(line)
                stretch, is_after_headline = 0, False
        else:
            _count(found, tag, element)
    return found


def _count(found: Layout, tag: str, element: Any) -> None:
    if tag == "input":
        if (element.get("type") or "").lower() == "radio":
            found.questions.add(element.get("name") or "")
    elif len(found.captions) < _MOST_CAPTIONS and (line := clean_line(element.text_content())):
        found.captions.append(line)


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
    inside = next(heading.iter("a"), None)
    around = (outer for outer in islice(heading.iterancestors(), 4) if outer.tag == "a")
    link = inside if inside is not None else next(around, None)
    href = (link.get("href") or "").strip() if link is not None else ""
    return bool(href) and not href.startswith("#")
