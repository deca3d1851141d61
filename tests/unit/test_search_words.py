"""Texts and questions as text search takes them; and moments as people write them."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from crawler.search.questions import Piece, _around, _pieces, _times
from crawler.search.words import config_of, lower_case, spelt, spelt_question

plain = partial(Piece, is_match=False)
matching = partial(Piece, is_match=True)
NOW = datetime(2026, 12, 1, 12, 30, tzinfo=UTC)


def test_scripts_without_spaces_become_pairs():
    """Each two neighbours are a word; the rest of the text stays, in lower case."""
    assert spelt("Das 東京都 und B").split() == ["das", "u6771u4eac", "u4eacu90fd", "und", "b"]
    assert spelt("猫").split() == ["u732b"]
    assert spelt("İstanbul ÖL") == "istanbul öl"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Bridge -Court", "bridge -court"),
        ('"New York" or Paris', '"new york" or paris'),
        ("東京都", '"u6771u4eac u4eacu90fd" '),
        ("-東京", '-"u6771u4eac" '),
        ('"東京 news"', '" u6771u4eac  news"'),
        ("iPhone発売", 'iphone "u767au58f2" '),
    ],
)
def test_questions_keep_their_operators(question, expected):
    """A run without spaces is looked for as a phrase of its pairs, within quotes and outside."""
    assert spelt_question(question) == expected


def test_a_language_has_the_servers_configuration():
    """One that the server lacks, or that has none, is searched as it is spelt."""
    assert config_of("de", {"german", "simple"}) == "german"
    assert config_of("nb", {"norwegian", "simple"}) == "norwegian"
    assert [config_of(language, {"simple"}) for language in ("de", "ja", None)] == ["simple"] * 3


def test_snippets_are_pieces_of_text():
    """What Postgres marked, and what it did not; a mark without an end is no match."""
    assert _pieces("a \ue000b\ue001 c") == [plain("a "), matching("b"), plain(" c")]
    assert _pieces("a \ue000b") == [plain("a "), plain("b")]
    assert _pieces("") == []


def test_snippets_of_unspaced_scripts_show_every_match():
    """Around the first one, however long the text is."""
    pieces = _around("x" * 500 + "東京で東京の", ["東京"])
    assert "".join(piece.text for piece in pieces).endswith("東京で東京の")
    assert [piece.text for piece in pieces if piece.is_match] == ["東京", "東京"]
    assert pieces[0] == plain("… ")
    assert _around("no match", ["東京"]) == [plain("no match")]


def test_lower_case_has_as_many_characters():
    """So that a place in it is a place in the text."""
    assert [len(lower_case(text)) for text in ("İI", "ß", "ABC")] == [2, 1, 3]


def test_times_are_looked_through_without_a_gap():
    """From the last day back, every day is in exactly one of them, by its own number or its week's."""
    day, times = (NOW - datetime.fromtimestamp(0, UTC)).days, list(_times(NOW))
    begin = NOW
    for start, names in times:
        assert start < begin
        numbers = {int(name[1:]) for name in names}
        last = (begin - timedelta(microseconds=1) - datetime.fromtimestamp(0, UTC)).days
        first = (start - datetime.fromtimestamp(0, UTC)).days
        is_in_weeks = names[0].startswith("w")
        assert {number // 7 if is_in_weeks else number for number in range(first, last + 1)} == numbers
        begin = start
    assert times[0][1][-1] == f"d{day}"
