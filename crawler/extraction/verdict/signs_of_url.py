"""What the address of a page says of it."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler import url_words
from crawler.extraction.fields.choosing import is_home
from crawler.extraction.verdict.sign import Findings, Sign

_WORDS = {
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
_SLUG_WORDS = 4
_SHALLOW = 2  # segments: /legal/terms, but not /legal/courts/2026/...
_LONGEST = 2_000  # characters


def read_url_signs(found: Findings) -> Iterator[Sign]:
    """Name what the URL says; of a file that is the one that the page gives as its own."""
    page = found.page
    if is_home(page.url):
        yield Sign("home", "the home page")
        return
    url = page.url
    if not url.startswith(("http:", "https:")):
        url = next((said for claim in found.claims if (said := page.absolute(claim.canonical_url))), "")
    try:
        parts = urlsplit(url[:_LONGEST])
        query = parse_qsl(parts.query, max_num_fields=50)
    except ValueError:
        return
    path = unquote(parts.path).lower()
    segments = [segment for segment in path.split("/") if segment]
    yield from _of_shape(path, segments, parts.query)
    yield from _of_words(segments)
    if asked := [value for name, value in query if name.lower() in _QUERY]:
        yield Sign("url_query", f"a search for {asked[0][:40]!r}")


def _of_shape(path: str, segments: list[str], query: str) -> Iterator[Sign]:
    if _DATED.search(path):
        yield Sign("url_dated")
    if any(len(re.split(r"[-_+]", segment)) >= _SLUG_WORDS for segment in segments[-2:]):
        yield Sign("url_slug")
    if _NUMBER.search(f"{path}?{query}"):
        yield Sign("url_number")
    if not url_words.ARTICLE_WORDS.isdisjoint(segments[:-1]):
        yield Sign("url_article_word")


def _of_words(segments: list[str]) -> Iterator[Sign]:
    last = segments[-1].rpartition(".")[0] or segments[-1] if segments else ""
    words = {*segments[:-1], last}
    for name, listed in _WORDS.items():
        if said := words & listed:
            yield Sign(name, f"/{min(said)}/ in the URL")
    if service := _SERVICE_WORDS & {last, *(segments if len(segments) <= _SHALLOW else ())}:
        yield Sign("url_service_word", f"/{min(service)}/ in the URL")
