"""When an article is visited again.

An edit is the less likely the older an article is, about as one divided by its age. Then offsets that grow by a
factor (here of four to six) give each visit the same chance to find one, and five visits cover four days. Where a
source is known to edit, its articles are visited once more in each of the four gaps, at the geometric mean.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

Rhythm = tuple[timedelta, ...]
"""Times after the first sight of an article's URL, the soonest first; empty if it is not visited again."""

USUAL: Rhythm = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=4),
)

# Where one visit in ten finds another text, a second one in between is worth it. When they find less for being
# more, the rate falls, and the rhythm is the usual one again.
_RATE_OF_EDITORS = 0.1
# The rate is a moving mean: after 50 visits to known articles, what was before counts a third.
_MEMORY = 50


def _with_means(offsets: Rhythm) -> Rhythm:
    """The offsets, and between every two of them their geometric mean: 30 min, 2 h 27 min, 12 h, 2 d."""
    means = (
        timedelta(seconds=round((one / other) ** 0.5 * other.total_seconds())) for one, other in pairwise(offsets)
    )
    return tuple(sorted((*offsets, *means)))


OFTEN = _with_means(USUAL)


def rhythm_for(edit_rate: float) -> Rhythm:
    """The rhythm of a source of whose visits to known articles this share finds another text."""
    return OFTEN if edit_rate >= _RATE_OF_EDITORS else USUAL


def next_visit(rhythm: Sequence[timedelta], first_seen_at: datetime, ended_at: datetime) -> datetime | None:
    """The first date of the rhythm that is still ahead when a visit ends; None when there is none.

    However many were missed meanwhile, the one visit that ends has made up for them.
    """
    return next((first_seen_at + offset for offset in rhythm if first_seen_at + offset > ended_at), None)


def is_over(rhythm: Sequence[timedelta], first_seen_at: datetime, at: datetime) -> bool:
    """Whether the last date of the rhythm has come: whoever visits the article now visits it for the last time."""
    return not rhythm or first_seen_at + rhythm[-1] <= at


def weight_of_visits(num_visits: int) -> float:
    """How much of a source's edit rate so many visits to known articles decide."""
    return 1 - (1 - 1 / _MEMORY) ** num_visits
