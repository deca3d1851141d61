"""The signs a page gives of being an article or something else; here those of its headline and layout."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.extraction.page import Page
from crawler.extraction.verdict import page_words, wall_words
from crawler.extraction.verdict.layout import Layout, read_layout
from crawler.extraction.verdict.sign import Findings, Sign
from crawler.extraction.verdict.signs_of_markup import read_markup_signs
from crawler.extraction.verdict.signs_of_url import read_url_signs
from crawler.text import clean_line, comparable, count_words

_SITE = re.compile(r"\s+[|\u2013\u2014\u00b7\u00bb-]\s+")  # before which a title says what the page is
_DIGITS = b"0123456789"
_FEWEST_WORDS = 25
_SOME_WORDS = 60
_MANY_WORDS = 200
_OPENING = 20  # words that follow the headline before anything else
_TEASERS = 5
_MANY_TEASERS = 15
_STRETCH = 80  # words that run on: longer than teasers
_LABEL = 1  # words
_NOTICE = 12  # words, up to which a headline may say that the page is missing
_MOST_FIGURES = 0.2  # of all characters
_LINE = 60  # characters of a paragraph; of scripts without spaces half of it
_UNSPACED = 0.33  # words a character: more of them only in scripts without spaces
_SHARE = 0.7  # of a text that captions or short lines may be
_HEADINGS = 5  # <h1> that are looked at
_QUESTIONS = 4
_CAPTIONS = 3  # of fewer no gallery is made
_TEASER = 15  # words that each of many linked headings may have beside it
_MOST_LINKS = 1_000
_SHARE_OF_EXCERPTS = 0.5  # of a text's paragraphs: an article has its links to others between some
_SHARE_OF_LINES = 0.2  # that are links as a whole
_BEFORE_HEADLINE = "0123456789:.,-/ "  # the time in a ticker
_LONGEST_LINE = 500  # characters of a headline that are looked at
_SAMPLE = 4_000  # characters of a text


def read_signs(found: Findings) -> tuple[list[Sign], dict[str, Any]]:
    """Collect the signs, and what was measured for them."""
    text, num_words = found.body.text, found.num_words
    words_per_character = num_words / len(text) if text else 0.2
    line = _LINE if words_per_character < _UNSPACED else _LINE // 2
    layout = read_layout(found.page.tree, line)
    stretch = round(_longest_stretch(layout, text) * words_per_character)
    opening = round(layout.after_headline * words_per_character)
    signs = [
        *read_markup_signs(found, layout),
        *read_url_signs(found),
        *_of_headline(_clip(found.headline), _clip(found.title) if opening < _SOME_WORDS else None, layout),
        *_of_layout(found.page, layout, num_words, stretch, opening),
        *_of_text(text, line),
    ]
    names = {sign.name for sign in signs}
    signs += _of_pictures(names, layout, text, num_words)
    if not names & {"json_ld_article", "dated"}:  # of which the others need not be asked
        signs += _of_lines(found, line // 3, opening)
    measures = {
        "num_words": num_words,
        "body_reader": found.body.reader,
        "linked_headings": layout.linked_headings,
        "words_that_run_on": stretch,
        "words_after_headline": opening,
    }
    return signs, measures | ({"trouble": found.body.trouble} if found.body.trouble else {})


def _clip(line: str | None) -> str | None:
    return line and line[:_LONGEST_LINE]


def _of_headline(headline: str | None, title: str | None, layout: Layout) -> Iterator[Sign]:
    only = layout.headings if len(layout.headings) == 1 else ()
    alone = _SITE.split(title)[0] if title else None
    lines = [line for line in dict.fromkeys([headline, *only, alone]) if line]
    if headline and comparable(headline) in map(comparable, layout.headings[:_HEADINGS]):
        yield Sign("headline_is_h1")
    if headline and count_words(headline) <= _LABEL:
        yield Sign("label", f"{headline[:60]!r}")
    for name, test in (
        ("title_static", page_words.names_static_page),
        ("title_list", page_words.names_list),
        ("title_search", page_words.names_search),
        ("title_missing", _says_missing),
    ):
        if line := next(filter(test, lines), None):
            yield Sign(name, f"{line[:60]!r}")


def _says_missing(line: str) -> bool:
    return count_words(line) <= _NOTICE and wall_words.MISSING_WORDS.search(line[:200]) is not None


def _of_layout(page: Page, layout: Layout, num_words: int, stretch: int, opening: int) -> Iterator[Sign]:
    has_teasers = layout.linked_headings >= _TEASERS
    words = min(num_words, stretch) if has_teasers else num_words
    if words >= _MANY_WORDS:
        yield Sign("long_text", f"{words} words")
    elif words >= _SOME_WORDS:
        yield Sign("text", f"{words} words")
    elif num_words < _FEWEST_WORDS:
        yield Sign("few_words", f"{num_words} words")
    if opening >= _OPENING or (not layout.headings and stretch >= _OPENING):
        yield Sign("text_after_headline", f"{opening or stretch} words")
    if has_teasers and stretch < max(_STRETCH, num_words // 3):
        yield Sign("teasers", f"{layout.linked_headings} linked headings")
    if layout.linked_headings >= _MANY_TEASERS and stretch < _TEASER * layout.linked_headings:
        yield Sign("many_teasers", f"{layout.linked_headings} linked headings")
    if layout.linked_paragraphs > max(layout.paragraphs, _SAMPLE // 10):
        yield Sign("linked_text", "most of the text is links")
    if has_teasers and page.tree.find(".//link[@rel='next']") is not None:
        yield Sign("next_page")
    if len(layout.questions) >= _QUESTIONS:
        yield Sign("questions", f"{len(layout.questions)} questions to the reader")


def _longest_stretch(layout: Layout, text: str) -> int:
    """Count the characters that run on without a teaser between them.

    By the paragraphs of the page, or by the lines of the text if most of that stands in no paragraph.
    """
    if layout.linked_headings < _TEASERS or 2 * layout.paragraphs >= len(text):
        return layout.longest_stretch
    teasers = set(layout.teasers)
    longest = stretch = 0
    for line in text.split("\n"):
        stretch = 0 if line in teasers else stretch + len(line)
        longest = max(longest, stretch)
    return longest


def _of_text(text: str, shortest: int) -> Iterator[Sign]:
    sample = text[:_SAMPLE]
    plain = sample.encode("ascii", "ignore")
    if len(plain) - len(plain.translate(None, _DIGITS)) >= _MOST_FIGURES * max(len(sample), 1):
        yield Sign("figures", "figures in place of a text")
    if sum(len(line) for line in text.split("\n") if len(line) < shortest) > _SHARE * len(text):
        yield Sign("fragments", "lines in place of paragraphs")


def _of_pictures(names: set[str], layout: Layout, text: str, num_words: int) -> Iterator[Sign]:
    """Tell a gallery or a video that has no text beside it."""
    captions = set(layout.captions)
    lines = [line for line in text.split("\n") if line in captions] if len(captions) >= _CAPTIONS else []
    if lines and sum(map(len, lines)) >= _SHARE * len(text):
        yield Sign("captions", f"{len(captions)} captions")
    if (num_words if not lines else num_words - sum(map(count_words, lines))) >= _SOME_WORDS:
        return
    if names & {"json_ld_pictures", "url_picture_word"}:
        yield Sign("pictures_alone", "pictures and next to no text")
    if names & {"json_ld_video", "url_video_word", "og_video"}:
        yield Sign("video_alone", "a video and next to no text")


def _of_lines(found: Findings, shortest: int, opening: int) -> Iterator[Sign]:
    """Tell a text whose lines are links: the headlines of other articles, whatever element they stand in.

    Or one whose paragraphs stand each under a link, and none under the headline: excerpts of other articles.
    """
    links = {clean_line(link.text_content()) for link in islice(found.page.tree.iter("a"), _MOST_LINKS)}
    lines = [line for line in found.body.text.split("\n") if len(line) >= shortest]
    linked = sum(line in links or line.lstrip(_BEFORE_HEADLINE) in links for line in lines)
    if linked >= _TEASERS and linked >= _SHARE_OF_LINES * len(lines):
        yield Sign("linked_lines", f"{linked} of {len(lines)} lines are links")
    led = [one.block.links_before > 0 for one in found.body.judged if one.is_taken][1:]
    if not opening and sum(led) >= _TEASERS and sum(led) >= _SHARE_OF_EXCERPTS * len(led):
        yield Sign("linked_lines", f"{sum(led)} of {len(led)} paragraphs stand under a link")
