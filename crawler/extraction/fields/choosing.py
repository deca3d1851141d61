"""Choosing: of several claims about one field, the one to store."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import urlsplit

from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.fields.headline import Names
from crawler.extraction.fields.names import is_agency, looks_like_name
from crawler.extraction.fields.sections import is_generic, read_section_of_links
from crawler.extraction.fields.signatures import choose_signature
from crawler.extraction.page import Page
from crawler.text import comparable

_ROOTS = frozenset({"", "/"})


def choose_text(
    claims: Sequence[Claims],
    field: Literal[
        "description",
        "dateline",
    ],
) -> Choice | None:
    """Choose the first claim made; the claims come in the order of trust."""
    return next((Choice(value, claim.origin) for claim in claims if (value := getattr(claim, field))), None)


def choose_keywords(claims: Sequence[Claims]) -> Choice | None:
    """Choose the first claim that names any."""
    return next((Choice(claim.keywords, claim.origin) for claim in claims if claim.keywords), None)


def choose_authors(claims: Sequence[Claims], names: Names) -> Choice | None:
    """Choose the first claim that names others than the site itself, else the site.

    The name of a section is nobody's, and that of the site is left out beside people's. The initials of an agency
    alone do not take the site's place: they say where it has the news from.
    """
    named = [
        Choice(authors, claim.origin)
        for claim in claims
        if (authors := tuple(name for name in claim.authors if comparable(name) not in names.sections))
    ]
    first = next(iter(named), None)
    for choice in named:
        others = tuple(name for name in choice.value if comparable(name) not in names.sites)
        if any(map(looks_like_name, others)):
            return Choice(others, choice.origin)
        if others and (choice is first or not all(map(is_agency, others))):
            return choice
    return first


def sign(authors: Choice | None, names: Names, text: str, page: Page) -> Choice | None:
    """Let who signed the ``text`` take the place of nobody, or of the site; of the site only a person may."""
    if authors and any(comparable(name) not in names.sites for name in authors.value):
        return authors
    signature = choose_signature(text, page)
    if not signature or (authors and all(map(is_agency, signature.value))):
        return authors
    return signature


def choose_section(
    claims: Sequence[Claims], trail: Sequence[str], page: Page, names: Names, labels: set[str]
) -> Choice | None:
    """Choose the first section claimed, else the outermost of the breadcrumbs, else one that the page links to.

    One that holds whatever the site publishes, such as "News", is a section where no other is named.
    """
    claimed = [
        Choice(claim.article_section, claim.origin)
        for claim in claims
        if claim.article_section and not claim.article_section.startswith(("http:", "https:"))
    ]
    if claimed:
        return next((choice for choice in claimed if not is_generic(choice.value)), claimed[0])
    crumbs = (name for name in trail if not is_generic(name) and comparable(name) in names.sections)
    section = next(crumbs, None) or read_section_of_links(page, labels - names.sites)
    return Choice(section, "html") if section else None


def choose_canonical(claims: Sequence[Claims], page: Page) -> Choice | None:
    """Choose the first canonical URL; one that names the home page from elsewhere is a template's mistake."""
    urls = (Choice(page.absolute(claim.canonical_url), claim.origin) for claim in claims)
    return next((url for url in urls if url.value and not (is_home(url.value) and not is_home(page.url))), None)


def is_home(url: str) -> bool:
    """Tell whether a URL names a site's home page: no path and no query."""
    parts = urlsplit(url)
    return parts.path in _ROOTS and not parts.query
