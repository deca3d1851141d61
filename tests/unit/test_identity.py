"""When two URLs are the same page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ingestion.identity import url_key

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
