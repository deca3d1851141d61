from datetime import UTC, datetime

import pytest

from tests.benchmarks.scoring import Row, best_overlap, overlap, read_time, score

TRUTH = {
    "id": "1",
    "title": "Ferry \u201creturns\u201d \u2013 at last",
    "authors": ["Ines Varga", "Bo Lind"],
    "published_at": "2026-03-02T06:30:00Z",
    "body": "one two three four five six",
}


def test_a_body_is_compared_by_its_runs_of_four_words():
    """How much of the row is true, and of the truth was found, by 4-grams; each as often as it is there."""
    fit = overlap("one two three four five six", "one two three four five six share this now")
    assert (fit.both, fit.only_row, fit.only_truth) == (3, 3, 0)
    assert (fit.precision, fit.recall) == (0.5, 1.0)
    assert overlap("a b c d", "a b c d a b c d").only_row == 4
    assert overlap("one two", "one two") == overlap("a\u00ad\u200bb", "ab") == (1, 0, 0)


@pytest.mark.parametrize(
    ("truth", "found", "precision", "recall"),
    [("a b c d", "", 0, 0), ("", "a b c d", 0, 0), ("", "", 1, 1), ("a b c d", None, 0, 0)],
)
def test_an_empty_body_is_right_only_of_an_empty_page(truth, found, precision, recall):
    """Nothing found of something is worth nothing."""
    fit = overlap(truth, found)
    assert (fit.precision, fit.recall) == (precision, recall)


def test_the_right_body_that_fits_best_counts():
    """A body with the standfirst is as right as one without, where the truth says so."""
    truth = TRUTH | {"body_alternatives": ["zero one two three four five six"]}
    assert best_overlap(truth, "zero one two three four five six").f1 == 1
    assert best_overlap(truth, "one two three four five six").f1 == 1


def test_f1_comes_from_the_means_of_precision_and_recall():
    """They are means over the pages that have any text to be right or to be found; no row is found nothing."""
    found = score([TRUTH, TRUTH | {"id": "2"}], {"1": Row(body=TRUTH["body"])})
    assert (found["body_precision"], found["body_recall"]) == (1.0, 0.5)
    assert found["body_f1"] == pytest.approx(2 / 3)


def test_titles_and_names_are_compared_without_case_and_punctuation():
    """Any of the page's own titles will do; authors are a set, and "By" is no part of a name."""
    row = Row("FERRY 'returns' - at last", authors=("by Bo  Lind", "Ada Merrow"))
    found = score([TRUTH], {"1": row})
    assert (found["title_any"], found["authors_f1"]) == (1.0, 0.5)
    other = TRUTH | {"title_alternatives": ["Back in service"], "authors": []}
    assert score([other], {"1": Row("Back in service.", authors=("",))})["authors_f1"] == 1
    assert score([other], {"1": Row("Back in service.")})["title_any"] == 1
    assert score([other], {"1": Row("Something else")})["title_any"] == 0


@pytest.mark.parametrize(
    ("published", "minute", "day"),
    [
        ("2026-03-02T06:30:59+00:00", 1, 1),
        ("2026-03-02T12:00:00+05:30", 1, 1),
        ("2026-03-02 06:30:00", 1, 1),
        ("2026-03-02", 0, 1),
        ("2026-03-03T06:30:00Z", 0, 0),
        ("yesterday", 0, 0),
        (None, 0, 0),
    ],
)
def test_times_are_compared_in_utc(published, minute, day):
    """To the minute and to the day; a time without a zone is read as UTC."""
    found = score([TRUTH], {"1": Row(published=published)})
    assert (found["published_minute"], found["published_day"]) == (minute, day)


@pytest.mark.parametrize(("published", "day"), [("2026-03-01T11:00Z", 1), ("2026-03-03T14:01Z", 0), (None, 0)])
def test_a_day_without_a_zone_may_be_any_zone_s(published, day):
    """Fourteen hours to either side; the minute is not scored."""
    truth = {"id": "1", "published_day": "2026-03-02"}
    assert score([truth], {"1": Row(published=published)}) == {"published_day": day}


def test_what_the_truth_leaves_out_is_not_scored():
    """A page of which only the title is known says nothing about bodies."""
    assert score([{"id": "1", "title": "Ferry"}], {"1": Row("Ferry", "text")}) == {"title_any": 1}
    assert read_time("2026-03-02T06:30:00Z") == datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
