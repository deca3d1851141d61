"""Bylines: who wrote the article, by the markup and the wording around its headline."""

import re
from collections.abc import Iterator
from typing import Any

from crawler.extraction.marks import Marks, is_elsewhere, short_text
from crawler.extraction.names import looks_like_name, opens_byline, read_names

_TIME = re.compile(r"\b(?:19|20)\d\d\b|\d:\d\d")
_FIELDS = re.compile(r"\s*[|•·]\s*")
_LONGEST_NAME = 6  # words of a name that a line without other marks gives
_LONGEST_WORD = 12  # characters of a "By" that stands alone
_MOST = 40  # elements that are looked at, of a kind


def read_bylines(marks: Marks) -> tuple[str, ...]:
    """Read the names of the first byline: what is marked as one, else what is worded as one near the headline."""
    return next(filter(None, (*_marked(marks),)), ()) or next(filter(None, _worded(marks)), ())


def _marked(marks: Marks) -> Iterator[tuple[str, ...]]:
    """Read what is marked by class or ``rel``; links to several authors that stand together are one byline."""
    own = [element for element in marks.bylines[:_MOST] if not is_elsewhere(element, marks)]
    after = _after_heading(own, marks)
    for element in after:
        if element.tag == "a":
            siblings = [other for other in after if other.tag == "a" and _stand_together(element, other)]
            yield read_names(short_text(other) for other in siblings)
        else:
            yield read_names([short_text(element)])


def _stand_together(left: Any, right: Any) -> bool:
    return left.getparent() is right.getparent() or left.getparent().getparent() is right.getparent().getparent()


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
    """The line that an element's text is part of: "By" may stand alone, with the name beside it."""
    line = short_text(element)
    if line and len(line) <= _LONGEST_WORD and opens_byline(f"{line} Xx Xx"):
        return short_text(element.getparent()) if element.getparent() is not None else None
    return line
