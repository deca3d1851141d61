"""The few shingles of a text that stand for all, so that a database can find texts that share many."""

from heapq import nsmallest

from crawler.ingestion.stories.shingles import Shingles

KEYS = 12
"""So many keys make a sketch."""
SHARED_KEYS = 3
"""Texts whose sketches have so many in common are compared."""
SPARE_KEYS = 24
"""So many are offered for a sketch, for those that are hot are left out of it."""

_SIGN = 1 << 31


def sketch(shingles: Shingles) -> list[int]:
    """The keys of a text, the best first: its smallest shingles, as Postgres keeps them in ``integer``.

    Which shingles are the smallest is as good as drawn by lot, but by the same lot in every text (Broder, "On the
    resemblance and containment of documents", 1997): of two texts that share half of all their shingles, the
    sketches share about half of their keys.
    """
    return [key - _SIGN for key in nsmallest(SPARE_KEYS, shingles.distinct)]
