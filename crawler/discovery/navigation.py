"""Where else a listing leads: its next pages, and the section fronts of its menus."""

import re
from collections.abc import Iterable, Iterator

from crawler.discovery.anchors import Anchor, Region
from crawler.discovery.cards import Card
from crawler.discovery.evidence import is_telling
from crawler.discovery.page import WebPage
from crawler.discovery.shapes import path_segments
from crawler.discovery.words import leads_on
from crawler.sites import site_of
from crawler.text import absolute_url
from crawler.url_words import FRONT_WORDS, INDEX_WORDS, SERVICE_WORDS

_MAX_PAGES = 10
_MAX_SECTIONS = 50
_FEW_SECTIONS = 3  # in menus: fewer, and the menus are not marked as such
_SECTION_DEPTH = 4  # segments: /de/sport/fussball/bundesliga
_NO_SECTIONS = INDEX_WORDS | SERVICE_WORDS | {"{year}"}  # a year's or month's archive is none
_MENUS = frozenset({Region.NAVIGATION, Region.HEADER})

_NUMBER = re.compile(
    r"(?:/(?:page|seite|pagina|strona|sayfa|sida|side|trang|halaman|stranka|oldal|p)[/=-]?"
    r"|(?P<parameter>[?&])(?:page|paged|pg|pagina|seite|pageno|pagenum|currentpage|p|start|offset|from)=)"
    r"(?P<number>\d{1,5})(?=/|$|&|\.)",
    re.IGNORECASE,
)


def read_pages(anchors: Iterable[Anchor], page: WebPage) -> list[str]:
    """Further pages of the same listing, nearest first, at most ten; pages before this one are left out."""
    here, list_url = _split(page.url)
    found = dict.fromkeys(_announced(page), here + 1)
    for anchor in anchors:
        number, of_list = _split(anchor.url)
        is_of_list = of_list == list_url and anchor.text != "1"
        if "next" in anchor.rel or (not is_of_list and _says_older(anchor, list_url)):
            found.setdefault(anchor.url, number or here + 1)
        elif is_of_list:
            found.setdefault(anchor.url, number)
    later = [url for url, number in found.items() if number > here]
    return sorted(later, key=lambda url: found[url])[:_MAX_PAGES]


def read_sections(cards: Iterable[Card]) -> list[str]:
    """What looks like a section front in the menus, or anywhere on a page whose menus have next to none.

    At most fifty.
    """
    fronts = [card for card in cards if _looks_like_front(card)]
    in_menus = [card for card in fronts if any(anchor.place.region in _MENUS for anchor in card.anchors)]
    chosen = in_menus if len(in_menus) >= _FEW_SECTIONS else fronts
    return [card.url for card in chosen[:_MAX_SECTIONS]]


def _announced(page: WebPage) -> Iterator[str]:
    """The next page that ``<link rel="next">`` names."""
    for link in page.tree.iter("link"):
        url = absolute_url(link.get("href"), page.base_url)
        if url and "next" in (link.get("rel") or "").lower().split() and site_of(url) == site_of(page.url):
            yield url


def _says_older(anchor: Anchor, list_url: str) -> bool:
    """Tell a link to older entries, which need not be numbered, from a section by the name of "Next"."""
    return anchor.url.startswith(list_url.partition("?")[0]) and leads_on(anchor.text or anchor.description or "")


def _split(url: str) -> tuple[int, str]:
    """Which page of a list a URL is, 0 for none or the first, and the URL of the list."""
    match = _NUMBER.search(url)
    if match is None:
        return 0, url.rstrip("/?")
    before, behind = url[: match.start()], url[match.end() :]
    joint = "?" if match["parameter"] == "?" and behind.startswith("&") else ""
    return int(match["number"]), f"{before}{joint}{behind.removeprefix('&') if joint else behind}".rstrip("/?")


def _looks_like_front(card: Card) -> bool:
    target = card.anchors[0]
    segments = path_segments(target.path)
    if target.query or len(segments) > _SECTION_DEPTH or not card.text or card.looks_like == "headline":
        return False
    words = {part.partition(".")[0] for part in card.shape.split("/")}
    if words & _NO_SECTIONS:
        return False
    return not is_telling(card.shape) or bool(words & FRONT_WORDS)
