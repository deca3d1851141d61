"""Differences between two texts on a terminal: as wdiff marks them, what did not change folded away."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from crawler.ingestion.edits import Op

_CONTEXT = 60  # characters of what did not change that stand beside what did
_ELISION = " ... "
_MARKS = {"equal": ("", ""), "delete": ("[-", "-]"), "insert": ("{+", "+}")}
_COLOURS = {"delete": "\x1b[31m", "insert": "\x1b[32m"}
_PLAIN = "\x1b[0m"
# The control characters of ASCII and Latin-1, which terminals obey, and those that turn the direction of writing.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class _Paragraph(NamedTuple):
    pieces: list[tuple[str, str]]
    ends: Literal["equal", "delete", "insert"]

    @property
    def is_unchanged(self) -> bool:
        return {name for name, _ in self.pieces} | {self.ends} <= {"equal"}


def printable(text: str) -> str:
    """A text of others' as a terminal may see it: what would command it is written as an escape."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\u0100" else _name(found[0]), text)


def _name(character: str) -> str:
    return f"\\u{ord(character):04x}"


def in_colour() -> bool:
    """Whether standard output is a terminal whose user did not opt out (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def difference_lines(ops: Sequence["Op"], *, colour: bool) -> Iterator[str]:
    """A line for each paragraph that changed, and one for those between that did not."""
    unchanged = 0
    for paragraph in _paragraphs(ops):
        if paragraph.is_unchanged:
            unchanged += 1
            continue
        yield from _folded(unchanged)
        unchanged = 0
        yield _line(paragraph, colour=colour)
    yield from _folded(unchanged)


def _folded(number: int) -> Iterator[str]:
    if number:
        yield f"({number} paragraph{'s' if number > 1 else ''} unchanged)"


def _paragraphs(ops: Sequence["Op"]) -> Iterator[_Paragraph]:
    pieces: list[tuple[str, str]] = []
    for name, text in ops:
        *ended, rest = text.split("\n")
        for line in ended:
            yield _Paragraph([*pieces, *([(name, line)] if line else [])], name)
            pieces = []
        pieces += [(name, rest)] if rest else []
    if pieces:
        yield _Paragraph(pieces, "equal")


def _line(paragraph: _Paragraph, *, colour: bool) -> str:
    pieces = list(paragraph.pieces)
    if paragraph.ends != "equal" and any(name != paragraph.ends for name, _ in pieces):
        pieces.append((paragraph.ends, "\u00b6"))  # a paragraph was joined to the next one, or divided here
    last = len(pieces) - 1
    return "".join(
        _shortened(text, is_first=place == 0, is_last=place == last)
        if name == "equal"
        else _marked(name, text, colour=colour)
        for place, (name, text) in enumerate(pieces)
    )


def _marked(name: str, text: str, *, colour: bool) -> str:
    start, end = _MARKS[name]
    # The marks stay in colour too: of a space one sees no colour.
    marked = f"{start}{printable(text)}{end}"
    return f"{_COLOURS[name]}{marked}{_PLAIN}" if colour else marked


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    """What of an unchanged piece stands beside a change: its end if it comes first, its beginning if last."""
    head, tail = (0 if is_first else _CONTEXT), (0 if is_last else _CONTEXT)
    if len(text) <= head + tail + len(_ELISION):
        return printable(text)
    begins = text[:head].rpartition(" ")[0] or text[:head] if head else ""
    ends = text[len(text) - tail :].partition(" ")[2] or text[len(text) - tail :] if tail else ""
    return printable(
        f"{begins}{_ELISION.lstrip() if is_first else _ELISION.rstrip() if is_last else _ELISION}{ends}"
    )
