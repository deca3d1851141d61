"""Sources as feed readers exchange them (https://opml.org/spec2.opml), with what OPML has no word for beside it.

What only we know stands in attributes with the prefix ``tidings:``, which feed readers pass over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from crawler.sites import host_of
from crawler.source import Source, check_http_url
from scheduler.definition import name_of, name_of_title
from scheduler.exchange.entries import Entry, UnreadableError, as_texts, from_text

_PREFIX = "tidings:"
_NAMESPACE = "urn:tidings:source"

Attributes = dict[str, str]


@dataclass(slots=True)
class _Group:
    """The outlines that make one source."""

    line: int
    first: Attributes
    feeds: list[str] = field(default_factory=list)


def read_opml(data: bytes) -> list[Entry]:
    """The sources of a list of feeds, however deep its outlines are nested; raises UnreadableError.

    Feeds whose ``htmlUrl`` is on one host make one source, which is named after the host; any other feed is a
    source of its own, named after its title. Folders and categories are passed over. A file that declares entities
    is refused, so that none is ever expanded.
    """
    groups: dict[Any, _Group] = {}
    feeds: set[str] = set()
    for number, (line, outline) in enumerate(_outlines(data)):
        feed = outline.get("xmlurl", "")
        # What is there twice stands alone the second time, so that it is told.
        key = None if feed in feeds else _key(outline)
        group = groups.setdefault(key or number, _Group(line, outline))
        if feed:
            group.feeds.append(feed)
            feeds.add(feed)
    return [Entry(group.line, _written(group)) for group in groups.values()]


def write_opml(sources: Iterable[Source]) -> str:
    """One outline for each feed; a source without feeds is a link. Outlines of one source have its name."""
    lines = [line for source in sources for line in _lines(source)]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0" xmlns:tidings="{_NAMESPACE}">'
    return "\n".join([head, "<head><title>tidings</title></head>", "<body>", *lines, "</body>", "</opml>", ""])


def _outlines(data: bytes) -> list[tuple[int, Attributes]]:
    """Every outline that is a feed or one of our own, with its line; names of attributes in lower case."""
    found: list[tuple[int, Attributes]] = []
    parser = expat.ParserCreate()

    def began(name: str, _: Attributes) -> None:
        if name.lower() != "opml":
            raise UnreadableError(f"{parser.CurrentLineNumber}: is not OPML: its first element is <{name}>")
        parser.StartElementHandler = started

    def started(name: str, attributes: Attributes) -> None:
        named = {key.lower(): value.strip() for key, value in attributes.items()}
        if name.lower() == "outline" and (named.get("xmlurl") or named.get(f"{_PREFIX}name")):
            found.append((parser.CurrentLineNumber, named))

    def declared(*_: Any) -> None:
        raise UnreadableError(f"{parser.CurrentLineNumber}: declares entities, which are never expanded")

    parser.StartElementHandler = began
    parser.EntityDeclHandler = declared
    try:
        parser.Parse(data, True)  # noqa: FBT003 (expat takes nothing by name)
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code)
        raise UnreadableError(f"{error.lineno}: column {error.offset + 1}: {words}") from None
    return found


def _key(outline: Attributes) -> tuple[str, str] | None:
    """What the outlines of one source have in common; None for one that is a source of its own."""
    if name := outline.get(f"{_PREFIX}name"):
        return "name", name
    page = _page(outline)
    return ("host", host_of(page).removeprefix("www.")) if page else None


def _page(outline: Attributes) -> str | None:
    """The site that a feed says it belongs to, if it says so in a way that can be used."""
    try:
        return check_http_url(outline.get("htmlurl", ""))
    except ValueError:
        return None


def _written(group: _Group) -> dict[str, Any]:
    outline = group.first
    own = {key.removeprefix(_PREFIX): value for key, value in outline.items() if key.startswith(_PREFIX) and value}
    url = _page(outline) or outline.get("url") or _home_of(outline.get("xmlurl", ""))
    title = outline.get("title") or outline.get("text") or ""
    name = name_of(url) if len(group.feeds) > 1 else name_of_title(title, url)
    written: dict[str, Any] = {"name": name, "url": url}
    if group.feeds:
        written["feeds"] = group.feeds
    return written | {key: from_text(key, value) for key, value in own.items()}


def _home_of(feed: str) -> str:
    try:
        parts = urlsplit(feed)
    except ValueError:  # the URL's own check says so better
        return feed
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else feed


def _lines(source: Source) -> Iterator[str]:
    texts = as_texts(source)
    own = {f"{_PREFIX}{key}": value for key, value in texts.items() if key not in {"url", "feeds"}}
    shared = {"text": source.name, "title": source.name}
    if not source.feeds:
        yield _outline({"type": "link", **shared, "url": source.url, **own})
    for number, feed in enumerate(source.feeds):
        again = own if number == 0 else {f"{_PREFIX}name": source.name}
        yield _outline({"type": "rss", **shared, "xmlUrl": feed, "htmlUrl": source.url, **again})


def _outline(attributes: Attributes) -> str:
    return f"<outline {' '.join(f'{key}={quoteattr(value)}' for key, value in attributes.items())}/>"
