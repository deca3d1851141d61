"""Page in, article out: plain functions on plain values. README.md shows how to use them as a library."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction.explain import explain_reading
from crawler.extraction.reading import NO_HINTS, Reading, read
from crawler.extraction.row import as_refusal, as_row
from crawler.extraction.verdict.walls import wall_of

__all__ = [
    "Article",
    "Hints",
    "NotAnArticle",
    "Reading",
    "as_refusal",
    "as_row",
    "explain",
    "explain_reading",
    "extract",
    "read",
    "read_briefly",
    "wall_of",
]


def extract(
    body: bytes, url: str, *, content_type: str | None = None, hints: Hints = NO_HINTS
) -> Article | NotAnArticle:
    """Extract the article from a page, or say why it is none.

    ``body`` is the response's body without its transfer and content encodings: any bytes, none of which raise.
    ``url`` is the absolute URL that answered, ``content_type`` the header of that name, and ``hints`` what is
    known of the page beforehand: the time zone of dates that name none, the claims of its feed, its source's
    rules, the paragraphs that recur across its site.

    The page is parsed once. What a rule finds counts before all else; then its claims are trusted in the order
    JSON-LD, ``<meta>``, microdata, HTML, feed. The text is found by reading the page itself. All text is clean
    Unicode (NFC, no control characters), times are aware and in UTC, ``article_body`` has one paragraph a line,
    ``word_count`` is its words.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: ``hints.timezone`` names no time zone.
    """
    return read(body, url, headers={"content-type": content_type or ""}, hints=hints).result


def explain(body: bytes, url: str, *, content_type: str | None = None, hints: Hints = NO_HINTS) -> dict[str, Any]:
    """Explain what :func:`extract` makes of a page, in plain JSON values; :func:`explain_reading` has the keys."""
    return explain_reading(read(body, url, headers={"content-type": content_type or ""}, hints=hints), url)


def read_briefly(
    body: bytes, url: str, *, headers: Mapping[str, str], hints: Hints = NO_HINTS, agent: str = "tidings"
) -> Reading:
    """What :func:`read` finds, without what explains it: that is many times as large, and often sent around."""
    return replace(read(body, url, headers=headers, hints=hints, agent=agent), verdict=None, claims=(), body=None)
