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
_QUERY = frozenset({"s", "q", "query", "search", "suche", "keyword", "searchterm"})
_DATED = re.compile(r"(?:19|20)\d\d[-/_.]?(?:[01]?\d|[a-z]{3})(?:[-/_.]|\b)")
_NUMBER = re.compile(r"\d{5}")
_SLUG = re.compile(r"[^\W\d_]+(?:[-_+][^\W_]+){3}")
_DIGITS = b"0123456789"
_OTHER_OG = re.compile(r"profile|video|music|product|book|restaurant|author", re.IGNORECASE)

_FEWEST_WORDS = 25
_SOME_WORDS = 60
_MANY_WORDS = 200
_OPENING = 20  # words that follow the headline before anything else
_TEASERS = 5
_MANY_TEASERS = 15
_STRETCH = 80  # words that run on: longer than teasers
_LABEL = 2  # words
_NOTICE = 12  # words, up to which a headline may say that the page is missing
_MOST_FIGURES = 0.2  # of all characters
_LINE = 80  # characters of a paragraph; of scripts without spaces half of it
_SHARE = 0.7  # of a text that captions or short lines may be
_ANSWERS = 6
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
    layout = read_layout(page.tree)
    words_per_character = num_words / len(body.text) if body.text else 0.2
    stretch = round(layout.longest_stretch * words_per_character)
    opening = round(layout.after_headline * words_per_character)
    signs = [
        *_of_markup(page, item, items, meta, claims, layout, hints, title),
        *_of_url(page, claims),
        *_of_headline(headline, title, layout),
        *_of_layout(layout, body, num_words, stretch, opening),
    ]
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
    if microdata := _microdata(page):
        yield Sign("microdata_article", f"microdata says {microdata}")
    og_type = next((value.strip().lower()[:40] for value in meta.get("og:type", ())), "")
    if og_type.startswith("article") or "news" in og_type:
        yield Sign("og_article", f"og:type is {og_type}")
    elif _OTHER_OG.search(og_type):
        yield Sign("og_other", f"og:type is {og_type}")
    elif og_type:
        yield Sign("og_website", f"og:type is {og_type}")
    if (is_article and ld.date_published) or any(meta.get(name) for name in _DATE_TAGS):
        yield Sign("dated")
    elif layout.times:
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
    if url_words.SERVICE_WORDS & {last, *segments[:1]}:
        yield Sign("url_service_word", f"/{min(url_words.SERVICE_WORDS & {last, *segments[:1]})}/ in the URL")
    if asked := [value for name, value in query if name.lower() in _QUERY]:
        yield Sign("url_search", f"a search for {asked[0][:40]!r}")


def _of_headline(headline: str | None, title: str | None, layout: Layout) -> Iterator[Sign]:
    lines = [line for line in dict.fromkeys([headline, *layout.headings[:3]]) if line]
    if headline and any(comparable(headline) == comparable(line) for line in layout.headings):
        yield Sign("headline_is_h1")
    if headline and count_words(headline) <= _LABEL:
        yield Sign("label", f"{headline[:60]!r}")
    for name, test in (
        ("title_static", page_words.names_static_page),
        ("title_list", page_words.names_list),
        ("title_search", page_words.names_search),
        ("title_missing", _says_missing),
    ):
        if line := next(filter(test, [*lines, *([title] if title else [])]), None):
            yield Sign(name, f"{line[:60]!r}")


def _says_missing(line: str) -> bool:
    return wall_words.MISSING_WORDS.search(line[:200]) is not None and count_words(line) <= _NOTICE


def _of_layout(layout: Layout, body: Body, num_words: int, stretch: int, opening: int) -> Iterator[Sign]:
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
    if layout.linked_headings >= _MANY_TEASERS:
        yield Sign("many_teasers", f"{layout.linked_headings} linked headings")
    if has_teasers and layout.next_page:
        yield Sign("next_page")
    if layout.answers >= _ANSWERS:
        yield Sign("answers", f"{layout.answers} answers to choose from")
    yield from _of_text(layout, body.text, num_words)


def _of_text(layout: Layout, text: str, num_words: int) -> Iterator[Sign]:
    if len(layout.captions) > 2:  # noqa: PLR2004 (of fewer no gallery is made)
        captions = {comparable(caption) for caption in layout.captions}
        lines = text.split("\n")
        said = sum(len(line) for line in lines if comparable(line) in captions)
        if said >= _SHARE * len(text):
            yield Sign("captions", f"{len(captions)} captions")
    sample = text[:_SAMPLE]
    plain = sample.encode("ascii", "ignore")
    if len(plain) - len(plain.translate(None, _DIGITS)) >= _MOST_FIGURES * max(len(sample), 1):
        yield Sign("figures", "figures in place of a text")
    line = _LINE if num_words < len(text) / 3 else _LINE / 2
    if sum(len(part) for part in text.split("\n") if len(part) < line) > _SHARE * len(text):
        yield Sign("fragments", "lines in place of paragraphs")
