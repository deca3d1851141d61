"""What two sequences have in common, in time that is bounded whatever they hold.

Patience first (Bram Cohen's): what occurs once on either side anchors the rest. Where nothing does, Myers' greedy
search (An O(ND) Difference Algorithm, 1986) goes on for a limited number of steps; what it cannot tell by then
counts as replaced. ``difflib`` is no help: it takes the square of the length, or leaves out what is frequent.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

# Of Myers' search, and of items looked at after the first look at all of them: about 0.2 s.
_MOST_STEPS = 200_000
_MOST_EDITS = 400  # within one gap: memory goes by its square


class Change(NamedTuple):
    """``before[start:end]`` became ``after[other_start:other_end]``; one of the two may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int


class _Run(NamedTuple):
    start: int
    other: int
    length: int


class _Allowance:
    """Steps that may still be taken."""

    def __init__(self) -> None:
        self.left = _MOST_STEPS

    def take(self, steps: int) -> bool:
        self.left -= steps
        return self.left >= 0


def changes(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    """What must be replaced in ``before`` to make ``after`` of it: in order, and never two side by side."""
    found: list[Change] = []
    at = other = 0
    for run in [*sorted(_common(before, after)), _Run(len(before), len(after), 0)]:
        if run.start > at or run.other > other:
            found.append(Change(at, run.start, other, run.other))
        at, other = run.start + run.length, run.other + run.length
    return found


def _common(before: Sequence[str], after: Sequence[str]) -> list[_Run]:
    runs: list[_Run] = []
    allowance = _Allowance()
    gaps = [Change(0, len(before), 0, len(after))]
    is_first = True
    while gaps:
        edges, gap = _trimmed(before, after, gaps.pop())
        runs += edges
        if gap.start == gap.end or gap.other_start == gap.other_end:
            continue
        if not is_first and not allowance.take(gap.end - gap.start + gap.other_end - gap.other_start):
            continue
        is_first = False
        if anchors := _anchors(before, after, gap):
            runs += anchors
            gaps += _between(anchors, gap)
        else:
            runs += _shortest(before, after, gap, allowance)
    return runs


def _trimmed(before: Sequence[str], after: Sequence[str], gap: Change) -> tuple[list[_Run], Change]:
    """What a gap begins and ends with on both sides, and the rest of it."""
    start, end, other, other_end = gap
    while start < end and other < other_end and before[start] == after[other]:
        start, other = start + 1, other + 1
    while start < end and other < other_end and before[end - 1] == after[other_end - 1]:
        end, other_end = end - 1, other_end - 1
    edges = [_Run(gap.start, gap.other_start, start - gap.start), _Run(end, other_end, gap.end - end)]
    return [run for run in edges if run.length], Change(start, end, other, other_end)


def _anchors(before: Sequence[str], after: Sequence[str], gap: Change) -> list[_Run]:
    """Items that occur once on either side, as many as are in the same order on both."""
    counts, others = Counter(before[gap.start : gap.end]), Counter(after[gap.other_start : gap.other_end])
    once = {item for item, number in counts.items() if number == 1 and others[item] == 1}
    if not once:
        return []
    places = {after[place]: place for place in range(gap.other_start, gap.other_end) if after[place] in once}
    pairs = [_Run(place, places[before[place]], 1) for place in range(gap.start, gap.end) if before[place] in once]
    return _increasing(pairs)


def _increasing(pairs: list[_Run]) -> list[_Run]:
    """The longest subsequence in which the other place increases (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    below: list[int] = []
    for number, pair in enumerate(pairs):
        pile = bisect_left(tops, pair.other)
        below.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [pair.other], [number]
    chain: list[_Run] = []
    number = piles[-1]
    while number >= 0:
        chain.append(pairs[number])
        number = below[number]
    return chain[::-1]


def _between(anchors: list[_Run], gap: Change) -> list[Change]:
    starts = [(gap.start, gap.other_start), *((run.start + 1, run.other + 1) for run in anchors)]
    ends = [*((run.start, run.other) for run in anchors), (gap.end, gap.other_end)]
    return [
        Change(start, end, other, other_end)
        for (start, other), (end, other_end) in zip(starts, ends, strict=True)
        if start < end and other < other_end
    ]


def _shortest(before: Sequence[str], after: Sequence[str], gap: Change, allowance: _Allowance) -> list[_Run]:
    """The longest common subsequence of a gap; nothing, if finding it takes too many steps."""
    left, right = before[gap.start : gap.end], after[gap.other_start : gap.other_end]
    if set(left).isdisjoint(right):
        return []
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(left) + len(right), _MOST_EDITS) + 1):
        trace.append(furthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            at = _reached(furthest, diagonal, edits)
            begun = at
            while at < len(left) and 0 <= at - diagonal < len(right) and left[at] == right[at - diagonal]:
                at += 1
            furthest[diagonal] = at
            if not allowance.take(1 + at - begun):
                return []
            if at >= len(left) and at - diagonal >= len(right):
                return _walked_back(trace, len(left), len(right), gap)
    return []


def _reached(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """How far one more edit leads in ``before`` on a diagonal: by an item of ``after``, or one of ``before``."""
    down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
    return furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1


def _walked_back(trace: list[dict[int, int]], at: int, other: int, gap: Change) -> list[_Run]:
    runs: list[_Run] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], at - other
        begun = _reached(furthest, diagonal, edits) if edits else 0
        if at > begun:
            runs.append(_Run(gap.start + begun, gap.other_start + begun - diagonal, at - begun))
        if edits:
            down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
            at, other = (begun, begun - diagonal - 1) if down else (begun - 1, begun - diagonal)
    return runs
