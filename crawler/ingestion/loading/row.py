"""A page on its way through the transaction that stores it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawler.ingestion.edits import EditKind
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
    place_seen_at: datetime | None = None
    """When the URL at which the text stands was seen first."""
    article_id: int | None = None
    is_known: bool = False
    """Whether its text is stored already."""
    whole_hash: str | None = None
    """Of all that the page showed, where that is not the text that is stored."""
    edit_kind: EditKind | None = None
    """What became of the text that stood at its URL before; None if there was none, or nothing was edited."""
    outcome: Outcome | None = None
    reason: Reason | None = None
    is_gone: bool | None = None
    num_crashes: int | None = None
    """See, for both, :class:`crawler.ingestion.page.Stored`."""
