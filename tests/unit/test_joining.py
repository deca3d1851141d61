"""Several pages, one article."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.article import Article
from crawler.extraction.pages.joining import MOST_TEXT, adds_text, has_room, is_same_article, join

STANDFIRST = "The ferry is back after eleven weeks in dry dock."
FIRST = Article(
    url="https://post.example/ferry",
    headline="Ferry returns",
    article_body=f"{STANDFIRST}\nThe first crossing was full.",
    authors=("Ada Merrow",),
    date_modified=datetime(2026, 3, 2, tzinfo=UTC),
    canonical_url="https://post.example/ferry",
    word_count=15,
    origins={"headline": "json_ld", "date_modified": "meta"},
)
SECOND = replace(
    FIRST,
    url="https://post.example/ferry/2",
    article_body=f"{STANDFIRST}\nFerry returns\nFares stay as they were.",
    authors=("Somebody Else",),
    date_modified=datetime(2026, 3, 4, tzinfo=UTC),
    canonical_url="https://post.example/ferry/2",
    origins={"date_modified": "json_ld"},
)
THIRD = replace(
    SECOND, article_body="Fares stay as they were.\nThe winter timetable comes in May.", date_modified=None
)


def test_texts_are_joined_in_order_without_repetitions():
    """What pages repeat of those before them is kept once, and so is the headline."""
    assert join([FIRST, SECOND, THIRD]).article_body.split("\n") == [
        STANDFIRST,
        "The first crossing was full.",
        "Fares stay as they were.",
        "The winter timetable comes in May.",
    ]


def test_a_page_may_repeat_itself():
    """What one page says twice, it says twice: only what an earlier page had is left out."""
    page = replace(SECOND, article_body="No.\nThe mayor was asked again.\nNo.")
    assert join([FIRST, page]).article_body.endswith("No.\nThe mayor was asked again.\nNo.")


def test_paragraphs_run_together_are_recognised():
    """A first page whose text is the whole article's in one piece, as JSON-LD has it, is not added to."""
    later = "The winter timetable, which comes in May, has the shorter time for the passage to the outer islands."
    first = replace(FIRST, article_body=f"{FIRST.article_body} {later}{later}".replace("\n", ""))
    page = replace(SECOND, article_body=later)
    assert not adds_text([first], page)
    assert join([first, page]).article_body == first.article_body


def test_all_else_is_the_first_pages():
    """The first page's fields stay; the latest change, the number of pages and the words are the whole's."""
    whole = join([FIRST, SECOND, THIRD])
    assert (whole.url, whole.headline, whole.authors) == (FIRST.url, FIRST.headline, FIRST.authors)
    assert (whole.num_pages, whole.word_count) == (3, 26)
    assert whole.date_modified == SECOND.date_modified
    assert whole.origins == {"headline": "json_ld", "date_modified": "json_ld"}


def test_one_page_is_itself():
    """Of a single page nothing changes."""
    assert join([FIRST]) == FIRST


def test_a_text_has_a_largest_size():
    """A page for which there is no room is left out whole, and is told beforehand."""
    page = replace(SECOND, article_body="long " * (MOST_TEXT // 5))
    assert not has_room([FIRST], page)
    assert join([FIRST, page, THIRD]).num_pages == 1


@pytest.mark.parametrize(
    ("headline", "canonical", "same"),
    [
        ("Ferry returns", None, True),
        ("Ferry returns - page 2", None, True),
        ("Ferry", None, True),
        ("What the council says", None, False),
        ("What the council says", "https://post.example/ferry", True),
        ("Why the ferry returns late", None, True),
    ],
)
def test_which_page_goes_on(headline, canonical, same):
    """A page goes on with an article whose headline or canonical URL it has."""
    assert is_same_article(FIRST, replace(SECOND, headline=headline, canonical_url=canonical)) is same


def test_a_page_that_says_nothing_new():
    """A page whose paragraphs have all been read is told from one that goes on."""
    assert adds_text([FIRST], SECOND)
    assert not adds_text([FIRST, SECOND], replace(SECOND, article_body="Fares stay as they were!"))
