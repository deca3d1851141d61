import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import (
    absolute_url,
    clean_language,
    clean_line,
    clean_markup,
    clean_name,
    clean_paragraphs,
    comparable,
    count_words,
)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("  Rivers\n\t rise\N{NO-BREAK SPACE}", "Rivers rise"),
        ("Tom &amp; <i>Jerry</i>&#8217;s", "Tom & Jerry\N{RIGHT SINGLE QUOTATION MARK}s"),
        ("Rivers<br/>rise", "Rivers rise"),
        ("<p class='a'>Rivers</p><p>rise</p>", "Rivers rise"),
        ("5 < 6 and 7 &gt; 6", "5 < 6 and 7 > 6"),
        ("Ri\xadver\u200bs\0\x07 \ud800rise\ufeff\uffff", "Rivers rise"),
        ("Rivers\x0brise\x0cagain\x85twice\u2028more", "Rivers rise again twice more"),
        ("Fa\N{COMBINING DIAERESIS}hre", "Fähre"),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
    ],
)
def test_line(written, line):
    """A line has no tags, entities, breaks or invisible characters, and is in NFC; joiners that spell stay."""
    assert clean_line(written) == line


@pytest.mark.parametrize("value", [None, 1, ["a"], "", " \n", "<br>", "null", "None", "N/A", "[]", "-", "\0"])
def test_no_line(value):
    """What is no string, is empty or is a template's placeholder is missing."""
    assert clean_line(value) is None


def test_paragraphs():
    """Every kind of line break ends a paragraph, empty ones go, and what looks like markup is text."""
    text = " One\N{NO-BREAK SPACE} two \r\n\r\n \u200b\nthree <b>\rfour\u2029five\x85six\x0cseven"
    assert clean_paragraphs(text) == "One two\nthree <b>\nfour\nfive\nsix seven"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One <b>two</b></p>\n<p>three</p>", "One two\nthree"),
        ("One<br />two", "One\ntwo"),
        ("&lt;p&gt;Tom &amp;amp; Jerry&lt;/p&gt;", "Tom & Jerry"),
        ("plain\ntext", "plain\ntext"),
        ("<p> </p>", None),
        (None, None),
        (["One"], None),
    ],
)
def test_markup(markup, text):
    """HTML in a claim becomes paragraphs, be it escaped once or twice; what holds no text is missing."""
    assert clean_markup(markup) == text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("desk@paper.example (Asha Rao)", "Asha Rao"),
        ("Asha Rao <desk@paper.example>", "Asha Rao"),
        ("Asha Rao (PTI)", "Asha Rao (PTI)"),
        ("desk@paper.example", None),
        ("null", None),
        (None, None),
    ],
)
def test_name(written, name):
    """A name stands without the mail address beside it; brackets that hold none stay."""
    assert clean_name(written) == name


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en-GB", "en"),
        (" pt_BR", "pt"),
        ("FIL", "fil"),
        ("English", None),
        ("e", None),
        ("en, de", None),
        ("", None),
        (None, None),
    ],
)
def test_language(tag, language):
    """A language is the tag's primary subtag in lower case; words and lists are no tags."""
    assert clean_language(tag) == language


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("https://other.example/1", "https://other.example/1"),
        (" /a?b=1&amp;c=2\n", "https://paper.example/a?b=1&c=2"),
        ("https://paper.example/lo\nng\0", "https://paper.example/long"),
        ("//[broken", "//[broken"),
        (" ", None),
        (None, None),
    ],
)
def test_absolute_url(listed, url):
    """A URL is resolved and free of what cannot be in one; a broken one is kept as listed."""
    assert absolute_url(listed, "https://paper.example/rss") == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The ferry - it's back, again.", 5),
        ("夕方の船が再開した。", 5),
        ("यह नाव फिर", 3),
        ("- \u2013 !", 0),
        ("", 0),
    ],
)
def test_words(text, words):
    """Words are what stands between spaces; scripts without spaces count half their characters."""
    assert count_words(text) == words


def test_comparable():
    """Lines that differ in case, width, punctuation or space say the same."""
    assert comparable("  \uff28arbour-Post! ") == comparable("harbour post")
    assert comparable("Harbour Post") != comparable("Harbour Posts")


@given(st.text())
def test_any_text_can_be_stored(text):
    """Whatever goes in, lines and bodies hold nothing that Postgres or UTF-8 refuses, and are clean for good."""
    line, body = clean_line(text) or "", clean_paragraphs(text)
    assert not re.search("[\0\ud800-\udfff]", line + body)
    assert "\n" not in line
    assert clean_paragraphs(body) == body


@pytest.mark.parametrize(
    "mark", ["\N{COMBINING ACUTE ACCENT}", "\u0344", "\u0f73", "\u0f73\u0f71", "\u0316\u0301"]
)
def test_no_letter_bears_more_marks_than_any_has(mark):
    """Of a hundred thousand combining marks on a letter thirty are kept, taken apart or not, in time."""
    assert clean_paragraphs("a" + mark * 100_000 + "b").endswith("b")
    assert len(clean_paragraphs("a" + mark * 100_000)) <= 61
    assert clean_paragraphs("a" + "\u0316" * 30) == "a" + "\u0316" * 30
