"""What the demo prints: runs, outcomes, and some of what was stored."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

from scheduler.cli.common import COUNTS, print_table
from sql.database import Connection, rows

_NUM_ARTICLES = 5


def print_summary(connection: Connection) -> None:
    """The runs, how their pages ended, and the latest articles."""
    typer.echo("\nRuns")
    found = rows(connection, "list_runs", {"source": None, "outcome": None, "limit": 20})
    print_table(found, {"source": "source", "outcome": "outcome"}, counts=COUNTS, empty="none")

    typer.echo("Pages, each with its one outcome and reason")
    since = datetime.now(UTC) - timedelta(days=1)
    outcomes = rows(connection, "count_outcomes", {"since": since})
    print_table(outcomes, {"outcome": "outcome", "reason": "reason"}, counts={"num_pages": "pages"}, empty="none")

    typer.echo(f"Articles, {_NUM_ARTICLES} of them")
    for article in rows(connection, "list_articles", {"limit": _NUM_ARTICLES}):
        _print_article(article)


def _print_article(article: dict[str, Any]) -> None:
    published = article["date_published"]
    facts = (
        published.strftime("%Y-%m-%d %H:%M UTC") if published else "no date",
        ", ".join(article["authors"]) or "no author",
        article["article_section"] or "no section",
        article["source"],
    )
    typer.echo(f"\n  {article['headline']}")
    typer.echo(f"  {' | '.join(facts)}")
    typer.echo(f"  {article['beginning'][:96]} ...")


def print_pages(pages: Iterable[dict[str, Any]]) -> None:
    """One line for each visit that found something other than what was there."""
    for page in pages:
        if page["outcome"] != "unchanged":
            what = page["headline"] or page["detail"] or page["url"]
            typer.echo(f"visited    {page['outcome']:<10} {page['source']:<18} {what}")
