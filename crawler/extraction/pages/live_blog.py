"""Live blogs: one article whose text grows by updates, each with a headline, an author and a time of its own."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from itertools import accumulate
from typing import Any, NamedTuple
from urllib.parse import urldefrag

from crawler.dates import read_moment
from crawler.extraction.claims.claims import Claims
from crawler.extraction.claims.json_ld import Item, find_article, types_of
from crawler.extraction.fields.names import read_names
from crawler.extraction.page import Page
from crawler.text import clean_line, clean_markup, comparable

MOST_UPDATES = 500
"""Updates of one blog that are read, the first on the page: a day's has a hundred."""
MOST_TEXT = 1_000_000
"""Characters of a blog's text."""

_TYPE = "LiveBlogPosting"
_MOST_BETWEEN = 3  # lines from an update's headline to its text
_PROBE = 60  # letters of an update that are looked for in the page's text


@dataclass(frozen=True, slots=True)
class LiveBlog:
    """A page's live blog: ``item`` is what JSON-LD says of it, empty where only the markup tells."""

    item: Item
    updates: tuple[Item, ...] = ()
    is_cut: bool = False  # it has more updates

    @property
    def authors(self) -> frozenset[str]:
        """Who wrote the updates."""
        entries = [entry for update in self.updates for entry in _each(update.get("author"))]
        names = (entry.get("name") if isinstance(entry, dict) else entry for entry in entries)
        return frozenset(name for line in names if isinstance(line, str) for name in read_names([line]))


def find_live_blog(items: Sequence[Item], item: Item | None, page: Page) -> LiveBlog | None:
    """Find the page's live blog: in JSON-LD, else as schema.org's type of what the heading stands in.

    ``item`` is what describes the page otherwise. A blog of another page, which is only pointed at, is none.
    """
    blog = find_article([found for found in items if _TYPE in types_of(found)], page)
    if blog and (item is None or item is blog or _is_update(item) or _is_of(blog, item, page)):
        updates = [entry for entry in _each(blog.get("liveBlogUpdate")) if isinstance(entry, dict)]
        return LiveBlog(blog, tuple(updates[:MOST_UPDATES]), is_cut=len(updates) > MOST_UPDATES)
    heading = next(page.tree.iter("h1"), page.tree)
    around = (heading, *heading.iterancestors())  # to look at all elements costs 0.3 ms
    return LiveBlog({}) if any(_TYPE in (element.get("itemtype") or "") for element in around) else None


def choose_item(item: Item | None, blog: LiveBlog | None) -> Item | None:
    """Choose what describes the page: not one of the blog's updates, whose URLs differ by a fragment alone."""
    return blog.item if blog and blog.item and (item is None or _is_update(item)) else item


def own_claims(claims: Claims, blog: LiveBlog) -> Claims:
    """Take out of the claims of the page what is claimed of its updates."""
    headlines = {comparable(line) for update in blog.updates if (line := _headline(update))}
    times = {value for update in blog.updates for value in _times(update)}
    names = blog.authors
    return replace(
        claims,
        headline=None if comparable(claims.headline or "") in headlines else claims.headline,
        authors=() if names and set(claims.authors) <= names else claims.authors,
        date_published=None if claims.date_published in times else claims.date_published,
        date_modified=None if claims.date_modified in times else claims.date_modified,
    )


def with_times(claims: Claims, blog: LiveBlog) -> Claims:
    """Fill in the blog's own times: its coverage starts with the first update, and the newest one modifies it."""
    modified = [claims.date_modified, *(value for update in blog.updates for value in _times(update))]
    read = {str(value): moment.time for value in modified if value and (moment := read_moment(value, UTC))}
    return replace(
        claims,
        date_published=claims.date_published
        or clean_line(blog.item.get("coverageStartTime"))
        or min(read, key=lambda value: read[value], default=None),
        date_modified=max(read, key=lambda value: read[value], default=claims.date_modified),
    )


def complete(text: str, blog: LiveBlog) -> str:
    """Put into the page's visible text the updates that it lacks, each where it belongs among the others.

    A text that had to be cut ends with a line of its own, ``[…]``.
    """
    sight = _Sight(text)
    texts = [_Text(_headline(update), _body(update)) for update in blog.updates]
    updates = [(update.lines, sight.find(update)) for update in texts if update.lines]
    found = [span.start for _, span in updates if span]
    if len(found) == len(updates):
        return _bounded(sight.lines, is_cut=False)
    if len(found) > 1 and found == sorted(found, reverse=True):  # the page has them the other way round
        updates.reverse()
    whole: list[str] = []
    waiting: list[str] = []
    cursor = 0
    for lines, span in updates:
        if span is None:
            waiting += lines
            continue
        start, end = max(span.start, cursor), max(span.stop, cursor)
        whole += [*sight.lines[cursor:start], *waiting, *sight.lines[start:end]]
        waiting, cursor = [], end
    rest = sight.lines[cursor:]
    # Without any update in sight, the text is the blog's introduction.
    whole += [*waiting, *rest] if found else [*rest, *waiting]
    return _bounded(whole, is_cut=blog.is_cut)


class _Text(NamedTuple):
    """What an update says."""

    headline: str | None
    body: str | None

    @property
    def lines(self) -> list[str]:
        """Its paragraphs, the headline first unless they repeat it."""
        paragraphs = self.body.split("\n") if self.body else []
        if not self.headline or comparable("".join(paragraphs[:1])).startswith(comparable(self.headline)):
            return paragraphs
        return [self.headline, *paragraphs]


class _Sight:
    """The visible text, searched for updates by letters alone: JSON-LD runs paragraphs together."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n") if text else []
        self._keys = [comparable(line) for line in self.lines]
        self._letters = "".join(self._keys)
        self._starts = list(accumulate(map(len, self._keys), initial=0))

    def find(self, update: _Text) -> range | None:
        """The lines of an update, by its first or its last letters; its headline may also stand in a summary."""
        headline = comparable(update.headline or "")
        body = comparable(update.body or "") or headline
        start = self._letters.find(body[:_PROBE]) if body else -1
        end = self._letters.find(body[-_PROBE:], max(start, 0)) if body else -1
        if start < 0 and end < 0:
            return None
        first, last = (start if start >= 0 else end), (end if end >= 0 else start)
        line = self._line(first)
        above = range(max(line - _MOST_BETWEEN, 0), line)  # between headline and text stand hour and author
        begin = next((number for number in above if headline and self._keys[number] == headline), line)
        return range(begin, self._line(last + min(_PROBE, len(body)) - 1) + 1)

    def _line(self, letter: int) -> int:
        return bisect_right(self._starts, letter) - 1


def _body(update: Item) -> str | None:
    return clean_markup(update.get("articleBody")) or clean_markup(update.get("description"))


def _headline(update: Item) -> str | None:
    return clean_line(update.get("headline")) or clean_line(update.get("name"))


def _times(update: Item) -> Iterator[str]:
    return (line for key in ("datePublished", "dateModified") if (line := clean_line(update.get(key))))


def _bounded(lines: Sequence[str], *, is_cut: bool) -> str:
    """As many whole lines as there is room for."""
    text = "\n".join(lines)
    if len(text) > MOST_TEXT:
        text, is_cut = text[:MOST_TEXT].rpartition("\n")[0] or text[:MOST_TEXT], True
    return f"{text}\n[…]" if is_cut else text


def _is_update(item: Item) -> bool:
    return types_of(item) == {"BlogPosting"}


def _is_of(blog: Item, item: Item, page: Page) -> bool:
    """Tell whether a blog is this page's: it has its URL, or the headline of the item that describes it."""
    urls = (page.absolute(url) for key in ("url", "mainEntityOfPage", "@id") if (url := clean_line(blog.get(key))))
    here = urldefrag(page.url).url
    same = (clean_line(blog.get("headline")) or "") == (clean_line(item.get("headline")) or None)
    return same or any(url and urldefrag(url).url == here for url in urls)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
