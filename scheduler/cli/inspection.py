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
    app.add_typer(runs, name="runs")


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


@runs.command("list")
def list_runs(
    *,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    outcome: Annotated[RunOutcome | None, typer.Option(help="Only with this outcome.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The latest runs, newest first."""
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "list_runs", {"source": source, "outcome": outcome, "limit": limit})
        # Only now: the runs of a source that was removed stay, and are shown.
        if source and not found and not rows(connection, "find_source", {"name": source}):
            from scheduler.sources import UnknownSourceError

            raise UnknownSourceError(source)
    if as_json:
        print_json(found)
        return
    for row in found:
        row["run"] = str(row["run_id"])[:8]
        row["outcome"] = row["outcome"] or ("under way" if row["started_at"] else "queued")
    columns = {"run": "run", "source": "source", "started_at": "started (UTC)", "outcome": "outcome"}
    columns |= {"reason": "reason"}
    print_table(found, columns, counts=COUNTS, empty="no run yet")


@runs.command()
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or the beginning of it.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """One run, with every feed, sitemap and listing it asked for, and every page it visited."""
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "find_run", {"prefix": run})
        if len(found) != 1:
            raise CommandError(f"{'several runs begin' if found else 'no run begins'} with {run!r}")
        polls = rows(connection, "list_polls", {"run_id": found[0]["run_id"]})
        pages = rows(connection, "list_pages", {"run_id": found[0]["run_id"]})
    if as_json:
        print_json({**found[0], "polls": polls, "pages": pages})
        return
    _print_run(found[0], polls, pages)


def _print_run(run: dict[str, Any], polls: list[dict[str, Any]], pages: list[dict[str, Any]]) -> None:
    print_table([{"key": k, "value": v} for k, v in run.items()], {"key": "", "value": ""}, empty="")
    for poll in polls:
        poll["detail"] = poll["detail"] or poll["damage"]
    columns = {"polled_at": "polled (UTC)", "kind": "kind", "url": "document", "outcome": "outcome"}
    columns |= {"reason": "reason", "num_links": "links", "num_unknown": "unknown", "detail": "detail"}
    print_table(polls, columns, empty="no document asked for")
    columns = {"fetched_at": "visited (UTC)", "url": "URL", "outcome": "outcome", "reason": "reason"}
    columns |= {"http_status": "status", "duration_ms": "ms", "detail": "detail"}
    print_table(pages, columns, empty="no page visited")
