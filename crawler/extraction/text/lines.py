"""The text of an element as lines: one for each paragraph, subhead, item of a list, quotation or row."""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

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


def read_lines(element: Any, *, with_asides: bool = True, longest: int | None = None) -> str:
    """Read what an element shows; without asides, pictures and their captions, boxes and buttons are left out.

    ``longest`` is the number of characters after which no further element is looked at.
    """
    parts, length = [], 0
    for part in _parts(element, _SILENT if with_asides else _SILENT | _ASIDE):
        parts.append(part)
        length += len(part)
        if longest is not None and length > longest:
            break
    return clean_paragraphs("".join(parts))


def _parts(element: Any, silent: frozenset[str]) -> Iterator[str]:
    """Give the text in the order of the page, with what stands between its words."""
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        yield "\n" if node.tag in _BLOCKS else " " if node.tag in _CELLS else ""
        if event == "end":
            yield _BREAKS.sub(" ", node.tail or "") if node is not element else ""
        elif node.tag in silent and node is not element:
            walk.skip_subtree()
        else:
            yield _BREAKS.sub(" ", node.text or "")
