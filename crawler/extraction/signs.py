"""Which signs a page gives of being an article or something else: of its markup, address, headline and layout."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler import url_words
from crawler.article import Hints
from crawler.extraction import page_words, wall_words
from crawler.extraction.body import Body
from crawler.extraction.claims import Claims
from crawler.extraction.fields import is_home
from crawler.extraction.json_ld import ARTICLE_TYPES, Item, types_of
from crawler.extraction.layout import Layout, read_layout
from crawler.extraction.metadata import Meta
from crawler.extraction.page import Page
from crawler.text import comparable, count_words

_DATE_TAGS = ("article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date")
_JSON_LD = {
    "json_ld_list": frozenset({"CollectionPage", "SearchResultsPage"}),
    "json_ld_profile": frozenset({"ProfilePage"}),
    "json_ld_static": frozenset({"AboutPage", "ContactPage", "FAQPage", "CheckoutPage"}),
    "json_ld_items": frozenset({"ItemList"}),
    "json_ld_product": frozenset({"Product", "ProductGroup", "OfferCatalog"}),
    "json_ld_pictures": frozenset({"ImageGallery", "MediaGallery"}),
    "json_ld_video": frozenset({"VideoObject", "VideoGallery"}),
}
_BESIDE_ARTICLES = frozenset({"json_ld_pictures", "json_ld_video", "json_ld_product"})  # articles have them, too
_URL_WORDS = {
    "url_front_word": url_words.FRONT_WORDS,
    "url_tag_word": url_words.TAG_WORDS,
    "url_author_word": url_words.AUTHOR_WORDS,
    "url_search": url_words.SEARCH_WORDS,
    "url_picture_word": url_words.PICTURE_WORDS,
    "url_video_word": url_words.VIDEO_WORDS,
}
_SERVICE_WORDS = url_words.SERVICE_WORDS - {"print", "comments", "comment", "share"}  # ways to read an article
_QUERY = frozenset({"s", "q", "query", "search", "suche", "keyword", "searchterm"})
_DATED = re.compile(r"(?:19|20)\d\d[-/_.]?(?:[01]?\d|[a-z]{3})(?:[-/_.]|\b)")
_NUMBER = re.compile(r"\d{5}")
_SLUG = re.compile(r"[^\W\d_]+(?:[-_+][^\W_]+){3}")
_DIGITS = b"0123456789"
_OTHER_OG = re.compile(r"profile|music|product|book|restaurant|author", re.IGNORECASE)

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
_SAMPLE = 4_000  # characters of a text


class Sign(NamedTuple):
    """A piece of evidence by its name in ``verdict.WEIGHTS``, and what was seen."""

    name: str
    seen: str = ""


def read_signs(
    page: Page,
    item: Item | None,
    items: list[Item],
    meta: Meta,
    claims: tuple[Claims, ...],
    headline: str | None,
    title: str | None,
    body: Body,
    num_words: int,
    hints: Hints,
) -> tuple[list[Sign], dict[str, Any]]:
    """Collect the signs, and what was measured for them."""
    words_per_character = num_words / len(body.text) if body.text else 0.2
    line = _LINE if words_per_character < _UNSPACED else _LINE // 2
    layout = read_layout(page.tree, line)
    stretch = round(_longest_stretch(layout, body.text) * words_per_character)
    opening = round(layout.after_headline * words_per_character)
    signs = [
        *_of_markup(page, item, items, meta, claims, layout, hints, title),
        *_of_url(page, claims),
        *_of_headline(headline, title if opening < _SOME_WORDS else None, layout),
        *_of_layout(page, layout, num_words, stretch, opening),
        *_of_text(body.text, line),
    ]
    signs += _of_pictures({sign.name for sign in signs}, layout, body.text, num_words)
    measures = {
        "num_words": num_words,
        "body_reader": body.reader,
        "linked_headings": layout.linked_headings,
        "words_that_run_on": stretch,
        "words_after_headline": opening,
    }
    return signs, measures | ({"trouble": body.trouble} if body.trouble else {})


def _of_markup(
    page: Page,
    item: Item | None,
    items: list[Item],
    meta: Meta,
    claims: tuple[Claims, ...],
    layout: Layout,
    hints: Hints,
    title: str | None,
) -> Iterator[Sign]:
    ld, tags, html = claims[:3]
    is_article = item is not None and _is_of_this_page(page, claims, layout, title)
    if is_article and item is not None:
        yield Sign("json_ld_article", f"JSON-LD says {min(types_of(item) & ARTICLE_TYPES)}")
    types = {name for found in items for name in types_of(found)}
    for name, listed in _JSON_LD.items():
        if (found := types & listed) and not (is_article and name in _BESIDE_ARTICLES):
            yield Sign(name, f"JSON-LD says {min(found)}")
    if not is_article and (microdata := _microdata(page)):
        yield Sign("microdata_article", f"microdata says {microdata}")
    og_type = next((value.strip().lower()[:40] for value in meta.get("og:type", ())), "")
    if og_type.startswith("article") or "news" in og_type:
        yield Sign("og_article", f"og:type is {og_type}")
    elif og_type.startswith("video"):
        yield Sign("og_video", f"og:type is {og_type}")
    elif _OTHER_OG.search(og_type):
        yield Sign("og_other", f"og:type is {og_type}")
    elif og_type:
        yield Sign("og_website", f"og:type is {og_type}")
    if (is_article and ld.date_published) or any(meta.get(name) for name in _DATE_TAGS):
        yield Sign("dated")
    elif next(page.tree.iter("time"), None) is not None:
        yield Sign("time")
    if (is_article and ld.authors) or html.authors or tags.authors:
        yield Sign("byline", ", ".join(next(filter(None, (ld.authors, html.authors, tags.authors)), ()))[:60])
    if hints.headline or hints.date_published:
        yield Sign("listed", f"listed by a {hints.origin}")


def _is_of_this_page(page: Page, claims: tuple[Claims, ...], layout: Layout, title: str | None) -> bool:
    """Tell whether the item is about this page: by its URL, else by its headline, unless it has no URL."""
    ld, tags, html = claims[:3]
    if not ld.canonical_url or not page.absolute(ld.canonical_url):
        return True
    here = {_place(page.url), *(_place(page.absolute(claim.canonical_url) or "") for claim in (tags, html))}
    if _place(page.absolute(ld.canonical_url) or "") in here - {""}:
        return True
    said = comparable(ld.headline or "")
    lines = [comparable(line) for line in (*layout.headings[:3], tags.headline, title) if line]
    return bool(said) and any(said in line or line in said for line in lines if line)


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}" if parts.hostname else ""


def _microdata(page: Page) -> str | None:
    for value in page.tree.xpath("//@itemtype")[:50]:
        if (name := value.strip().rpartition("/")[2]) in ARTICLE_TYPES:
            return str(name)
    return None


def _of_url(page: Page, claims: tuple[Claims, ...]) -> Iterator[Sign]:
    if page.url.startswith(("http:", "https:")):
        url = page.url
    else:  # a file: where it came from, by its own account
        url = next((found for claim in claims if (found := page.absolute(claim.canonical_url))), "")
    if is_home(page.url):
        yield Sign("home", "the home page")
        return
    try:
        parts = urlsplit(url)
        path, query = unquote(parts.path)[:2_000], parse_qsl(parts.query[:2_000], max_num_fields=50)
    except ValueError:
        return
    segments = [segment for segment in path.lower().split("/") if segment]
    last = segments[-1].rpartition(".")[0] or segments[-1] if segments else ""
    if _DATED.search(path):
        yield Sign("url_dated")
    if any(_SLUG.search(segment) for segment in segments[-2:]):
        yield Sign("url_slug")
    if _NUMBER.search(f"{path}?{parts.query[:2_000]}"):
        yield Sign("url_number")
    if not url_words.ARTICLE_WORDS.isdisjoint(segments[:-1]):
        yield Sign("url_article_word")
    words = {*segments[:-1], last}
    for name, listed in _URL_WORDS.items():
        if found := words & listed:
            yield Sign(name, f"/{min(found)}/ in the URL")
    few = segments if len(segments) <= 2 else ()  # noqa: PLR2004 (/legal/terms, not /legal/courts/2026/...)
    if service := _SERVICE_WORDS & {last, *few}:
        yield Sign("url_service_word", f"/{min(service)}/ in the URL")
    if asked := [value for name, value in query if name.lower() in _QUERY]:
        yield Sign("url_search", f"a search for {asked[0][:40]!r}")


def _of_headline(headline: str | None, title: str | None, layout: Layout) -> Iterator[Sign]:
    only = layout.headings if len(layout.headings) == 1 else ()
    lines = [line for line in dict.fromkeys([headline, *only, title]) if line]
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
    if has_teasers and stretch < _STRETCH:
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
