"""The article's text: trafilatura's heuristics, with JSON-LD's ``articleBody`` behind them."""

from dataclasses import dataclass

import trafilatura
from trafilatura.settings import Document

from crawler.article import Origin
from crawler.extraction.page import Page
from crawler.text import clean_paragraphs, comparable

_PARAGRAPH = 80  # characters from which a line or a <p> counts as running text
# A body smaller than this share of the page's paragraphs has missed the article: half of them may belong to
# other articles below it. Of the page's own articleBody even half is too little.
_SHARE_OF_PAGE = 1 / 3
_SHARE_OF_CLAIM = 1 / 2
_OPENING = 5  # lines within which a body may repeat the headline


@dataclass(frozen=True, slots=True)
class Body:
    """The text and what read it; ``trouble`` is what an extractor died of."""

    text: str
    reader: str
    trouble: str | None = None

    @property
    def origin(self) -> Origin:
        """Where the text was found."""
        return "json_ld" if self.reader == "json_ld" else "feed" if self.reader == "feed" else "html"


def read_body(page: Page, claimed: str | None, headline: str | None, *, feed: str | None = None) -> Body:
    """Read the running text, one paragraph a line, without the headline.

    The fast rules decide alone on most pages. Where they find less than a third of the page's running text,
    or mostly fragments, the full cascade is asked (with readability and jusText, three times as slow). Where
    that is less than half of the page's own ``articleBody``, the claim is believed; and where that is less than
    half of the text that the ``feed`` carries, the feed.
    """
    body = _run(page, fast=True)
    if _is_fragmentary(body.text) or len(body.text) < _SHARE_OF_PAGE * _running_text(page):
        thorough = _run(page, fast=False)
        body = thorough if thorough.text else body
    if claimed and (len(body.text) < _SHARE_OF_CLAIM * len(claimed) or _same_but_for_space(body.text, claimed)):
        body = Body(claimed, "json_ld", body.trouble)
    if feed and len(body.text) < _SHARE_OF_CLAIM * len(feed):
        body = Body(feed, "feed", body.trouble)
    return Body(_without_headline(body.text, headline), body.reader, body.trouble)


def _run(page: Page, *, fast: bool) -> Body:
    reader = "trafilatura_fast" if fast else "trafilatura"
    try:
        # It copies a tree it is given. Metadata costs as much as the body, and JSON-LD and <meta> know better.
        document = trafilatura.bare_extraction(page.tree, url=page.url, fast=fast, include_comments=False)
    except Exception as error:  # noqa: BLE001  # others' heuristics on hostile input: the page has other readings
        return Body("", reader, f"{type(error).__name__}: {error}")
    return Body(clean_paragraphs(document.text or "") if isinstance(document, Document) else "", reader)


def _is_fragmentary(text: str) -> bool:
    """Tell a dump of menus and teasers, trafilatura's last resort, from an article."""
    return 2 * sum(len(line) for line in text.split("\n") if len(line) >= _PARAGRAPH) < len(text)


def _running_text(page: Page) -> int:
    """Count the characters of all paragraphs, links left out, that are long enough to be no teaser."""
    lengths = (len("".join(p.xpath(".//text()[not(ancestor::a)]"))) for p in page.tree.iter("p"))
    return sum(length for length in lengths if length >= _PARAGRAPH)


def _same_but_for_space(text: str, claimed: str) -> bool:
    """Tell when trafilatura fell back on ``articleBody`` itself: it runs the paragraphs together."""
    return "".join(text.split()) == "".join(claimed.split())


def _without_headline(text: str, headline: str | None) -> str:
    lines, same = text.split("\n"), comparable(headline or "")
    opening = [line for line in lines[:_OPENING] if comparable(line) != same]
    return "\n".join([*opening, *lines[_OPENING:]])
