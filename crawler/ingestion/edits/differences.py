"""What an edit changed, as a reader wants to see it: the words that went, those that came, and what stayed."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Literal, NamedTuple

from crawler.ingestion.edits.aligning import Change, changes
from crawler.ingestion.edits.tokens import tokens_of


class Op(NamedTuple):
    """A piece of text that is on both sides, only before, or only after."""

    op: Literal["equal", "delete", "insert"]
    text: str


def compare(before: str, after: str) -> list[Op]:
    """The edit from one text to the other, paragraph by paragraph and within the changed ones word by word.

    Every paragraph ends with a newline here, also the last. Joined, what is ``equal`` or ``delete`` makes
    ``before``, what is ``equal`` or ``insert`` makes ``after``. Scripts without spaces are compared by character.
    A word that happens to stay amid many that change counts as changed, for an edit to be readable.
    """
    ops: list[Op] = []
    for op in _lines_compared(_lines(before), _lines(after)):
        if ops and ops[-1].op == op.op:
            ops[-1] = Op(op.op, ops[-1].text + op.text)
        else:
            ops.append(op)
    return ops


def _lines_compared(lines: list[str], other_lines: list[str]) -> Iterator[Op]:
    at = 0
    for change in changes(lines, other_lines):
        yield from _op("equal", lines[at : change.start])
        yield from _words(
            "".join(lines[change.start : change.end]), "".join(other_lines[change.other_start : change.other_end])
        )
        at = change.end
    yield from _op("equal", lines[at:])


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")] if text else []


def _op(name: Literal["equal", "delete", "insert"], pieces: list[str]) -> Iterator[Op]:
    if pieces:
        yield Op(name, "".join(pieces))


def _words(before: str, after: str) -> Iterator[Op]:
    tokens, other_tokens = tokens_of(before), tokens_of(after)
    at = 0
    for change in _readable(changes(tokens, other_tokens), tokens, other_tokens):
        yield from _op("equal", tokens[at : change.start])
        yield from _op("delete", tokens[change.start : change.end])
        yield from _op("insert", other_tokens[change.other_start : change.other_end])
        at = change.end
    yield from _op("equal", tokens[at:])


def _readable(found: list[Change], tokens: list[str], other_tokens: list[str]) -> list[Change]:
    """Make one change of two between which less stays than either of them replaces.

    The rule is that of diff-match-patch (``diff_cleanupSemantic``), in characters.
    """
    lengths = [0, *accumulate(map(len, tokens))]
    other_lengths = [0, *accumulate(map(len, other_tokens))]

    def size(change: Change) -> int:
        removed = lengths[change.end] - lengths[change.start]
        return max(removed, other_lengths[change.other_end] - other_lengths[change.other_start])

    merged: list[Change] = []
    for change in found:
        while merged and lengths[change.start] - lengths[merged[-1].end] <= min(size(merged[-1]), size(change)):
            last = merged.pop()
            change = Change(last.start, change.end, last.other_start, change.other_end)  # noqa: PLW2901 (it grows)
        merged.append(change)
    return merged
