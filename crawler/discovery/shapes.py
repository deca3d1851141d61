"""What URLs of one kind have in common: their shape, without what differs from one article to the next."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.text import count_words
from crawler.url_words import ARTICLE_WORDS, FRONT_WORDS, INDEX_WORDS, SERVICE_WORDS

# These segments say what kind of page follows; every other plain word names a section, and is abstracted.
_TELLING = ARTICLE_WORDS | FRONT_WORDS | INDEX_WORDS | SERVICE_WORDS | {"news", "video", "videos", "live", "audio"}

_TRACKING = re.compile(
    r"(?:utm_\w+|\w{0,4}clid|xtor|cmpid|ito|at_\w+|mc_[ce]id|ref|source|src|icid|ncid)", re.IGNORECASE
)
_SUFFIX = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|ece|cms|do|amp)$", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"(?:19|20)\d\d(-?)[01]?\d\1[0-3]?\d")
_MONTH = re.compile(r"\d\d?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}", re.IGNORECASE)
_DAY = re.compile(r"\d\d?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_+.,~:;!|'\"\s]+")

_LONGEST_PATH = 2_000  # characters; longer URLs are not asked for
_LONG_NUMBER = 5  # digits: shorter numbers in a slug count goals and years
# Letters with digits amid them, as "c4gz5x9j2rlo"; digits at an end make names: "formula1", "covid19".
_MIXED_ID = re.compile(r"(?=.{8})[a-z\d]*[a-z]\d+[a-z][a-z\d]*", re.IGNORECASE | re.ASCII)
_SLUG_WORDS = 4  # fewer name sections as well: "real-estate", "letters-to-editor"


@dataclass(frozen=True, slots=True)
class Shapes:
    """How often each shape occurs among the URLs of a source's earlier articles."""

    counts: Mapping[str, int]
    total: int

    def share(self, shape: str) -> float:
        """The part of the URLs that has this shape, from 0 to 1."""
        return self.counts.get(shape, 0) / self.total if self.total else 0.0


def learn_shapes(urls: Iterable[str]) -> Shapes:
    """Count the shapes of the URLs of a source's earlier articles."""
    counts = Counter(map(url_shape, urls))
    return Shapes(dict(counts), counts.total())


def url_shape(url: str) -> str:
    """A URL's host and path with everything abstracted that differs between articles of one kind.

    ``https://www.paper.example/2026/03/02/ferry-returns-to-outer-islands.html`` has the shape
    ``paper.example/{year}/{month}/{day}/{slug}.html``. Further parts are ``{date}``, ``{number}``, ``{id}``,
    ``{words}`` (two or three) and ``{word}``; words that tell the kind of page, such as ``tag``, stay. Of the
    query only what does not track the reader counts. Empty for what is no URL.
    """
    try:
        parts = urlsplit(url[:_LONGEST_PATH])
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    query = "&".join(sorted(_query_shapes(parts.query)))
    path = "/".join(_path_shapes(parts.path))
    return f"{host}/{path}?{query}" if query else f"{host}/{path}"


def without_tracking(url: str) -> str:
    """A URL without the parameters that track readers, to tell whether two links lead to one page."""
    path, mark, query = url.partition("?")
    kept = [part for part in query.split("&") if part and not _TRACKING.fullmatch(part.partition("=")[0])]
    return f"{path}?{'&'.join(kept)}" if mark and kept else path


def path_segments(path: str) -> list[str]:
    """The segments of a URL's path that are not empty, percent-encoding resolved."""
    return [segment for segment in unquote(path).split("/") if segment]


def _path_shapes(path: str) -> Iterator[str]:
    outer = ""
    for segment in path_segments(path):
        suffix = _SUFFIX.search(segment)
        stem = segment[: suffix.start()] if suffix else segment
        outer = _segment_shape(stem, outer)
        yield outer + (suffix[0].lower() if suffix else "")


def _query_shapes(query: str) -> Iterator[str]:
    """The parameters that number or identify something; others choose a view, a language or a tracker."""
    for name, value in parse_qsl(query):
        shape = _segment_shape(value, "")
        if not _TRACKING.fullmatch(name) and shape in {"{number}", "{id}", "{date}"}:
            yield f"{name}={shape}"


def _segment_shape(segment: str, outer: str) -> str:
    """The shape of one segment; ``outer`` is the shape of the one before."""
    lowered = segment.lower()
    if lowered in _TELLING:
        return lowered
    if outer == "{year}" and _MONTH.fullmatch(segment):
        return "{month}"
    if outer == "{month}" and _DAY.fullmatch(segment):
        return "{day}"
    return _identity(segment) or _words_shape(segment)


def _identity(segment: str) -> str | None:
    if _YEAR.fullmatch(segment):
        return "{year}"
    if _DATE.fullmatch(segment):
        return "{date}"
    return "{number}" if segment.isdecimal() else None


def _words_shape(segment: str) -> str:
    """The shape of a slug: how many words, and whether a number or other identity stands before or behind."""
    rest, num_ids = _UUID.subn("-", segment)
    parts = [part for part in _SEPARATORS.split(rest) if part]
    kinds = [_part_kind(part) for part in parts]
    before = kinds[0] if len(kinds) > 1 and kinds[0] else ""
    behind = "{id}" if num_ids else kinds[-1] if kinds else ""
    num_words = sum(count_words(part) for part, kind in zip(parts, kinds, strict=True) if not kind)
    return "-".join(part for part in (before, _words(num_words), behind) if part)


def _words(count: int) -> str:
    if count >= _SLUG_WORDS:
        return "{slug}"
    return "{words}" if count > 1 else "{word}" if count else ""


def _part_kind(part: str) -> str:
    """``{number}`` or ``{id}`` for what identifies a page, nothing for a word."""
    if part.isdecimal():
        return "{number}" if len(part) >= _LONG_NUMBER else ""
    num_digits = sum(map(str.isdecimal, part)) if part.isascii() else 0
    return "{id}" if num_digits >= _LONG_NUMBER or _MIXED_ID.fullmatch(part) else ""
