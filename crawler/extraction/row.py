"""An article, or why there is none, as one JSON object with the column names that readers know."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crawler.article import Article, NotAnArticle
from crawler.outcomes import WALLS_THAT_OPEN


def as_row(article: Article) -> dict[str, Any]:
    """Turn an article into plain JSON values: times as ISO 8601 in UTC with ``Z``, tuples as lists."""
    return {name: plain(value) for name, value in asdict(article).items()}


def as_refusal(found: NotAnArticle, url: str) -> dict[str, Any]:
    """Say why a page is no article: outcome, reason, detail, score, and the weight of each piece of evidence.

    Of a ``paywall`` the fields that could be read stand beside them. ``score`` is null for what is no HTML.
    """
    outcome = "failed" if found.reason in WALLS_THAT_OPEN else "rejected"
    return {
        "url": url,
        "outcome": outcome,
        "reason": str(found.reason),
        "detail": found.detail,
        "score": found.evidence.get("score"),
        "evidence": found.evidence.get("weights", {}),
        **(
            {name: value for name, value in as_row(found.article).items() if name != "url"}
            if found.article
            else {}
        ),
    }


def plain(value: Any) -> Any:
    """Turn a value of an article into what JSON has."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
