from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.extraction.dates import Moment, is_plausible, read_moment

KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-03T15:47:42Z",
        "2024-05-03T15:47:42.123456789Z",
        "2024-05-03T17:47:42+02:00",
        "2024-05-03T17:47:42+0200",
        "2024-05-03T17:47:42+02",
        "2024-05-03 11:47:42 -0400",
        "2024-05-03 15:47:42 UTC",
        "2024-05-03T21:17:42",
        "20240503T154742Z",
        "Fri, 03 May 2024 15:47:42 GMT",
        "Fri, 3 May 2024 11:47:42 EDT",
        "Fri May 03 15:47:42 UTC 2024",
        "Fri May 03 2024 17:47:42 GMT+0200 (Central European Summer Time)",
        "May 3, 2024 11:47:42 am EDT",
        "3 May 2024 21:17:42",
        "1714751262",
        1714751262,
        1714751262000,
        "1714751262.5",
        datetime(2024, 5, 3, 15, 47, 42, tzinfo=UTC),
        datetime(2024, 5, 3, 21, 17, 42),  # noqa: DTZ001
    ],
)
def test_forms(written):
    """Every common form keeps its time of day and comes out in UTC; without a zone it is the source's."""
    assert read_moment(written, KOLKATA) == Moment(
        datetime(2024, 5, 3, 15, 47, 42, tzinfo=UTC), has_time_of_day=True
    )


@pytest.mark.parametrize("written", ["2024-05-03", "20240503", "2024-5-3", "May 3, 2024", "3rd May 2024"])
def test_day_only(written):
    """A day without a time begins in the source's zone, and is known to be no more than a day."""
    assert read_moment(written, KOLKATA) == Moment(datetime(2024, 5, 2, 18, 30, tzinfo=UTC), has_time_of_day=False)


def test_afternoon():
    """Twelve-hour clocks: noon, midnight and the afternoon."""
    hours = [read_moment(f"May 3, 2024 {clock}", UTC) for clock in ("12:05 am", "12:05 p.m.", "4:05PM", "4:05")]
    assert [moment.time.hour for moment in hours if moment] == [0, 12, 16, 4]


@pytest.mark.parametrize(
    "written",
    [
        None, "", "yesterday", "10:15", "2024", "05/03/2024", "2024-02-31", "2024-05-03T25:00:00Z", "May 2024",
        "1969-12-31T23:59:59Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "9999999999999", 0, True,
        {"@value": 1}, "P3M12S", "2024-05-03T10:00:00+99:00", "x" * 1_000_000,
    ],
)  # fmt: skip
def test_refused(written):
    """What is no date, cannot be, or leaves day and month open is refused."""
    assert read_moment(written, UTC) is None


def test_plausible():
    """Two days ahead are borne, to the second; the web's first article is not older than 1990."""
    now = datetime(2024, 5, 3, tzinfo=UTC)
    assert is_plausible(now + timedelta(days=2), now)
    assert not is_plausible(now + timedelta(days=2, seconds=1), now)
    assert is_plausible(datetime(1990, 1, 1, tzinfo=UTC), now)
    assert not is_plausible(datetime(1989, 12, 31, 23, 59, tzinfo=UTC), now)
