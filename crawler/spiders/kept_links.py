"""What a document says of a URL, as ``tidings.urls.link`` keeps it until the last visit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawler.discovery import Link


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
