"""The text of an element as lines: one for each paragraph, subhead, item of a list, quotation or row."""

import re
from typing import Any

from crawler.text import clean_paragraphs

_BREAKS = re.compile(r"[\r\n\u2028\u2029]")
_SILENT = frozenset({"iframe", "noscript", "script", "style", "svg", "template"})
# Within a body these hold what is not its text; who wants a caption names the caption.
_ASIDE = frozenset({"aside", "audio", "button", "figure", "form", "nav", "select", "video"})
_BLOCKS = frozenset(
    """address article blockquote body br dd details div dl dt figcaption fieldset footer h1 h2 h3 h4 h5 h6 header
    hr li main ol p pre section summary table tbody tr ul""".split()  # noqa: SIM905 (a list of words)
)
_CELLS = frozenset({"td", "th"})


def read_lines(element: Any, *, with_asides: bool = True) -> str:
    """Read what an element shows; without asides, pictures and their captions, boxes and buttons are left out."""
    parts: list[str] = []
    _collect(element, parts, _SILENT if with_asides else _SILENT | _ASIDE)
    return clean_paragraphs("".join(parts))


def _collect(element: Any, parts: list[str], silent: frozenset[str]) -> None:
    """Collect in the order of the page. It recurses as deep as a page is nested: the parser bounds that."""
    edge = "\n" if element.tag in _BLOCKS else " " if element.tag in _CELLS else ""
    parts.append(edge)
    parts.append(_BREAKS.sub(" ", element.text or ""))
    for child in element:
        if child.tag not in silent:
            _collect(child, parts, silent)
        parts.append(_BREAKS.sub(" ", child.tail or ""))
    parts.append(edge)
