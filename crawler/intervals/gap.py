"""Whether a feed has lost articles between two polls: pure decisions on what it listed.

A feed is *rolling* when it lists its latest entries and drops the older ones. Where two polls of such a feed share
no entry, nothing vouches for the time between them: what was published after the last entry of the one and before
the first of the other came and went unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.discovery import Link
from crawler.document import Document, Poll
from crawler.ingestion.identity import url_key

MAX_KEYS = 500
"""Of so many entries, the first, it is remembered that they were listed."""

# A feed of fewer is no window on the news but a pointer to some of it ("the story of the hour"): that nothing
# of it is left at the next poll is how it is made, and an alarm for it would never be cleared.
_FEWEST_ENTRIES = 5
_SHORTEST = timedelta(minutes=1)


@dataclass(slots=True)
class Gap:
    """Between two polls of one feed; what it was filled from comes in later."""

    url: str
    since: datetime
    """The last good poll before."""
    num_before: int
    num_now: int
    would_do: timedelta
    """An interval at which half of the entries would still be there."""
    num_filled: int = 0
    """Links that were taken up from elsewhere."""
    filled_from: list[str] = field(default_factory=list)


def entry_keys(links: Sequence[Link]) -> list[int]:
    """The first 64 bits, signed, of the URL keys of a feed's entries. 6 microseconds each."""
    return [int.from_bytes(url_key(link.url)[:8], signed=True) for link in links[:MAX_KEYS]]


def is_gap(before: Document, poll: Poll, keys: Sequence[int]) -> bool:
    """Whether a poll that was read shares no entry with the last good one, failed ones between or not.

    Never so of a feed that is read for the first time, has become empty, has moved meanwhile (another feed may
    begin anew), has under five entries, or lists nothing but what we know: then nothing was missed.
    """
    after = poll.document
    return (
        before.entry_keys is not None
        and min(len(before.entry_keys), len(keys)) >= _FEWEST_ENTRIES
        and poll.num_unknown > 0
        and (before.moved_to, before.promoted_at) == (after.moved_to, after.promoted_at)
        and not set(before.entry_keys) & set(keys)
    )


def gap_of(before: Document, poll: Poll, links: Sequence[Link], since: datetime) -> Gap:
    """What is known of a gap; ``since`` is the last good poll before."""
    dates = [date for link in links if (date := link.date_published)]
    span = max(dates) - min(dates) if dates else timedelta(0)
    elapsed = poll.polled_at - since
    # All of its entries are from the time between; how much of it they cover, their dates tell.
    covered = min(span, elapsed) if span else elapsed
    return Gap(before.url, since, len(before.entry_keys or ()), len(links), max(covered / 2, _SHORTEST))
