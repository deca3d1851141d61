"""The article's text: the blocks that speak for themselves, with the claims of page and feed behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from crawler.article import Origin
from crawler.extraction.page import Page
from crawler.extraction.text import weights
from crawler.extraction.text.blocks import read_blocks
from crawler.extraction.text.choice import Judged, judge
from crawler.extraction.text.evidence import Witness, letters
from crawler.text import clean_paragraphs

_ORIGINS: dict[str, Origin] = {"json_ld": "json_ld", "feed": "feed", "rule": "rule"}
_PARAGRAPH = 80  # characters from which a block counts as running text
# A body smaller than this share of the page's running text has missed the article: half of it may belong to other
# articles. Of the page's own articleBody even half is too little.
_SHARE_OF_PAGE = 1 / 3
_SHARE_OF_CLAIM = 1 / 2
_MOST_ELEMENTS = 10_000  # for trafilatura: ten times those of a usual page
_OPENING = 5  # lines within which a body may repeat the headline


@dataclass(frozen=True, slots=True)
class Body:
    """The text, a paragraph, heading or list item a line, and what read it.

    ``reader`` is ``blocks``, ``trafilatura``, ``json_ld``, ``feed`` or ``rule``; ``trouble`` is what an extractor
    died of; ``judged`` says of every block of the page why it was taken or left.
    """

    text: str
    reader: str
    trouble: str | None = None
    judged: Sequence[Judged] = ()

    @property
    def origin(self) -> Origin:
        """Where the text was found."""
        return _ORIGINS.get(self.reader, "html")


def read_body(page: Page, witness: Witness, *, feed: str | None = None) -> Body:
    """Read the running text, without the headline.

    The page's blocks are judged one by one. Where what they give is less than half of the page's own
    ``articleBody``, the claim is believed; where it is less than a third of the page's running text, trafilatura
    is asked too (several times as slow), and the longer text taken. Where that is less than half of the text that
    the ``feed`` carries, the feed is believed.
    """
    judged = judge(read_blocks(page.tree), witness, weights.read_weights())
    text, reader, trouble = clean_paragraphs("\n".join(j.block.text for j in judged if j.is_taken)), "blocks", None
    if witness.body and len(text) < _SHARE_OF_CLAIM * len(witness.body):
        text, reader = witness.body, "json_ld"
    elif not text or len(text) < _SHARE_OF_PAGE * _running_text(judged):
        other, trouble = _ask_trafilatura(page)
        if len(other) > len(text):
            text, reader = other, "trafilatura"
    if feed and len(text) < _SHARE_OF_CLAIM * len(feed):
        text, reader = feed, "feed"
    return Body(_without_headline(text, witness.headline), reader, trouble, judged)


def _running_text(judged: Sequence[Judged]) -> int:
    """Count the characters, links left out, of all blocks that are long enough to be no teaser."""
    lengths = (len(j.block.text) - j.block.link_chars for j in judged if not j.ruled_out)
    return sum(length for length in lengths if length >= _PARAGRAPH)


def _ask_trafilatura(page: Page) -> tuple[str, str | None]:
    """Read with all of its heuristics, readability's and jusText's among them; and say what they died of.

    Not a page of very many elements: some of the heuristics take the square of their number.
    """
    if next(islice(page.tree.iter(), _MOST_ELEMENTS, None), None) is not None:
        return "", f"more than {_MOST_ELEMENTS:,} elements"
    import trafilatura  # 0.1 s, and few pages ask for it
    from trafilatura.settings import Document

    try:
        # It copies a tree it is given. Metadata costs as much as the body, and JSON-LD and <meta> know better.
        document = trafilatura.bare_extraction(page.tree, url=page.url, include_comments=False)
    except Exception as error:  # noqa: BLE001  # others' heuristics on hostile input: the page has other readings
        return "", f"{type(error).__name__}: {error}"
    return clean_paragraphs(document.text or "") if isinstance(document, Document) else "", None


def _without_headline(text: str, headline: str | None) -> str:
    lines, same = text.split("\n"), letters(headline or "")
    opening = [line for line in lines[:_OPENING] if letters(line) != same]
    return "\n".join([*opening, *lines[_OPENING:]])
