"""Whether two texts are near-copies of one another, and how near.

All figures were chosen by ``tests.benchmarks.stories``; the README beside this file has what they achieve.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from crawler.ingestion.stories.shingles import Shingles

# A tenth of the words edited leaves half of all shingles (0.9^4 of each text), and in short texts a third.
_LEAST_JACCARD = 0.35
# Two articles that quote one statement share it and nothing else: it fills up to 0.6 of each. An agency's text
# that a paper has put a quarter around fills 0.75 of the result.
_LEAST_COVERAGE = 0.68
# One word's edit takes a shingle's length of shingles with it; more than three in a row are another passage.
_LONGEST_EDIT = 3
# Match reports and stock lists are filled into a form: their sentences are the same, their numbers are not. Of
# those of the text that has fewer, so many are missing in the other, and more than half.
_OTHER_NUMBERS = 2
# Nothing has been done to a text but to cut it short.
_UNEDITED = 0.85
# Two words edited of sixty leave 0.86 of its shingles, a tenth edited about 0.66.
_LEAST_OF_A_COPY = 0.8
_LEAST_OF_A_REVISION = 0.6


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two texts have in common, whichever is named first. Shares are between 0 and 1."""

    jaccard: float
    """Of all shingles of both, the share that both have."""
    contained: float
    """Of the shingles of the shorter, the share that the longer has."""
    coverage: float
    """How much of a text is the other's, small edits counted in: of both texts, the smaller share."""
    opening: float
    """The same for the beginning of the longer text, as far as the shorter one would reach."""
    is_other_form: bool
    """Whether what they count and date is different, as in two reports of one form."""

    @property
    def are_alike(self) -> bool:
        """Whether the texts are near-copies: edited throughout, with something put around, or cut short."""
        if self.jaccard < _LEAST_JACCARD:
            return False
        is_cut_short = self.contained >= _UNEDITED and self.opening >= _UNEDITED
        is_edited = self.coverage >= _LEAST_COVERAGE and not self.is_other_form
        return self.are_copies or is_edited or is_cut_short

    @property
    def are_copies(self) -> bool:
        """Whether next to nothing was edited, so that the one is no rewrite of the other."""
        return self.coverage >= _LEAST_COVERAGE and self.contained >= _LEAST_OF_A_COPY

    @property
    def are_revisions(self) -> bool:
        """Whether two texts that stood at one URL, one after the other, tell one story: it may have grown much."""
        return self.are_alike or self.contained >= _LEAST_OF_A_REVISION


NOTHING_IN_COMMON = Likeness(0.0, 0.0, 0.0, 0.0, is_other_form=False)


def compare(one: Shingles, other: Shingles) -> Likeness:
    """Compare two texts by all their shingles; takes a tenth of a millisecond for texts of 5 KB."""
    shared = one.distinct & other.distinct
    if not shared:
        return NOTHING_IN_COMMON
    shorter, longer = sorted((one, other), key=lambda text: len(text.in_order))
    fewest = min(len(one.distinct), len(other.distinct))
    return Likeness(
        jaccard=len(shared) / (len(one.distinct) + len(other.distinct) - len(shared)),
        contained=len(shared) / fewest,
        coverage=min(_coverage(text, shared, len(text.in_order)) for text in (one, other)),
        opening=_coverage(longer, shared, len(shorter.in_order)),
        is_other_form=_have_other_numbers(one.numbers, other.numbers),
    )


def _coverage(text: Shingles, shared: Collection[int], end: int) -> float:
    """The share of the text's first ``end`` shingles that are shared, or in an edit between shared ones."""
    places = [-1, *(place for place, key in enumerate(text.in_order[:end]) if key in shared), end]
    gaps = (after - before - 1 for before, after in pairwise(places))
    return 1 - sum(gap for gap in gaps if gap > _LONGEST_EDIT * text.length) / end


def _have_other_numbers(one: frozenset[bytes], other: frozenset[bytes]) -> bool:
    fewest = min(len(one), len(other))
    missing = fewest - len(one & other)
    return missing >= _OTHER_NUMBERS and 2 * missing > fewest
