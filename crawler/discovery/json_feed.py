"""JSON Feed 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from crawler.discovery.claims import first_of_each, make_link
from crawler.discovery.document import Document, also
from crawler.discovery.full_text import read_markup, read_text
from crawler.discovery.links import Discovered, DocumentUnreadableError, Link
from crawler.text import absolute_url

_MAX_ITEMS = 10_000  # as of other feeds
_FEED_KEYS = {"home_page_url", "feed_url"}


def read_json_feed(document: Document, url: str, zone: tzinfo) -> Discovered:
    """Read a feed's items in document order; those without a URL are left out."""
    feed = _parse(document.content)
    items = [item for item in feed["items"] if isinstance(item, dict)]
    links = (_read_item(item, url, zone, _string(feed, "language")) for item in items[:_MAX_ITEMS])
    flood = f"lists more than {_MAX_ITEMS:,} items; the rest is left out" if len(items) > _MAX_ITEMS else None
    page = absolute_url(_string(feed, "next_url"), url)
    return Discovered(
        "json_feed",
        first_of_each(link for link in links if link),
        damage=also(document.damage, flood),
        pages=[page] if page and page.startswith("http") and page != url else [],
    )


def _parse(content: bytes) -> dict[str, Any]:
    try:
        feed = json.loads(content, strict=False)  # a line break inside a string is understood
    except json.JSONDecodeError as error:
        place = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise DocumentUnreadableError(f"is not well-formed JSON: {place}") from None
    except RecursionError:
        raise DocumentUnreadableError("is not well-formed JSON: it is nested too deep") from None
    except ValueError as error:  # a number of thousands of digits
        raise DocumentUnreadableError(f"is not well-formed JSON: {error!s:.200}") from None
    says_so = "jsonfeed" in (_string(feed, "version") or "") or _FEED_KEYS & feed.keys()
    if not says_so or not isinstance(feed.get("items"), list):
        raise DocumentUnreadableError("is JSON, but no JSON Feed: it lacks a version, or a list of items")
    return dict(feed)


def _read_item(item: dict[str, Any], url: str, zone: tzinfo, language: str | None) -> Link | None:
    address = absolute_url(_listed_url(item), url)
    if address is None:
        return None
    return make_link(
        address,
        zone,
        headline=_string(item, "title"),
        published=[_string(item, "date_published")],
        modified=[_string(item, "date_modified")],
        authors=_authors(item),
        language=_string(item, "language") or language,
        keywords=[tag for tag in _list(item, "tags") if isinstance(tag, str)],
        article_body=_article_body(item),
    )


def _listed_url(item: dict[str, Any]) -> str | None:
    """The item's own page, else the page elsewhere that it speaks of, else its identity if that is a URL."""
    identity = _string(item, "id") or ""
    return _string(item, "url") or _string(item, "external_url") or (identity if "://" in identity else None)


def _authors(item: dict[str, Any]) -> Iterator[str | None]:
    """The names of version 1.1's ``authors``, and of version 1's ``author``."""
    authors = [*_list(item, "authors"), item.get("author")]
    return (_string(author, "name") for author in authors if isinstance(author, dict))


def _article_body(item: dict[str, Any]) -> str | None:
    """The full text; what only repeats the summary is none."""
    for name, read in (("content_html", read_markup), ("content_text", read_text)):
        content = _string(item, name)
        if content and content != _string(item, "summary") and (body := read(content)):
            return body
    return None


def _string(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    return value if isinstance(value, list) else []
