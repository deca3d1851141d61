"""A sign of what a page is, and what has been read of the page when signs are looked for."""

from dataclasses import dataclass
from typing import NamedTuple

from crawler.article import Hints, Origin
from crawler.extraction.claims.claims import Claims
from crawler.extraction.claims.json_ld import Item
from crawler.extraction.claims.metadata import Meta
from crawler.extraction.page import Page
from crawler.extraction.text.body import Body


class Sign(NamedTuple):
    """A piece of evidence by its name in ``verdict.WEIGHTS``, and what was seen."""

    name: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What has been read of a page before it is judged; ``item`` is the JSON-LD item that describes it."""

    page: Page
    item: Item | None
    items: list[Item]
    meta: Meta
    claims: tuple[Claims, ...]  # in the order of trust
    headline: str | None
    title: str | None
    body: Body
    num_words: int
    hints: Hints

    def claimed(self, origin: Origin) -> Claims:
        """What one place on the page claims."""
        return next((claim for claim in self.claims if claim.origin == origin), Claims(origin))
