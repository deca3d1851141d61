from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.dates import Moment, is_plausible, read_moment

KOLKATA = ZoneInfo("Asia/Kolkata")


def utc(written: str, zone: str = "UTC") -> str | None:
    """What is read, in UTC and to the minute."""
    moment = read_moment(written, ZoneInfo(zone))
    return moment and f"{moment.time:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-03T15:47:42Z",
        "2024-05-03T15:47:42.123456789Z",
        "2024-05-03T17:47:42+02:00",
        "2024-05-03T17:47:42+0200",
        "2024-05-03T17:47:42.1234567+02",
        "2024-05-03 11:47:42 -0400",
        "2024-05-03 15:47:42 UTC",
        "2024-05-03 3:47:42 PM GMT",
        "2024-05-03T21:17:42",
        "2024-W18-5T15:47:42Z",
        "20240503T154742Z",
        "20240503154742Z",
        "20240503211742",
        "Fri, 03 May 2024 15:47:42 GMT",
        "Fri,03 May 2024 07:47:42 -0800 (PST)",
        "Friday, 03-May-24 15:47:42 GMT",
        "3 May 24 15:47:42 UT",
        "Fri, 03 May 2024 16.47.42 CET",
        "Fri May 03 15:47:42 UTC 2024",
        "Fri May 03 2024 17:47:42 GMT+0200 (Central European Summer Time)",
        "May 3, 2024 3:47:42 pm (UTC)",
        "3 May 2024 21:17:42",
        "\n3 May 2024\n21:17:42 ",
        "1714751262",
        1714751262,
        1714751262000,
        "1714751262.5",
        datetime(2024, 5, 3, 15, 47, 42, 999_999, tzinfo=UTC),
        datetime(2024, 5, 3, 21, 17, 42),  # noqa: DTZ001
    ],
)
def test_forms(written):
    """Every common form is read to the second and comes out in UTC; without a zone it is the source's."""
    moment = read_moment(written, KOLKATA)
    assert moment == Moment(datetime(2024, 5, 3, 15, 47, 42, tzinfo=UTC), has_time_of_day=True)
    assert moment.time.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-03",
        "20240503",
        "2024-5-3",
        "2024-05-03+02:00",
        "May 3, 2024",
        "May 3, 2024 -05:00",
        "3rd May 2024",
        "Fri, 03 May 24",
    ],
)
def test_day_only(written):
    """A day without a time begins in the source's zone, and is known to be no more than a day."""
    assert read_moment(written, KOLKATA) == Moment(datetime(2024, 5, 2, 18, 30, tzinfo=UTC), has_time_of_day=False)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("12:05 am", 0),
        ("12:05 p.m.", 12),
        ("4:05PM", 16),
        ("4:05 p", 16),
        ("16:05 PM", 16),
        ("4:05", 4),
        ("4:05 PM CET", 15),
        ("4:05 PST", 12),
    ],
)
def test_afternoon(written, hour):
    """Twelve-hour clocks: noon, midnight and the afternoon; the P of a zone's name is no afternoon."""
    assert utc(f"May 3, 2024 {written}") == f"2024-05-03T{hour:02}:05"


@pytest.mark.parametrize(
    ("name", "hour"),
    [
        ("GMT+0530", "04:30"),
        ("UTC+5:30", "04:30"),
        ("+530", "04:30"),
        ("GMT-2", "12:00"),
        ("UT", "10:00"),
        ("Z", "10:00"),
        ("gmt", "10:00"),
        ("CET", "09:00"),
        ("MET", "09:00"),
        ("MESZ", "08:00"),
        ("MSK", "07:00"),
        ("HKT", "02:00"),
        ("JST", "01:00"),
        ("AEST", "00:00"),
    ],
)
@pytest.mark.parametrize("source", ["UTC", "America/Chicago", "Asia/Shanghai"])
def test_zones_that_mean_the_same_everywhere(name, hour, source):
    """Offsets, and names that only one zone has, are read alike wherever the source is."""
    assert utc(f"Mon, 05 Feb 2024 10:00 {name}", source) == f"2024-02-05T{hour}"


@pytest.mark.parametrize(
    ("name", "hour"),
    [("EST", 15), ("EDT", 14), ("CST", 16), ("CDT", 15), ("MST", 17), ("MDT", 16), ("PST", 18), ("PDT", 17)],
)
@pytest.mark.parametrize("source", ["UTC", "America/New_York", "America/Los_Angeles", "US/Central"])
def test_american_zones(name, hour, source):
    """The names of RFC 822 mean what it says for sources in America, and for those whose place is not known."""
    assert utc(f"Mon, 05 Feb 2024 10:00:00 {name}", source) == f"2024-02-05T{hour}:00"
    assert utc(f"2024-02-05 10:00:00 {name}", source) == f"2024-02-05T{hour}:00"


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("CST", "Asia/Shanghai", "2024-07-05T02:00"),
        ("EST", "Australia/Sydney", "2024-07-05T00:00"),
        ("PST", "Asia/Manila", "2024-07-05T02:00"),
        ("IST", "Asia/Kolkata", "2024-07-05T04:30"),
        ("IST", "Europe/Dublin", "2024-07-05T09:00"),
        ("IST", "Asia/Jerusalem", "2024-07-05T07:00"),
        ("BST", "Europe/London", "2024-07-05T09:00"),
        ("BST", "Asia/Dhaka", "2024-07-05T04:00"),
        ("Uhr", "Europe/Berlin", "2024-07-05T08:00"),
    ],
)
def test_ambiguous_zones(name, source, expected):
    """A name that several zones have, or none, stands for the source's own zone."""
    assert utc(f"Fri, 05 Jul 2024 10:00:00 {name}", source) == expected


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Tues, 05 Sept 2023 10:00 GMT", "2023-09-05"),
        ("Monday, 5 February 2024 10:00:00 Z", "2024-02-05"),
        ("14 Marzo 2024 10:00", "2024-03-14"),
        ("5 Jan 99 10:00 GMT", "1999-01-05"),
        ("202402051000", "2024-02-05"),
    ],
)
def test_spellings_of_the_day(written, day):
    """Months may be shortened, spelt out or nearly English, years have two digits."""
    assert utc(written) == f"{day}T10:00"


@pytest.mark.parametrize(
    "written",
    [
        None, "", "yesterday", "10:15", "2024", "05/03/2024", "2024-02-31", "2024-05-03T25:00:00Z", "May 2024",
        "Mon, 31 Feb 2024 10:00:00 GMT", "mardi 5 février 2024", "martes, 5 de febrero de 2024", "2924-02-05",
        "1969-12-31T23:59:59Z", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "9999999999999", 0, True,
        {"@value": 1}, "P3M12S", "2024-05-03T10:00:00+99:00", "9" * 99, "x" * 1_000_000,
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
