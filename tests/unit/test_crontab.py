from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.timetable import CrontabError
from scheduler.timetable.crontab import parse_expression

A_THURSDAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall clock: cron expressions know no zone
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def walk(expression, start=A_THURSDAY):
    """Every matching minute after ``start``."""
    crontab = parse_expression(expression)
    while True:
        start = crontab.after(start)
        yield start


def times(expression, count):
    return [f"{moment:%H:%M}" for moment in islice(walk(expression), count)]


def dates(expression, count):
    return [f"{moment:%a %d %b %Y}" for moment in islice(walk(expression), count)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/10 * * * *", ["00:10", "00:20", "00:30"]),
        ("1-30/20 * * * *", ["00:01", "00:21", "01:01"]),
        ("5-59/25 * * * *", ["00:05", "00:30", "00:55"]),
        ("50,5,5-6 * * * *", ["00:05", "00:06", "00:50"]),
        ("*/60 */24 * * *", ["00:00", "00:00", "00:00"]),
        ("59 23 * * *", ["23:59", "23:59", "23:59"]),
        ("07 09 * * *", ["09:07", "09:07", "09:07"]),
        (" 30\t6-22/8  *   * * ", ["06:30", "14:30", "22:30"]),
    ],
)
def test_times_of_day_follow_ranges_steps_and_lists(expression, expected):
    """The minute and hour fields mean what crontab(5) says."""
    assert times(expression, 3) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("0", ["Sun", "Sun"]),
        ("7", ["Sun", "Sun"]),
        ("1", ["Mon", "Mon"]),
        ("5-7", ["Fri", "Sat", "Sun", "Fri"]),
        ("0-2", ["Sun", "Mon", "Tue", "Sun"]),
        ("fri-sun", ["Fri", "Sat", "Sun", "Fri"]),
        ("MON-Wed,sat", ["Sat", "Mon", "Tue", "Wed"]),
        ("1-7/2", ["Fri", "Sun", "Mon", "Wed"]),
        ("*/3", ["Sat", "Sun", "Wed", "Sat"]),
        ("0-7", ["Fri", "Sat", "Sun", "Mon"]),
        ("sun-sun", ["Sun", "Sun"]),
    ],
)
def test_weekdays_count_from_sunday(field, expected):
    """Monday is 1, both 0 and 7 are Sunday, in ranges too, and names are case-blind."""
    assert [day[:3] for day in dates(f"0 0 * * {field}", len(expected))] == expected


def test_months_have_names():
    """Month names work alone, in ranges and in lists."""
    named = dates("0 0 1 nov-DEC,feb *", 4)
    assert named == dates("0 0 1 2,11-12 *", 4)
    assert named == ["Sun 01 Feb 2026", "Sun 01 Nov 2026", "Tue 01 Dec 2026", "Mon 01 Feb 2027"]


def test_two_restricted_day_fields_are_alternatives():
    """With neither day field starting with a star, a day that suits one of them is enough."""
    assert dates("0 0 13 * fri", 4) == ["Fri 02 Jan 2026", "Fri 09 Jan 2026", "Tue 13 Jan 2026", "Fri 16 Jan 2026"]


@pytest.mark.parametrize("expression", ["0 0 */10 * mon", "0 0 1,11,21,31 * */1"])
def test_a_starred_day_field_restricts_the_other(expression):
    """A day field that begins with a star is no alternative: both have to suit."""
    assert {moment.day for moment in islice(walk(expression), 20)} == {1, 11, 21, 31}


@pytest.mark.parametrize(
    ("macro", "fields"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * sun"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@Annually ", "0 0 1 1 *"),
    ],
)
def test_macros_stand_for_five_fields(macro, fields):
    """Each macro is the expression that crontab(5) gives for it."""
    assert parse_expression(macro) == parse_expression(fields)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("60 * * * *", "minute '60' is not permitted; use 0-59"),
        ("* 24 * * *", "hour '24' is not permitted; use 0-23"),
        ("* * 0 * *", "day of month '0' is not permitted; use 1-31"),
        ("* * * 13 *", "month '13' is not permitted; use 1-12 or jan-dec"),
        ("* * * mon *", "month 'mon' is not permitted; use 1-12 or jan-dec"),
        ("* * * * 8", "day of week '8' is not permitted; use 0-7 (0 and 7 are Sunday) or sun-sat"),
        ("* * * * monday", "day of week 'monday' is not permitted"),
        ("* * L * *", "day of month 'l' is not permitted"),
        ("1,,2 * * * *", "minute '' is not a value, range or step; use 0-59"),
        ("-5 * * * *", "minute '-5' is not a value, range or step; use 0-59"),
        ("* 1.5 * * *", "hour '1.5' is not a value, range or step; use 0-23"),
        ("* * * * fri#2", "day of week 'fri#2' is not a value, range or step"),
        ("٣ * * * *", "is not a value, range or step"),
        ("*/0 * * * *", "minute '*/0' has a step outside 1-60"),
        ("*/90 * * * *", "minute '*/90' has a step outside 1-60"),
        ("* * * * */8", "day of week '*/8' has a step outside 1-7"),
        ("5/15 * * * *", "minute '5/15' has a step but no range; write 5-59/15"),
        ("* 22-2 * * *", "hour '22-2' runs backwards; write 22-23,0-2"),
        ("* * * * fri-mon", "day of week 'fri-mon' runs backwards; write fri-7,0-mon"),
        ("* * * *", "has 4 fields where cron has five: minute, hour, day of month, month, day of week"),
        ("0 * * * * *", "has 6 fields"),
        ("", "has 0 fields"),
        ("@reboot", "@reboot names no time"),
        ("@often", "'@often' is not known; use five fields or one of @hourly, @daily"),
        ("0 0 31 2 *", "day of month '31' never comes in month '2'"),
        ("0 0 31 apr,jun *", "day of month '31' never comes in month 'apr,jun'"),
        ("0 0 30-31 2 */2", "day of month '30-31' never comes in month '2'"),
        ("9" * 5000 + " * * * *", "cron expression '9999"),
    ],
)
def test_a_wrong_expression_says_how_to_mend_it(expression, message):
    """An error quotes the expression, names field and value, and says what is permitted."""
    with pytest.raises(CrontabError) as caught:
        parse_expression(expression)
    assert message in str(caught.value)
    assert repr(expression) in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 29 2 *", ["Tue 29 Feb 2028", "Sun 29 Feb 2032"]),
        ("0 0 29 2 */7", ["Sun 29 Feb 2032", "Sun 29 Feb 2060"]),
        ("0 0 31 2 mon", ["Mon 02 Feb 2026", "Mon 09 Feb 2026"]),
        ("0 0 31 * *", ["Sat 31 Jan 2026", "Tue 31 Mar 2026"]),
    ],
)
def test_rare_days_are_found(expression, expected):
    """Days that come once in years are found, and never replaced by another day."""
    assert dates(expression, 2) == expected


def test_a_match_is_strictly_later():
    """A time that matches is not its own successor, whatever its seconds."""
    crontab = parse_expression("* * * * *")
    assert crontab.after(A_THURSDAY) == A_THURSDAY + timedelta(minutes=1)
    assert crontab.after(A_THURSDAY + timedelta(seconds=59.9)) == A_THURSDAY + timedelta(minutes=1)


@st.composite
def fields(draw, first, last):
    """The text of one field, and the values it allows, reckoned apart from the parser."""
    if draw(st.booleans()):
        step = draw(st.integers(1, 7))
        return f"*/{step}", set(range(first, last + 1, step))
    low = draw(st.integers(first, last))
    high = draw(st.integers(low, last))
    step = draw(st.integers(1, 7))
    return f"{low}-{high}/{step}", set(range(low, high + 1, step))


def matching(moment, parsed):
    """Whether crontab(5) fires in this minute, read straight off the manual page."""
    (_, minutes), (_, hours), (day_text, days), (_, months), (weekday_text, weekdays) = parsed
    day, weekday = moment.day in days, bool({moment.isoweekday(), moment.isoweekday() % 7} & weekdays)
    starred = day_text.startswith("*") or weekday_text.startswith("*")
    suits = (day and weekday) if starred else (day or weekday)
    return suits and moment.month in months and moment.hour in hours and moment.minute in minutes


@settings(max_examples=60, deadline=None, database=None)
@given(
    parsed=st.tuples(*(fields(first, last) for first, last in RANGES)),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),  # noqa: DTZ001
)
def test_no_minute_is_missed_or_invented(parsed, start):
    """The next match is the one that a scan of the following minutes finds."""
    try:
        found = parse_expression(" ".join(text for text, _ in parsed)).after(start)
    except CrontabError as error:
        assert "never comes" in str(error)  # noqa: PT017 - the only refusal a well-formed expression may meet
        return
    minute = start.replace(second=0, microsecond=0)
    scan = (minute + timedelta(minutes=count) for count in range(1, 3 * 24 * 60))
    expected = next((moment for moment in scan if matching(moment, parsed)), None)
    assert found == expected if expected else found - minute >= timedelta(days=3)
    assert matching(found, parsed)
