"""Sections: what the page says of its place on the site."""

from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from crawler.extraction.claims.json_ld import Item, types_of
from crawler.extraction.claims.marks import Marks, short_text
from crawler.extraction.page import Page
from crawler.text import clean_line, comparable

_MOST = 10  # crumbs of a trail
_LONGEST = 40  # characters of a section's name
_MOST_LINKS = 2_000  # of a page
_LONGEST_LINK = 400  # characters of an address that are looked at
# First crumbs, and segments of paths, that name no section.
_HOME = frozenset(
    """
    home homepage start startseite accueil inicio início portada website главная anasayfa hjem forside hem strona
    główna úvod domů kezdőlap etusivu beranda trangchủ होम الرئيسية ראשי 首页 首頁 ホーム トップ top 홈
    """.split()  # noqa: SIM905 (a list to be read)
)
_GENERIC = frozenset(
    """
    article articles artikel articulo artigo articolo story stories news newspaper post posts blog content
    nachrichten actualites actualite noticias noticia notizie nieuws zpravy wiadomosci haber index en de fr es it
    pt
    """.split()  # noqa: SIM905 (a list to be read)
)


def is_generic(name: str) -> bool:
    """Tell the name of a section that holds whatever the site publishes, such as "News"."""
    return comparable(name) in _GENERIC


def read_trail(items: list[Item], marks: Marks) -> list[str]:
    """Name the sections the page lies in, the outermost first, by JSON-LD's ``BreadcrumbList`` or the markup."""
    lists = (item for item in items if "BreadcrumbList" in types_of(item))
    found = next(filter(None, map(_crumbs, lists)), None)
    if not found:
        found = next(filter(None, (_links(trail) for trail in marks.trails[:_MOST])), [])
    return [name for name in found if len(name) <= _LONGEST and comparable(name) not in _HOME]


def read_section_of_links(page: Page, labels: set[str]) -> str | None:
    """Name the section by the page's own link to it.

    It leads to the path that the page's own begins with (``<a href="/sport/">`` on ``/sport/ferry``), or has the
    words of one of the ``labels`` beside the headline, in comparable form.
    """
    segment = _section_segment(page)
    for link in islice(page.tree.iter("a"), _MOST_LINKS):
        href = (link.get("href") or "")[:_LONGEST_LINK]
        if (
            segment
            and segment in href
            and _path(page, href) == f"/{segment}"
            and (name := short_text(link, _LONGEST))
        ):
            return name
        if labels and (name := short_text(link, _LONGEST)) and comparable(name) in labels and not is_generic(name):
            return name
    return None


def _section_segment(page: Page) -> str | None:
    segments = [segment for segment in urlsplit(page.url).path.split("/") if segment]
    is_section = segments[1:] and segments[0].replace("-", "").isalpha() and segments[0].lower() not in _GENERIC
    return segments[0] if is_section else None


def _path(page: Page, href: str) -> str | None:
    here, parts = urlsplit(page.url), urlsplit(page.absolute(href) or "")
    return parts.path.rstrip("/") if parts.hostname == here.hostname and not parts.query else None


def _crumbs(item: Item) -> list[str]:
    entries = item.get("itemListElement")
    entries = entries if isinstance(entries, list) else [entries]
    return [name for entry in entries[:_MOST] if (name := _name(entry))]


def _name(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    item = entry.get("item")
    return clean_line(entry.get("name")) or (clean_line(item.get("name")) if isinstance(item, dict) else None)


def _links(trail: Any) -> list[str]:
    links = islice(trail.iter("a"), _MOST)
    return [text for link in links if (text := short_text(link, _LONGEST))]
