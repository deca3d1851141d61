"""Whether two texts are near-copies of one another."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crawler.ingestion.stories.shingles import Shingles

# Between two shingles that are in the other text, so many that are not are an edit: one word takes four with it.
_LONGEST_EDIT = 12


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts have in common, whichever is the first."""

    jaccard: float
    """Of all shingles of both, the share that is in both: 0 to 1."""
    contained: float
    """Of the shingles of the shorter, the share that is in the longer."""
    coverage: float
    """The share of a text that is the other's, edits within it counted in; of the text of which it is less."""
    numbers: float | None


def compare(one: Shingles, other: Shingles) -> Likeness:
    shared = one.distinct & other.distinct
    if not shared:
        return Likeness(0,0,0,None)
    union = len(one.distinct) + len(other.distinct) - len(shared)
    num = one.numbers | other.numbers
    return Likeness(
        len(shared) / union,
        len(shared) / min(len(one.distinct), len(other.distinct)),
        min(_coverage(one.in_order, shared), _coverage(other.in_order, shared)),
        len(one.numbers & other.numbers) / len(num) if num else None,
    )


def _coverage(in_order: Sequence[int], shared: Collection[int]) -> float:
    covered, last = 0, -1
    for position, key in enumerate(in_order):
        if key in shared:
            gap = position - last - 1
            covered += 1 + (gap if gap <= _LONGEST_EDIT else 0)
            last = position
    rest = len(in_order) - last - 1
    if rest <= _LONGEST_EDIT: covered += rest
    return covered / len(in_order)
