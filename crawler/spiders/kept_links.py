"""What a document says of a URL, as ``tidings.urls`` has it: ``link`` until the last visit, ``entry`` for good."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawler.discovery import Link
from crawler.text import storable

_LONGEST_HEADLINE = 200  # characters that are kept for good


def link_as_json(link: Link) -> dict[str, Any]:
    """What a document says of a URL, to be kept until it is visited; a full text is not kept."""
    claims = {
        "headline": link.headline,
        "date_published": link.date_published and link.date_published.isoformat(),
        "date_modified": link.date_modified and link.date_modified.isoformat(),
        "authors": list(link.authors),
        "article_section": link.article_section,
        "in_language": link.in_language,
        "keywords": list(link.keywords),
        "origin": link.origin if link.origin != "feed" else None,
        "depth": link.depth,
        "part_of": link.part_of,
    }
    return {name: value for name, value in claims.items() if value}


def entry_of(link: Link) -> dict[str, Any] | None:
    """How a URL was found, and what was said of it there, in a few words; None if nothing was."""
    where = link.part_of or link.found_on
    entry = {
        "by": "part" if link.part_of else "page" if link.found_on else "gap" if link.is_missed else None,
        "from": storable(where) if where else None,
        "headline": storable(link.headline)[:_LONGEST_HEADLINE] if link.headline else None,
        "date_published": link.date_published and link.date_published.isoformat(),
        "date_modified": link.date_modified and link.date_modified.isoformat(),
    }
    return {name: value for name, value in entry.items() if value} or None


def link_of_json(url: str, claims: Mapping[str, Any]) -> Link:
    """The link that :func:`link_as_json` wrote."""
    published, modified = claims.get("date_published"), claims.get("date_modified")
    return Link(
        url,
        headline=claims.get("headline"),
        date_published=datetime.fromisoformat(published) if published else None,
        date_modified=datetime.fromisoformat(modified) if modified else None,
        authors=tuple(claims.get("authors", ())),
        article_section=claims.get("article_section"),
        in_language=claims.get("in_language"),
        keywords=tuple(claims.get("keywords", ())),
        origin=claims.get("origin", "feed"),
        depth=claims.get("depth", 0),
        part_of=claims.get("part_of"),
    )
