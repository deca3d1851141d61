"""Choosing: of several claims about one field, the one to store."""

import re
from collections.abc import Sequence
from datetime import tzinfo
from typing import Literal
from urllib.parse import urlsplit

from crawler.dates import Moment, read_moment
from crawler.extraction.claims import Claims, Origin
from crawler.extraction.page import Page
from crawler.text import clean_language, comparable

_SITE_SEPARATOR = re.compile(r"\s+(?:[-\u2013\u2014|·•»:]|//)\s+|\s*\|\s*")
_ROOTS = frozenset({"", "/"})


def choose_text(
    claims: Sequence[Claims], field: Literal["article_body", "description", "article_section"]
) -> str | None:
    """Choose the first claim made; the claims come in the order of trust."""
    return next((value for claim in claims if (value := getattr(claim, field))), None)


def choose_keywords(claims: Sequence[Claims]) -> tuple[str, ...]:
    """Choose the first claim that names any."""
    return next((claim.keywords for claim in claims if claim.keywords), ())


def choose_authors(claims: Sequence[Claims], page: Page) -> tuple[str, ...]:
    """Choose the first claim that names others than the site itself; the site, if nobody else is named."""
    sites = _site_names(claims, page)
    named = [claim.authors for claim in claims if claim.authors]
    others = (authors for authors in named if not {comparable(name) for name in authors} <= sites)
    return next(others, named[0] if named else ())


def choose_headline(claims: Sequence[Claims], title: str | None, page: Page) -> str | None:
    """Choose the first headline claimed, else the title, without the site's name after it.

    What follows a separator is taken off too where another claim ends before it.
    """
    headline = next((claim.headline for claim in claims if claim.headline), title)
    claimed = {comparable(claim.headline) for claim in claims if claim.headline}
    return _without_suffix(headline, _site_names(claims, page), claimed) if headline else None


def choose_moment(
    claims: Sequence[Claims], field: Literal["date_published", "date_modified"], zone: tzinfo
) -> tuple[Moment, Origin] | None:
    """Choose the first readable time, or a later claim that adds the time of day to the same day."""
    readings = [(moment, claim.origin) for claim in claims if (moment := read_moment(getattr(claim, field), zone))]
    if not readings:
        return None
    day = readings[0][0].time.astimezone(zone).date()
    same_day = (reading for reading in readings if reading[0].time.astimezone(zone).date() == day)
    return next((reading for reading in same_day if reading[0].has_time_of_day), readings[0])


def choose_language(claims: Sequence[Claims]) -> str | None:
    """Choose the first claim that is a language tag, cut to its primary subtag: ``pt_BR`` is ``pt``."""
    return next((tag for claim in claims if (tag := clean_language(claim.in_language))), None)


def choose_image(claims: Sequence[Claims], page: Page) -> str | None:
    """Choose the first image that has an http address."""
    return next((url for claim in claims if (url := page.absolute(claim.main_image_url))), None)


def choose_canonical(claims: Sequence[Claims], page: Page) -> str | None:
    """Choose the first canonical URL; one that names the home page from elsewhere is a template's mistake."""
    urls = (page.absolute(claim.canonical_url) for claim in claims)
    return next((url for url in urls if url and not (is_home(url) and not is_home(page.url))), None)


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
