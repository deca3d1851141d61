"""A page on its way through the transaction that stores it."""

from dataclasses import dataclass, field
from typing import Any

from crawler.ingestion.page import Page, article_row, page_row
from crawler.outcomes import Outcome, Reason


@dataclass(slots=True, eq=False)
class Row:
    """A page with what the transaction has found out about it."""

    page: Page
    fields: dict[str, Any] = field(init=False)
    article: dict[str, Any] | None = field(init=False)
    url_id: int | None = None
    place_id: int | None = None
    article_id: int | None = None
    content_hash: str | None = None
    """Under which the text is stored; that of ``article``, but for what is known to recur."""
    whole_hash: str | None = None
    """Of all that the page showed, where that is not the text that is stored."""
    outcome: Outcome | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        self.fields = page_row(self.page)
        self.article = article_row(self.page.article) if self.page.article else None

    def strip(self, detail: str) -> None:
        """Keep what names the visit and nothing else: what does not fit may be any of its values."""
        page = self.page
        self.page = Page(
            page.visit, page.url, page.fetched_at, outcome=Outcome.FAILED, reason=Reason.BAD_ROW, detail=detail
        )
        self.__post_init__()
