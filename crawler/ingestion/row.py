"""A page on its way through the transaction that stores it."""

from dataclasses import dataclass
from typing import Any

from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason


@dataclass(slots=True, eq=False)
class Row:
    """A page with what the transaction has found out about it. Another attempt begins with another row."""

    position: int
    """Among the pages that are stored together."""
    page: Page
    fields: dict[str, Any]
    article: dict[str, Any] | None
    url_id: int | None = None
    place_id: int | None = None
    article_id: int | None = None
    whole_hash: str | None = None
    """Of all that the page showed, where that is not the text that is stored."""
    outcome: Outcome | None = None
    reason: Reason | None = None
