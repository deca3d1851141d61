"""When two texts are the same, and two URLs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.identity import content_hash, url_key
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


URL = "https://www.gazette.example/news/1?page=2"


@pytest.mark.parametrize(
    "same",
    [
        "https://www.gazette.example/news/1?page=2#comments",
        "https://www.gazette.example:443/news/1?page=2",
        "HTTPS://WWW.Gazette.Example/news/1?page=2",
        "https://www.gazette.example/news/1?page=2&utm_source=feed&utm_medium=rss",
        "https://www.gazette.example/news/1?fbclid=abc&page=2",
        "https://www.gazette.example/news/%31?page=2",
    ],
)
def test_what_makes_no_other_page_makes_no_other_key(same):
    """Fragment, default port, case of host and tracking parameters do not count."""
    assert url_key(same) == url_key(URL)


@pytest.mark.parametrize(
    "other",
    [
        "https://www.gazette.example/news/1?page=3",
        "https://www.gazette.example/news/1",
        "https://www.gazette.example/News/1?page=2",
        "https://www.gazette.example:8443/news/1?page=2",
        "https://gazette.example/news/1?page=2",
    ],
)
def test_another_page_has_another_key(other):
    """Path, its case, other parameters, host and port do count."""
    assert url_key(other) != url_key(URL)


@given(st.text())
def test_anything_has_a_key(text):
    """What is no URL has a key as well: it was seen."""
    assert len(url_key(text)) == 32
