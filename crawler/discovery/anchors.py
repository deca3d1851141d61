"""The links of a page as a reader meets them: where each stands, and what it says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from crawler.discovery.page import WebPage
from crawler.sites import site_of
from crawler.text import absolute_url, clean_line

_MAX_ANCHORS = 5_000  # the largest front pages hold about 1,500
_MAX_CHARACTERS = 600  # of one anchor; what follows is a summary
_HEADINGS = ("h1", "h2", "h3", "h4")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "em", "font", "i", "mark", "q", "s", "small", "strong", "sub", "sup", "u"}
)
_SILENT = frozenset({"script", "style", "noscript", "template", "svg"})
_DESCRIPTIONS = etree.XPath("string(@aria-label | @title | .//img/@alt)")
_OWN_TITLE = etree.XPath("(.//*[contains(@class, 'title') or contains(@class, 'headline')])[1]")

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|docx?|xlsx?|pptx?|zip|gz|mp[34]|m4[av]|webm|css|js|json|xml|rss|ics|apk|exe)$",
    re.IGNORECASE,
)
_ROLES = {"navigation": "nav", "menu": "nav", "menubar": "nav", "banner": "header", "contentinfo": "footer"}
_NAMED_NAVIGATION = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|(?:main|top|sub|site)(?:nav|menu)|(?:sub)?menu|bread-?crumbs?|tag-?cloud|tags"
    r"|pagination|pager|paging|social|share|site-?map|cookie|consent)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NAMED_EDGE = re.compile(
    r"(?:^|\s)(?:(?:site|page|global|main)[-_]?)?(?P<edge>header|footer)(?:$|\s|[-_](?:links|top|bottom|nav|menu))"
    r"|(?:^|[\s_-])(?P<aside>sidebar|aside)(?:$|[\s_-])",
    re.IGNORECASE,
)


class Region(Enum):
    """The part of a page that an anchor stands in."""

    PAGE = "page"
    CONTENT = "content"
    ASIDE = "aside"
    HEADER = "header"
    NAVIGATION = "navigation"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands; ``is_heading`` if it is inside a heading."""

    region: Region = Region.PAGE
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Anchor:
    """One ``<a href>`` that leads to another page of the same site; ``url`` has no fragment."""

    element: Any
    url: str
    path: str
    query: str
    place: Place
    text: str | None
    description: str | None
    """What it is said to show, in place of a text: a label, or the alternative text of a picture."""
    has_picture: bool
    rel: frozenset[str]


def read_anchors(page: WebPage) -> list[Anchor]:
    """The first 5,000 links of a page to other pages of its site, in document order."""
    reader = _Reader(page)
    elements = islice(page.tree.iter("a"), _MAX_ANCHORS)
    return [anchor for element in elements if (anchor := reader.read(element))]


class _Reader:
    """Reads the anchors of one page; remembers the hosts it met and where elements stand."""

    def __init__(self, page: WebPage) -> None:
        self._page = page
        self._site = site_of(page.url)
        self._urls: dict[str, tuple[str, str, str] | None] = {}
        self._is_own: dict[str, bool] = {}
        self._places: dict[Any, Place] = {}

    def read(self, element: Any) -> Anchor | None:
        href = element.get("href")
        if not href:
            return None
        if href not in self._urls:
            self._urls[href] = self._resolve(href)
        target = self._urls[href]
        if target is None:
            return None
        place = self._place(element)
        heading = next(element.iter(*_HEADINGS), None)
        return Anchor(
            element,
            *target,
            place if heading is None else Place(place.region, is_heading=True),
            _text(element, heading),
            clean_line(_DESCRIPTIONS(element)),
            has_picture=next(element.iter("img", "picture", "video"), None) is not None,
            rel=frozenset((element.get("rel") or "").lower().split()),
        )

    def _resolve(self, href: str) -> tuple[str, str, str] | None:
        """The absolute URL without its fragment, its path and its query.

        None for this very page, for what is not of its site, and for files that are no pages.
        """
        url = (absolute_url(href, self._page.base_url) or "").partition("#")[0]
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in {"http", "https"} or url == self._page.url or _FILE.search(parts.path):
            return None
        if parts.netloc not in self._is_own:
            site = site_of(url)
            self._is_own[parts.netloc] = bool(site) and site == self._site
        return (url, parts.path, parts.query) if self._is_own[parts.netloc] else None

    def _place(self, element: Any) -> Place:
        """Where an element stands, from the outermost element inwards; each element is asked once."""
        path, outer = [], element
        while outer is not None and outer not in self._places:
            path.append(outer)
            outer = outer.getparent()
        place = Place() if outer is None else self._places[outer]
        for inner in reversed(path):
            place = self._places[inner] = _enter(inner, place)
        return place


def _text(anchor: Any, heading: Any) -> str | None:
    """What an anchor says: its heading, what is called its title, or all of it."""
    if heading is None and len(anchor):
        heading = next(iter(_OWN_TITLE(anchor)), None)
    text = None if heading is None else clean_line(_visible_text(heading))
    return text or clean_line(_visible_text(anchor))


def _visible_text(element: Any) -> str:
    """The text of an element, cut after 600 characters or more, with a space wherever a line ends."""
    if not len(element):
        return (element.text or "")[:_MAX_CHARACTERS]
    length, pieces = 0, []
    for piece in _pieces(element):
        pieces.append(piece[:_MAX_CHARACTERS])
        length += len(piece)
        if length > _MAX_CHARACTERS:
            break
    return "".join(pieces)


def _pieces(element: Any) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        if child.tag not in _SILENT:
            gap = "" if child.tag in _INLINE else " "
            yield gap
            yield from _pieces(child)
            yield gap
        if child.tail:
            yield child.tail


def _enter(element: Any, outer: Place) -> Place:
    """The place of what is inside an element, given the place of the element itself."""
    if element.tag in _HEADINGS:
        return replace(outer, is_heading=True)
    if outer.region is Region.NAVIGATION:
        return outer
    region = _region(element, outer.region)
    return outer if region is outer.region else replace(outer, region=region)


def _region(element: Any, outer: Region) -> Region:
    tag = _ROLES.get(element.get("role", ""), element.tag)
    if tag == "nav":
        return Region.NAVIGATION
    if tag == "aside":
        return Region.ASIDE
    if tag in {"main", "article"}:
        return Region.ASIDE if outer is Region.ASIDE else Region.CONTENT
    if outer is not Region.CONTENT and tag == "footer":
        return Region.NAVIGATION
    if outer is not Region.CONTENT and tag == "header":
        return Region.HEADER
    return _named_region(element, outer)


def _named_region(element: Any, outer: Region) -> Region:
    """What class and id say, which older pages have in place of elements that mean something."""
    if element.tag in {"a", "body", "html"}:
        return outer
    names = f"{element.get('class', '')} {element.get('id', '')}"
    if _NAMED_NAVIGATION.search(names) and not _is_page(element):
        return Region.NAVIGATION
    named = _NAMED_EDGE.search(names)
    if named is None or outer is Region.CONTENT or _holds_articles(element):
        return outer
    if named["aside"]:
        return Region.ASIDE
    return Region.NAVIGATION if named["edge"].lower() == "footer" else Region.HEADER


def _is_page(element: Any) -> bool:
    """Tell whether what is called a menu is the page itself, styled by whether its menu is open."""
    return _holds_articles(element) or any(
        next(heading.iter("a"), None) is not None or heading.getparent().tag == "a"
        for heading in element.iter("h2", "h3")
    )


def _holds_articles(element: Any) -> bool:
    return next(element.iter("article", "main"), None) is not None
