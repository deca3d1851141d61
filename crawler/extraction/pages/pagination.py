"""Articles over several pages: where a page's text goes on, and on which page it began.

A further page has the URL of the first with a page number added, and a link that says so. Links to the next
article, to the next page of the comments and to the next picture do not have that.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urldefrag, urlsplit

from crawler.extraction.page import Page

MOST_PAGES = 20
"""Pages of one article that are joined; longer ones are galleries and books."""

_WORDS = "page|pagina|página|pag|seite|sida|side|sivu|strona|oldal|sayfa|stranica|halaman|trang|p"
_PARAMETERS = frozenset(f"{_WORDS}|paged|pagenum|pageno|page_no|pagenumber|page_number|pg|artikelseite".split("|"))
_NUMBER = re.compile(r"[1-9]\d{0,2}")
_NUMBERED = re.compile(
    rf"(?P<mark>[/,._-])(?:(?P<word>{_WORDS})[/=_-]?)?(?P<number>[1-9]\d{{0,2}})$", re.IGNORECASE
)
_ENDING = re.compile(r"(?:/index)?(?:\.(?:html?|php|shtml|aspx?|jsp))?/?$", re.IGNORECASE)
_TRACKING = re.compile(r"utm_|at_|fbclid$|gclid$|ref$|cmpid$|ns_", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"comment|kommentar|comentario|disqus|respond|gallery|galerie|slide|carousel", re.IGNORECASE
)
_BOUNDARIES = frozenset({"article", "main", "body", "html"})  # their classes tell what else the page has

_MOST_LINKS = 200  # that look like it: hostile pages have millions
_LONGEST_RELATIVE = 40  # characters of a reference such as ``?page=2``, which does not repeat the article's name
_LONGEST_TEXT = 40  # characters of a link to a page: "Next page: what the council says"


class Pages(NamedTuple):
    """The pages around this one: of the article's text the next, and the first where this is a later one."""

    next_page: str | None = None
    first_page: str | None = None


class _Place(NamedTuple):
    """One reading of a URL: page ``number`` of the article at ``base``; ``kind`` is how it says so."""

    base: tuple[str, str, frozenset[tuple[str, str]]]  # host, path without its ending, query
    number: int
    kind: str  # "worded" (?page=2, /page/2, -seite-2), "segment" (/2), "bare" (-2, _2); "" without a number


class _Reference(NamedTuple):
    url: str
    element: Any
    relations: frozenset[str]
    digits: tuple[str, ...] | None  # of the text under an <a>; None for <link>, and for a text of many words

    @property
    def numbers(self) -> tuple[int, ...]:
        """The page numbers that the link's text names: (2, 4) of "2 of 4"."""
        return tuple(map(int, self.digits or ()))


def find_pages(page: Page) -> Pages:
    """Find the next page of this page's article, and the first one where this page is a later one."""
    own = [place for place in _places(page.url) if place.number <= MOST_PAGES]  # beyond, it is an article's id
    if not own or own[0].base[1:] == ("", frozenset()):
        return Pages()
    canonical, heads = _head_links(page)
    later = [place for place in own if place.number > 1]
    return Pages(
        _find_next(page, own if later or not canonical else [*own, *_places(canonical)[:1]], heads),
        _find_first(page, later, canonical, heads) if later else None,
    )


def _find_next(page: Page, own: list[_Place], heads: list[_Reference]) -> str | None:
    wanted = {(place.base, place.number + 1): place.kind for place in reversed(own)}
    host = own[0].base[0]
    marks = {str(number) for _, number in wanted}
    names = {_last_segment(base[1]) for base, _ in wanted}
    for reference in (*heads, *_anchors(page, names, marks)):
        for place in _places(reference.url):
            kind = wanted.get((place.base, place.number))
            if place.kind and place.base[0] == host and kind in {"", place.kind} and _leads_on(reference, place):
                return reference.url
    return None


def _leads_on(reference: _Reference, place: _Place) -> bool:
    """Tell whether a link says what its URL says; a bare number may as well belong to an article's name."""
    if reference.numbers:
        return reference.numbers[0] == place.number and not _is_elsewhere(reference.element)
    if place.kind == "bare" or (reference.digits is None and "next" not in reference.relations):
        return False
    return not _is_elsewhere(reference.element)


def _find_first(page: Page, later: list[_Place], canonical: str | None, heads: list[_Reference]) -> str | None:
    names = {_last_segment(place.base[1]) for place in later}
    if canonical:
        heads = [_Reference(canonical, None, frozenset({"canonical"}), None), *heads]
    for reference in (*heads, *_anchors(page, names, {""})):
        for place in _places(reference.url):
            if place.number == 1 and any(own.base == place.base and _leads_back(reference, own) for own in later):
                return reference.url
    return None


def _leads_back(reference: _Reference, own: _Place) -> bool:
    """Tell whether a link is one to page 1. A section front may have the same URL: its link has no number."""
    if reference.numbers:
        return reference.numbers[0] == 1 and not _is_elsewhere(reference.element)
    if own.kind == "bare":
        return False
    return "canonical" in reference.relations or (own.number == 2 and "prev" in reference.relations)  # noqa: PLR2004


def _head_links(page: Page) -> tuple[str | None, list[_Reference]]:
    """The canonical URL, if it is another one, and what the head names as the next and previous page."""
    canonical, found = None, []
    head = page.tree.find("head")
    for element in () if head is None else head.iterchildren("link"):
        relations = frozenset((element.get("rel") or "").lower().split())
        if not relations & {"next", "prev", "canonical"}:
            continue
        url = _url_of(page, element)
        if url and "canonical" in relations and url != page.url:
            canonical = canonical or url
        elif url:
            found.append(_Reference(url, element, relations, None))
    return canonical, found[:_MOST_LINKS]


def _anchors(page: Page, names: set[str], marks: set[str]) -> Iterator[_Reference]:
    """The links whose URL may be that of a page of this article, told by the cheapest of tests."""
    common, *others = marks
    num_left = _MOST_LINKS
    for element in page.tree.iter("a"):
        href = element.get("href")
        if not href or (common not in href and not any(mark in href for mark in others)):
            continue
        if href[0] in "/#" or len(href) > _LONGEST_RELATIVE:
            spelt = unquote(href) if "%" in href else href
            ends = [spelt[spelt.find(name) + len(name) :] for name in names if name in spelt]
            if not any(mark in end for end in ends for mark in marks):
                continue
        if (url := _url_of(page, element)) and not _ELSEWHERE.search(urlsplit(href).fragment):
            relations = frozenset((element.get("rel") or "").lower().split())
            yield _Reference(url, element, relations, _digits(element))
            num_left -= 1
        if not num_left:
            return


def _digits(element: Any) -> tuple[str, ...] | None:
    text = " ".join("".join(element.itertext()).split())
    return tuple(re.findall(r"\d{1,3}", text)) if len(text) <= _LONGEST_TEXT else None


def _url_of(page: Page, element: Any) -> str | None:
    try:
        return urldefrag(page.absolute(element.get("href")) or "").url or None
    except ValueError:
        return None


def _is_elsewhere(element: Any) -> bool:
    """Tell whether a link stands in the comments or in a gallery, by what the elements around it are called."""
    while element is not None and element.tag not in _BOUNDARIES:
        if _ELSEWHERE.search(f"{element.get('id') or ''} {element.get('class') or ''}"):
            return True
        element = element.getparent()
    return False


def _places(url: str) -> list[_Place]:
    """The readings of a URL: the page that it names, and the numbered page of another that it may be."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    host, path = parts.netloc.lower(), _without_ending(unquote(parts.path))
    query = [item for item in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(item[0])]
    found = [_Place((host, path, frozenset(query)), 1, "")]
    numbered = [item for item in query if item[0].lower() in _PARAMETERS and _NUMBER.fullmatch(item[1])]
    if len(numbered) == 1:
        rest = frozenset(query) - set(numbered)
        found.append(_Place((host, path, rest), int(numbered[0][1]), "worded"))
    if match := _NUMBERED.search(path):
        kind = "worded" if match["word"] else "segment" if match["mark"] == "/" else "bare"
        base = _without_ending(path[: match.start()])
        found.append(_Place((host, base, frozenset(query)), int(match["number"]), kind))
    return [place for place in found if place.base[1] or place.base[2] or not place.kind]


def _without_ending(path: str) -> str:
    return _ENDING.sub("", path, count=1)


def _last_segment(path: str) -> str:
    return path.rpartition("/")[2]
