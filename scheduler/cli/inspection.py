"""``tidings status`` and ``tidings runs``: what happened."""

from typing import Annotated, Any, Literal

import typer

from scheduler.cli.common import COUNTS, CommandError, ConfigOption, JsonOption, connected, print_json, print_table

RunOutcome = Literal["succeeded", "partial", "failed", "aborted"]
"""What a visit to a source can come to (enum type ``tidings.run_outcome``)."""

runs = typer.Typer(help="What each visit to a source came to.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(status)


def status(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """One screen: sources, last and next runs, workers, the size of the collection."""
    from scheduler.heartbeat import SILENCE_SECONDS
    from sql.database import rows

    with connected(config) as connection:
        figures = rows(connection, "count_everything", {"silence": SILENCE_SECONDS})[0]
        sources = rows(connection, "list_sources")
        alarms = rows(connection, "list_alarms")
    if as_json:
        print_json({**figures, "alarms": alarms, "sources": sources})
        return
    typer.echo(
        f"{figures['num_articles']} articles at {figures['num_copies']} URLs, {figures['num_urls']} URLs seen\n"
        f"{figures['num_workers']} workers, {figures['num_running']} runs going on, {figures['num_queued']} queued"
    )
    for alarm in alarms:
        typer.echo(f"ALARM {alarm['kind']} since {alarm['raised_at']:%Y-%m-%d %H:%M} UTC: {alarm['cause']}")
    columns = {
        "name": "source",
        "state": "state",
        "due_at": "next run (UTC)",
        "last_finished_at": "last run (UTC)",
    }
    columns |= {"last_outcome": "outcome", "last_reason": "reason", "last_article_at": "last article (UTC)"}
    print_table(sources, columns, empty="no source yet: 'tidings sources add URL' adds one")
