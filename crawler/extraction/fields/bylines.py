"""Bylines: who wrote the article, by the markup and the wording around its headline."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.extraction.claims.marks import Marks, is_elsewhere, short_text
from crawler.extraction.fields.names import is_spelt, looks_like_name, opens_byline, read_names

_TIME = re.compile(r"\b(?:19|20)\d\d\b|\d:\d\d")
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|i|zy)?|auteurs?|contributors?|profiles?|staff|journalists?|reporters?"
    r"|korrespondenten|writers?|columnists?|by|team|verfasser)/[\w%]",
    re.IGNORECASE,
)
_LONGEST_ADDRESS = 400  # characters of a link that are looked at
_FIELDS = re.compile(r"\s*[|•·]\s*")
_LONGEST_NAME = 6  # words of a name that a line without other marks gives
_LONGEST_WORD = 12  # characters of a "By" that stands alone
_MOST = 40  # elements that are looked at, of a kind


def read_bylines(marks: Marks) -> tuple[str, ...]:
    """Read the names of the first byline: what is marked as one, leads to an author's page or is worded so."""
    readers = (_marked, _linked, _worded)
    return next((names for reader in readers for names in reader(marks) if names), ())


def _marked(marks: Marks) -> Iterator[tuple[str, ...]]:
    """Read what is marked by class or ``rel``; links to several authors that stand together are one byline."""
    own = [
        element
        for element in marks.bylines[:_MOST]
        if not is_elsewhere(element, marks) and not _in_figure(element)
    ]
    after = _after_heading(own, marks)
    for element in after:
        if element.tag == "a":
            yield _names_of([other for other in after if other.tag == "a" and _stand_together(element, other)])
        elif names := _names_of([link for link in islice(element.iter("a"), _MOST) if _leads_to_author(link)]):
            yield names
        elif short_text(element):
            yield read_names([_with_bars(element)])


def _linked(marks: Marks) -> Iterator[tuple[str, ...]]:
    """Read links near the headline that lead to the pages of authors."""
    holders = (holder for element in marks.nearby for holder in (element, element.getparent()))
    links = dict.fromkeys(holder for holder in holders if holder is not None and holder.tag == "a")
    authors = [link for link in links if _leads_to_author(link) and not is_elsewhere(link, marks)]
    for author in authors:
        names = _names_of([other for other in authors if _stand_together(author, other)])
        yield tuple(name for name in names if looks_like_name(name))


def _names_of(links: list[Any]) -> tuple[str, ...]:
    """The names that links give; "More articles" is none."""
    return tuple(
        name for name in read_names(_with_bars(link) for link in links if short_text(link)) if is_spelt(name)
    )


def _leads_to_author(link: Any) -> bool:
    return bool(_AUTHOR_PAGE.search((link.get("href") or "")[:_LONGEST_ADDRESS])) or "author" in link.get(
        "rel", ""
    )


def _in_figure(element: Any) -> bool:
    return next(element.iterancestors("figure", "figcaption"), None) is not None


def _with_bars(element: Any) -> str:
    """The text of a byline, with a bar where an element begins something new: "Ines Varga", "Political Editor"."""
    line, words = "", 0
    for piece in (" ".join(text.split()) for text in element.itertext()):
        if not piece:
            continue
        is_new = words > 1 and piece[0].isupper()
        line = f"{line} | {piece}" if is_new else f"{line} {piece}"
        words = (
            len(piece.split()) if is_new or opens_byline(f"{line.strip()} Xx Xx") else words + len(piece.split())
        )
    return line


def _stand_together(left: Any, right: Any) -> bool:
    """Tell whether two elements have the same parent, or parents that do."""
    one, other = left.getparent(), right.getparent()
    return one is other or (one is not None and other is not None and one.getparent() is other.getparent())


def _after_heading(elements: list[Any], marks: Marks) -> list[Any]:
    """Put those in the heading's own parts of the page first."""
    near = [
        element for element in elements if any(part in marks.spine for part in list(element.iterancestors())[:4])
    ]
    return [*near, *(element for element in elements if element not in near)]


def _worded(marks: Marks) -> Iterator[tuple[str, ...]]:
    """Read lines near the headline: "By" and a name, or a name beside a time: "Ines Varga | 3 May 2024, 10:15"."""
    for element in marks.nearby[:_MOST]:
        if element.tag in {"script", "style", "option", "button"} or not (line := _line_around(element)):
            continue
        if is_elsewhere(element, marks):
            continue
        if opens_byline(line):
            names = read_names([line])
            if names and all(len(name.split()) <= _LONGEST_NAME for name in names) and looks_like_name(names[0]):
                yield names
        elif _TIME.search(line) and len(fields := _FIELDS.split(line)) > 1 and looks_like_name(fields[0]):
            yield read_names([line])


def _line_around(element: Any) -> str | None:
    """The line that an element is part of: "By", or a name beside a time, may have an element of its own."""
    line, parent = short_text(element), element.getparent()
    if not line or parent is None:
        return line
    is_word = len(line) <= _LONGEST_WORD and opens_byline(f"{line} Xx Xx")
    if is_word or (looks_like_name(line) and element.tag not in {"p", "div", "a", "li"}):
        return short_text(parent) or line
    return line
