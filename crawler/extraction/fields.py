"""Choosing: of several claims about one field, the one to store."""

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from crawler.extraction.claims import Choice, Claims
from crawler.extraction.page import Page
from crawler.text import comparable

_SITE_SEPARATOR = re.compile(r"\s+(?:[-\u2013\u2014|·•»:]|//)\s+|\s*\|\s*")
_ROOTS = frozenset({"", "/"})


def choose_text(
    claims: Sequence[Claims],
    field: Literal[
        "alternative_headline",
        "description",
        "article_section",
        "main_image_caption",
        "main_image_credit",
        "dateline",
    ],
) -> Choice | None:
    """Choose the first claim made; the claims come in the order of trust."""
    return next((Choice(value, claim.origin) for claim in claims if (value := getattr(claim, field))), None)


def choose_keywords(claims: Sequence[Claims]) -> Choice | None:
    """Choose the first claim that names any."""
    return next((Choice(claim.keywords, claim.origin) for claim in claims if claim.keywords), None)


def choose_authors(claims: Sequence[Claims], page: Page) -> Choice | None:
    """Choose the first claim that names others than the site itself; the site, if nobody else is named."""
    sites = _site_names(claims, page)
    named = [Choice(claim.authors, claim.origin) for claim in claims if claim.authors]
    others = (choice for choice in named if not {comparable(name) for name in choice.value} <= sites)
    return next(others, named[0] if named else None)


def choose_headline(claims: Sequence[Claims], title: str | None, page: Page) -> Choice | None:
    """Choose the first headline claimed, else the title, without the site's name after it.

    What follows a separator is taken off too where another claim ends before it.
    """
    named = (Choice(claim.headline, claim.origin) for claim in claims if claim.headline)
    found = next(named, Choice(title, "html") if title else None)
    if not found:
        return None
    claimed = {comparable(claim.headline) for claim in claims if claim.headline}
    return Choice(_without_suffix(found.value, _site_names(claims, page), claimed), found.origin)


def choose_image(claims: Sequence[Claims], page: Page) -> Choice | None:
    """Choose the first image that has an http address."""
    images = (Choice(page.absolute(claim.main_image_url), claim.origin) for claim in claims)
    return next((choice for choice in images if choice.value), None)


def choose_canonical(claims: Sequence[Claims], page: Page) -> Choice | None:
    """Choose the first canonical URL; one that names the home page from elsewhere is a template's mistake."""
    urls = (Choice(page.absolute(claim.canonical_url), claim.origin) for claim in claims)
    return next((url for url in urls if url.value and not (is_home(url.value) and not is_home(page.url))), None)


def is_home(url: str) -> bool:
    """Tell whether a URL names a site's home page: no path and no query."""
    parts = urlsplit(url)
    return parts.path in _ROOTS and not parts.query


def _without_suffix(headline: str, sites: set[str], claimed: set[str]) -> str:
    for separator in reversed(list(_SITE_SEPARATOR.finditer(headline))):
        before, after = headline[: separator.start()].strip(), headline[separator.end() :]
        if before and (comparable(after) in sites or comparable(before) in claimed):
            return before
    return headline


def _site_names(claims: Sequence[Claims], page: Page) -> set[str]:
    """Collect what the site calls itself: its claims, and from ``www.daily.example`` also ``daily``."""
    labels = (urlsplit(page.url).hostname or "").removeprefix("www.").split(".")
    claimed = {comparable(claim.site_name) for claim in claims if claim.site_name}
    return claimed | {comparable("".join(labels)), *map(comparable, labels[:-1])} - {""}
