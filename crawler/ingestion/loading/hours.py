"""Counts visits by source and hour as they are stored: what is usual of a source is learned from these counts."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from crawler.article import Article
from crawler.ingestion.loading.row import Row
from sql.database import AsyncConnection, execute


async def count_pages(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Count these visits, which are stored in the same transaction: so none counts twice, and none is left out."""
    if rows:
        await execute(connection, "count_pages", {"rows": Jsonb([_counted(row) for row in rows])})


def _counted(row: Row) -> dict[str, Any]:
    fields = {key: row.fields[key] for key in ("source_id", "fetched_at", "outcome", "reason")}
    return fields | (_filled(row.page.article) if row.page.article else {})


def _filled(article: Article) -> dict[str, Any]:
    """Which fields an article has; a headline that we worked out from something else is none of its page's."""
    return {
        "is_article": True,
        "is_headlined": article.origins.get("headline") != "derived",
        "is_dated": article.date_published is not None,
        "is_signed": bool(article.authors),
        "is_in_language": article.in_language is not None,
        "num_words": article.word_count,
    }
