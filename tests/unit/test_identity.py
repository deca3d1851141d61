"""When two texts are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.identity import content_hash
from crawler.ingestion.identity.texts import canonical_text

TEXT = "The ferry \u201cMarigold\u201d sails at 7:15 \u2014 caf\u00e9 open."


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(unicodedata.normalize("NFD", TEXT), id="NFD"),
        pytest.param(TEXT.replace(" ", "\u00a0"), id="no-break space"),
        pytest.param(TEXT.replace(" ", "\r\n"), id="CRLF"),
        pytest.param(TEXT.replace("ferry", "fer\u00adry"), id="soft hyphen"),
        pytest.param(TEXT.replace("sails", "\u200bsails\u200e"), id="zero width"),
        pytest.param(TEXT.replace("\u201c", '"').replace("\u201d", '"'), id="straight quotes"),
        pytest.param(TEXT.replace("\u2014", "-"), id="hyphen for dash"),
        pytest.param(TEXT.upper(), id="upper case"),
        pytest.param(f"\n\n{TEXT}   ", id="outer space"),
    ],
)
def test_spelling_of_the_bytes_makes_no_other_text(same):
    """What a reader does not see makes no other hash."""
    assert content_hash("Ferry", same) == content_hash("Ferry", TEXT)


@pytest.mark.parametrize("other", [TEXT.replace("7:15", "7:16"), TEXT.replace("open", "shut"), TEXT + " Again."])
def test_a_changed_digit_or_word_makes_another_text(other):
    """What a reader does see makes another hash."""
    assert content_hash("Ferry", other) != content_hash("Ferry", TEXT)


def test_the_headline_is_part_of_the_text():
    """Another headline is another text, and words do not wander between headline and body."""
    assert content_hash("Ferry sails", "today") != content_hash("Ferry", "sails today")


@given(st.text())
def test_canonical_text_is_stable(text):
    """The canonical form of a canonical form is itself."""
    once = canonical_text(text)
    assert canonical_text(once) == once


@given(st.text(), st.text())
def test_any_text_has_a_hash(headline, body):
    """Any text at all, lone surrogates included, has a hash of 32 bytes."""
    assert len(content_hash(headline, body)) == 32
