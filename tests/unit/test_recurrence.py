"""Which paragraphs are a site's, and which are its articles'."""

from datetime import UTC, datetime

import pytest

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction import read
from crawler.extraction.text.boilerplate import sift
from crawler.ingestion.recurrence import WINDOW, Lesson, needed, weigh
from crawler.paragraphs import key_name, named_key, paragraph_key
from tests.support.newsdesk import FOOTER, TICKER, framed, headline, paragraphs

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def keys(*lines):
    return {paragraph_key(line) for line in lines}


def lesson(number, lines):
    return Lesson(number, NOON, {key: len(line) for line in lines if (key := paragraph_key(line)) is not None})


def lessons(articles):
    """The newest first, as they come from the database."""
    return [lesson(number, lines) for number, lines in enumerate(articles)][::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Give to the paper!", "GIVE to the  paper"),
        ("1,204 readers gave this week", "987 readers gave this week"),
        ("Straße frei", "STRASSE FREI"),
        ("पाठक १२ हज़ार", "पाठक ९८७ हज़ार"),
    ],
)
def test_paragraphs_that_say_the_same(one, other):
    """Digits, case, space and punctuation make no other paragraph."""
    assert paragraph_key(one) == paragraph_key(other)


def test_paragraphs_that_say_something_else():
    """A word more is another paragraph, and what has no letters is none."""
    assert paragraph_key("Give to the paper") != paragraph_key("Give to the old paper")
    assert [paragraph_key(line) for line in ("", "* * *", "2-1", "12,34")] == [None] * 4


def test_keys_have_names():
    """An operator can type the key that he read; anything else is refused."""
    for line in (FOOTER, *TICKER):
        assert named_key(key_name(paragraph_key(line))) == paragraph_key(line)
    for name in ("", "12", "xyz", "0" * 18):
        with pytest.raises(ValueError, match="hex"):
            named_key(name)


def test_what_ends_every_article_is_learned():
    """A footer and a ticker are learned from three articles; the articles' own paragraphs are not."""
    found = weigh(lessons([*paragraphs(number), *TICKER, FOOTER] for number in range(3)), (), ())
    assert dict(found.learned) == dict.fromkeys(keys(FOOTER, *TICKER), 3)


def noted(num, *, since=0):
    """The latest articles, of which so many have the footer: every sixth, but for the ``since`` latest."""
    with_footer = range(WINDOW - 1 - since, -1, -6)[:num]
    return lessons([*paragraphs(n), *([FOOTER] if n in with_footer else [])] for n in range(WINDOW))


def test_a_note_of_some_articles_is_learned():
    """A note that stands under eight of the latest fifty is learned; one under seven is not."""
    for num, learned in ((needed(WINDOW), True), (needed(WINDOW) - 1, False)):
        assert bool(weigh(noted(num), (), ()).learned) == learned


@pytest.mark.parametrize("others", [0, 4, 20])
def test_a_wire_story_teaches_nothing(others):
    """A story that is published five times, with another first line each time, is text, not boilerplate."""
    wire = [[f"From our {place} desk", *paragraphs(99)] for place in ("city", "world", "island", "late", "night")]
    found = weigh(lessons([*wire, *(paragraphs(number) for number in range(others))]), (), ())
    assert not found.learned


def test_a_story_that_grows_teaches_nothing():
    """Versions of a story, each a paragraph longer, do not teach its paragraphs."""
    told = [line for number in range(3) for line in paragraphs(number)]
    assert not weigh(lessons(told[: 3 + num] for num in range(6)), (), ()).learned


def test_long_boilerplate_under_short_articles():
    """Boilerplate that is longer than the articles is learned once it stands under nearly all of many."""
    long = [f"{FOOTER} {line} {FOOTER}" for line in (*TICKER, FOOTER, "And more of it.")]
    found = weigh(lessons([*paragraphs(number), *long] for number in range(12)), (), ())
    assert found.learned.keys() == keys(*long)


def test_known_boilerplate_does_not_make_versions():
    """Short articles under much that is known already still teach what is new."""
    long = [f"{FOOTER} {line} {FOOTER}" for line in (*TICKER, FOOTER, "And more of it.")]
    articles = lessons([*paragraphs(number), *long, "Read our newsletter"] for number in range(3))
    assert not weigh(articles, (), ()).learned
    assert weigh(articles, keys(*long), ()).learned.keys() == keys("Read our newsletter")


def test_what_recurs_no_more_is_unlearned():
    """A footer is confirmed while half as many articles have it as teach one, and one of the latest twenty."""
    for num, since, kept in ((4, 0, True), (3, 0, False), (0, 0, False), (5, 19, True), (5, 20, False)):
        found = weigh(noted(num, since=since), keys(FOOTER), ())
        assert (found.confirmed if kept else found.unlearned) == dict.fromkeys(keys(FOOTER), num)


def test_what_an_operator_keeps_is_never_learned():
    """A paragraph that is kept is not learned, however often it recurs."""
    articles = lessons([*paragraphs(number), FOOTER] for number in range(9))
    assert not weigh(articles, (), keys(FOOTER)).learned


def test_nothing_is_learned_from_nothing():
    """Without articles nothing is found, and nothing breaks."""
    found = weigh([], keys(FOOTER), ())
    assert (dict(found.learned), found.unlearned.keys()) == ({}, keys(FOOTER))


# Dropping


def test_known_paragraphs_are_dropped():
    """What is known goes, the rest stays as it is; both are told, for what is gone must be seen to recur."""
    lines = [TICKER[0], *paragraphs(1), FOOTER]
    found = sift("\n".join(lines), keys(TICKER[0], FOOTER))
    assert found.text == "\n".join(paragraphs(1))
    assert found.num_dropped == 2
    assert [paragraph.key for paragraph in found.paragraphs] == [paragraph_key(line) for line in lines]


def test_a_body_is_never_emptied():
    """A text of nothing but boilerplate stays, and says what it is."""
    found = sift(f"{FOOTER}\n* * *", keys(FOOTER))
    assert (found.text, found.num_dropped, found.is_boilerplate) == (f"{FOOTER}\n* * *", 0, True)


def test_a_page_keeps_its_own_description():
    """The teaser that all other pages show of an article is part of its own text."""
    teaser, *rest = paragraphs(1)
    found = sift("\n".join([teaser, *rest, FOOTER]), keys(teaser, FOOTER), teaser)
    assert (found.text, found.num_dropped) == ("\n".join([teaser, *rest]), 1)


def test_what_is_told_of_a_long_body_is_bounded():
    """Of ten thousand paragraphs the first and the last are told."""
    lines = ["paragraph " + "a" * number for number in range(1, 10_000)]
    found = sift("\n".join(lines), ())
    assert [p.key for p in found.paragraphs] == [paragraph_key(line) for line in (*lines[:30], *lines[-50:])]


def test_a_page_is_read_without_its_boilerplate():
    """An article comes without what is known to recur; its paragraphs and its whole text are told beside it."""
    page = framed(headline(1), [*paragraphs(1), FOOTER]).encode()
    plain = read(page, "https://paper.example/1", headers={})
    assert plain.whole_body is None
    hints = Hints(boilerplate=keys(FOOTER))
    found = read(page, "https://paper.example/1", headers={}, hints=hints)
    assert isinstance(plain.result, Article)
    assert isinstance(found.result, Article)
    assert found.result.article_body == "\n".join(paragraphs(1))
    assert found.result.word_count < plain.result.word_count
    assert (found.whole_body, found.num_dropped) == (plain.result.article_body, 1)
    assert found.paragraphs == plain.paragraphs


def test_a_page_of_boilerplate_says_so():
    """A page that is refused, and has nothing but what recurs, is refused with that said."""
    page = framed("Support us", [FOOTER]).encode()
    found = read(page, "https://paper.example/1", headers={}, hints=Hints(boilerplate=keys(FOOTER))).result
    assert isinstance(found, NotAnArticle)
    assert found.detail.endswith("all of its text recurs across the site")
