"""From what a run teaches of when its source is asked next."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.document import Document, Poll
from crawler.intervals.timing import first_asked

FEED = Document(1, "https://gazette.example/feed", "feed")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def polls(*minutes_ago):
    now = datetime.now(UTC)
    return [Poll(FEED, now - ago * MINUTE, "read") for ago in minutes_ago]


@pytest.mark.parametrize("ahead", [-24 * HOUR, -HOUR, 0 * HOUR, HOUR, 24 * HOUR])
def test_a_host_whose_clock_is_wrong_asks_as_often_as_any_other(ahead):
    """The next slot goes by the database's clock: else a source would be due again at once, or not for a day."""
    now = datetime.now(UTC) + ahead
    assert abs(first_asked(polls(3, 5, 4), now) - (now - 5 * MINUTE)) < MINUTE
    assert abs(first_asked([], now) - now) < MINUTE


def test_a_clock_that_was_set_back_meanwhile_puts_nothing_off():
    """What seems to have been asked for in the future was asked for just now."""
    now = datetime.now(UTC)
    assert first_asked(polls(-60), now) == now
