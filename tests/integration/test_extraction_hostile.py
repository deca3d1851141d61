import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.article import Article, NotAnArticle
from crawler.extraction import extract
from crawler.outcomes import Reason
from crawler.text import clean_line, clean_paragraphs, comparable, count_words
from tests.support.hostile_pages import PAGES, page
from tests.support.hostile_reader import SECONDS, readings

_SIZE = 250_000  # bytes: what takes the square of them takes minutes, and what takes more takes years
_LARGEST = 9_900_000  # bytes: nearly [crawl] max_page_bytes; of a text of over ten million libxml2 takes none
_MEGABYTES = 500
_LARGE = (
    "many a",
    "spans in one paragraph",
    "meta",
    "paragraphs",
    "a long class",
    "a text of JSON",
    "JSON blocks",
    "a text of 'a-'",
)


def read(size, names):
    """What came of pages of this size, by name."""
    command = [sys.executable, "-m", "tests.support.hostile_reader", str(size), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    return dict(readings(done.stdout))


@pytest.fixture(scope="module")
def found():
    """All hostile pages, read."""
    return read(_SIZE, PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_ends_in_time_with_an_answer_or_a_reason(found, name):
    """Whatever is on a page: an article that can be stored, or one of the reasons, before the page's deadline."""
    reading = found[name]
    assert not {"raised", "killed"} & set(reading), reading
    assert reading["seconds"] < SECONDS
    assert reading["storable"]
    assert reading["reason"] is None or reading["reason"] in set(Reason)


@pytest.fixture(scope="module")
def found_large():
    """Pages as large as any that is fetched, read."""
    return read(_LARGEST, _LARGE)


@pytest.mark.parametrize("name", _LARGE)
def test_the_largest_pages_are_read_within_bounds_of_memory(found_large, name):
    """Ten megabytes of it take less than 500 megabytes, and end in time."""
    reading = found_large[name]
    assert not {"raised", "killed"} & set(reading), reading
    assert reading["megabytes"] < _MEGABYTES


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400), st.booleans(), st.sampled_from([None, "text/html", "text/html; charset=utf-16", "x"])
)
def test_any_bytes_are_an_article_or_none(noise, in_a_page, content_type):
    """Whatever the bytes and whatever the server says of them, nothing is raised and every reason is known."""
    body = page("@@", "@@").encode().replace(b"@@", noise) if in_a_page else noise
    result = extract(body, "https://harbour-post.example/news/1", content_type=content_type)
    assert isinstance(result, Article | NotAnArticle)
    assert isinstance(result, Article) or result.reason in set(Reason)


_KEYS = st.sampled_from(
    (
        *("@type", "@id", "@graph", "headline", "name", "author", "articleBody", "datePublished", "image", "url"),
        *("keywords", "articleSection", "publisher", "mainEntityOfPage", "inLanguage", "wordCount", "hasPart"),
        *("isAccessibleForFree", "liveBlogUpdate", "caption", "description"),
    )
)


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
        max_leaves=30,
    )
)
def test_any_json_ld_is_an_article_or_none(value):
    """JSON-LD of every shape, with values of every type where others are expected, is read or passed over."""
    item = {"@type": "NewsArticle", **(value if isinstance(value, dict) else {"author": value})}
    block = f'<script type="application/ld+json">{json.dumps(item)}</script>'
    result = extract(page(head=block).encode("utf-8", "surrogatepass"), "https://harbour-post.example/news/1")
    assert isinstance(result, Article | NotAnArticle)


@pytest.mark.parametrize("clean", [clean_line, clean_paragraphs, comparable, count_words])
def test_marks_without_number_are_read_once(clean):
    """Letters with heaps of marks on them, and runs without any letter, are no more work than other text."""
    clean("a" + "\u0301\u0316" * 200_000)
    clean("(" * 400_000)


def test_a_page_of_more_elements_than_any_article_is_too_large():
    """Every stage looks at every element, so their number is what bounds the time of a page."""
    result = extract(page("<a>" * 300_001).encode(), "https://harbour-post.example/news/1")
    assert isinstance(result, NotAnArticle)
    assert result.reason == "too_large"


def test_of_a_text_longer_than_any_article_the_beginning_is_kept():
    """A million characters; what is made of a text later takes several times its memory."""
    assert len(clean_paragraphs("\ufdfa" * 1_000_001)) == 1_000_000


def test_no_letter_keeps_more_than_thirty_marks():
    """As many as Unicode's stream-safe format allows; dashes and what else stands in rows stays as it is."""
    assert clean_line("a" + "\u0316" * 40 + "b") == "a" + "\u0316" * 30 + "b"
    assert clean_line("\u2014" * 40) == "\u2014" * 40
    assert clean_line("Caf\u0065\u0301") == "Caf\u00e9"
