"""An article as one JSON object, with the column names that readers know from the database."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crawler.article import Article


def as_row(article: Article) -> dict[str, Any]:
    """Turn an article into plain JSON values: times as ISO 8601 in UTC with ``Z``, tuples as lists."""
    return {name: _plain(value) for name, value in asdict(article).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
