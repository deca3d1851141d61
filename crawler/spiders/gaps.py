"""Watches the feeds of a run for entries that came and went between two polls, to be looked for elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from crawler.discovery import Link
from crawler.document import Document, Poll
from crawler.intervals.gap import Gap, entry_keys, gap_of, is_gap
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.spiders.gaps")

# Feeds list articles some time after their date, and dates without a zone are hours off: what we do not know, and
# is a little older than the last good poll, was missed as well. A news sitemap lists two days, all of it news.
_LEEWAY = timedelta(days=2)


class Gaps:
    """One per run."""

    def __init__(self, assignment: "Assignment") -> None:
        self._assignment = assignment
        self._lost: dict[str, set[int]] = {}
        """Feeds with a gap that is open yet, and the entries that they listed before."""

    @property
    def is_open(self) -> bool:
        """Whether articles are missing that have not been looked for."""
        return bool(self._lost)

    @property
    def oldest(self) -> datetime:
        """Of when the oldest of them may be."""
        return min(gap.since for gap in self._assignment.tally.gaps) - _LEEWAY

    async def compare(self, document: Document, poll: Poll, links: Sequence[Link]) -> Poll:
        """Compare what a feed lists with what it listed before, and remember it in the poll."""
        keys = entry_keys(links)
        if not keys:
            return poll  # an empty feed says nothing: the next one is compared with what was there before
        poll = replace(poll, document=replace(poll.document, entry_keys=keys))
        if not is_gap(document, poll, keys):
            return poll
        gap = gap_of(document, poll, links, await self._last_good_poll(document, poll))
        self._assignment.tally.gaps.append(gap)
        self._lost[document.url] = set(document.entry_keys or ())
        return replace(poll, is_gap=True)

    async def _last_good_poll(self, document: Document, poll: Poll) -> datetime:
        look_up = partial(
            self._assignment.database.fetch, "find_last_good_poll", {"document_id": document.document_id}
        )
        rows = await patiently(look_up, "the last poll of a feed")
        return rows[0]["polled_at"] or document.polled_at or poll.polled_at

    def bridge(self, url: str, links: Sequence[Link], num_taken: int) -> None:
        """A further page of a feed was read. Where it lists what was there before, its gap is filled."""
        keys = set(entry_keys(links))
        for feed, lost in list(self._lost.items()):
            gap = self._gap_of(feed)
            if num_taken:
                _fill(gap, url, num_taken)
            if keys & lost:
                del self._lost[feed]

    def fill(self, url: str, num_taken: int) -> None:
        """So many links that nobody knew were taken up from another document."""
        for feed in self._lost:
            _fill(self._gap_of(feed), url, num_taken)

    def close(self) -> None:
        """Say what was found out, when all has been done about it."""
        for gap in self._assignment.tally.gaps:
            log.warning(
                "gap.found",
                **self._assignment.log_context,
                url=gap.url,
                since=gap.since.isoformat(),
                num_filled=gap.num_filled,
                filled_from=gap.filled_from,
            )
        self._lost.clear()

    def _gap_of(self, feed: str) -> Gap:
        return next(gap for gap in self._assignment.tally.gaps if gap.url == feed)


def _fill(gap: Gap, url: str, num_taken: int) -> None:
    gap.num_filled += num_taken
    if num_taken and url not in gap.filled_from:
        gap.filled_from.append(url)
