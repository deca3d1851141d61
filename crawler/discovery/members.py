"""The members of a sitemap, read as a stream: no tree is built, however large the document or odd its shape."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from lxml import etree

from crawler.discovery.document import PARSER_OPTIONS
from crawler.discovery.links import DocumentUnreadableError

_CHUNK = 64 * 1024
_MAX_BARREN_CHUNKS = 16  # so long a tag, of a MiB, holds attributes and nothing of a sitemap
_MAX_DEPTH = 256  # libxml2's own limit, which it keeps only where it builds a tree
_MAX_CHARACTERS = 16 * 1024  # of one text

_MEMBERS = {"url", "sitemap"}
_CONTAINERS = {"news", "publication"}
_TEXTS = {"loc", "lastmod", "title", "publication_date", "language", "keywords"}
_MEDIA = re.compile("image|video")  # in the namespaces of what illustrates a page


class Member(NamedTuple):
    """What stands in one ``<url>`` or ``<sitemap>``, also in its ``<news:news>``: texts by local name."""

    is_sitemap: bool
    claims: dict[str, str]


class Members:
    """Iterates over the members of UTF-8 in pieces; what is not well-formed ends it with ``XMLSyntaxError``.

    Elements are known by their local names in lower case: prefixes and namespaces are often wrong or missing.
    ``complaint`` says afterwards what the parser passed over.
    """

    def __init__(self, pieces: Iterable[bytes], *, recover: bool = False) -> None:
        self._pieces = pieces
        self._recover = recover
        self.complaint: str | None = None

    def __iter__(self) -> Iterator[Member]:
        target = _Target()
        is_barren = False
        parser = etree.XMLParser(**PARSER_OPTIONS, recover=self._recover, target=target)
        for chunk in _chunks(self._pieces):
            parser.feed(chunk)
            yield from target.take()
            if is_barren := target.is_barren:
                break
        parser.close()  # raises what the parser has stopped at, in silence
        if is_barren:
            raise DocumentUnreadableError("holds a tag or text of over 1 MiB, which no sitemap does")
        yield from target.take()
        errors = parser.feed_error_log.filter_from_errors()
        self.complaint = next((error.message for error in errors), None)


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    return (piece[start : start + _CHUNK] for piece in pieces for start in range(0, len(piece), _CHUNK))


class _Target:
    """What the parser calls: gathers the texts of the elements directly in a member, or in its containers."""

    def __init__(self) -> None:
        self._members: list[Member] = []
        self._depth = 0
        self._num_barren = 0
        self._is_sitemap = False
        self._claims: dict[str, str] | None = None  # of the member that is open
        self._levels: list[int] = []  # the depths of the member and its containers
        self._name: str | None = None  # of the text that is open
        self._texts: list[str] = []
        self._room = 0  # for more of it, in characters

    @property
    def is_barren(self) -> bool:
        """Whether no element has begun or ended in the last MiB."""
        return self._num_barren > _MAX_BARREN_CHUNKS

    def take(self) -> list[Member]:
        """The members that have ended since the last call, which is made after every chunk."""
        self._num_barren += 1
        taken, self._members = self._members, []
        return taken

    def start(self, tag: str, _attributes: Any) -> None:
        self._num_barren = 0
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise DocumentUnreadableError(f"is nested more than {_MAX_DEPTH} levels deep")
        name = tag.rpartition("}")[2].lower()
        if name in _MEMBERS:
            self._finish()
            self._claims, self._levels, self._is_sitemap = {}, [self._depth], name == "sitemap"
        elif self._levels and self._depth == self._levels[-1] + 1:
            if name in _TEXTS and not _MEDIA.search(tag):
                self._name = name
                self._texts.clear()
                self._room = _MAX_CHARACTERS
            elif name in _CONTAINERS:
                self._levels.append(self._depth)

    def data(self, text: str) -> None:
        if self._name and self._room > 0:
            self._texts.append(text[: self._room])
            self._room -= len(text)

    def end(self, _tag: str) -> None:
        self._num_barren = 0
        if self._levels:
            if self._depth == self._levels[-1] + 1:
                self._keep_text()
            elif self._depth == self._levels[-1]:
                self._levels.pop()
                if not self._levels:
                    self._finish()
        self._depth -= 1

    def close(self) -> None:
        """Leave out a member that has not ended: what it names may be cut in two."""

    def _keep_text(self) -> None:
        if self._name and self._claims is not None:
            self._claims.setdefault(self._name, "".join(self._texts))
            self._name = None

    def _finish(self) -> None:
        if self._claims:
            self._members.append(Member(self._is_sitemap, self._claims))
        self._claims, self._name = None, None
