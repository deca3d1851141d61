"""``tidings runs``: what each visit to a source came to."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, moment_option, print_json

RunOutcome = Literal["succeeded", "partial", "failed", "aborted"]
"""What a visit to a source can come to (enum type ``tidings.run_outcome``)."""

PageOutcome = Literal["new", "changed", "duplicate", "unchanged", "rejected", "failed"]
"""What a visit to a page can come to (enum type ``tidings.page_outcome``)."""

_LOOKED_BACK = timedelta(days=7)
"""For runs of a worker, which no index tells apart."""

runs = typer.Typer(help="What each visit to a source came to.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(runs, name="runs")


@runs.command("list")
def list_runs(
    *,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    outcome: Annotated[RunOutcome | None, typer.Option(help="Only with this outcome.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed or were broken off.")] = False,
    reason: Annotated[str | None, typer.Option(help="Only with this reason, as http_403.")] = None,
    trigger: Annotated[Literal["timetable", "command"] | None, typer.Option(help="Only those it began.")] = None,
    worker: Annotated[
        str | None, typer.Option(help="Only of this worker, or of a host: the beginning of the name.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Queued from then on: 2h, yesterday, 02:30, 2026-11-30 (UTC).")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Queued before then.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="Only so many, the latest.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The latest runs, newest first.

    With --worker, those of the last seven days, unless --since reaches further back.
    """
    from sql.database import rows

    if failed and outcome:
        raise CommandError("--failed stands for --outcome failed and aborted: give one of them")
    if reason is not None:
        _check_reason(reason)
    now = datetime.now(UTC)
    outcomes = ("failed", "aborted") if failed else (outcome,) if outcome else None
    params = {
        "source": source,
        # As the server writes it: a list would not be known to be of these words before the query is planned.
        "outcomes": f"{{{','.join(outcomes)}}}" if outcomes else None,
        "reason": reason,
        "trigger": trigger,
        "worker": worker,
        "since": moment_option("--since", since, now=now) or (now - _LOOKED_BACK if worker else None),
        "until": moment_option("--until", until, now=now),
        "limit": limit,
    }
    with connected(config) as connection:
        found = rows(connection, "search_runs", params)
        # Only now: the runs of a source that was removed stay, and are shown.
        if source and not found and not rows(connection, "find_source", {"name": source}):
            ever = dict.fromkeys(params) | {"source": source, "limit": 1}
            if not rows(connection, "search_runs", ever):
                from scheduler.sources import UnknownSourceError

                raise UnknownSourceError(source)
    if as_json:
        print_json(found)
        return
    from scheduler.cli.runs_shown import list_lines

    filters = ("reason", "trigger", "worker", "since", "until")
    is_narrow = failed or any(params[key] is not None for key in filters)
    for line in list_lines(found, empty="no run fits" if is_narrow else "no run yet"):
        typer.echo(line)


def _check_reason(reason: str) -> None:
    """One that is misspelt would find nothing, and look as if there were nothing."""
    from scheduler.logs.remedies import NONE_NEEDED, REMEDIES

    known = sorted(word for word in REMEDIES.keys() | NONE_NEEDED.keys() if "." not in word)
    if reason not in known:
        from difflib import get_close_matches

        close = get_close_matches(reason, known, n=1)
        raise CommandError(
            f"--reason: there is no {reason!r}; {f'did you mean {close[0]!r}?' if close else known}"
        )


@runs.command()
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, or the beginning of it.")],
    *,
    outcome: Annotated[PageOutcome | None, typer.Option(help="Only pages with this outcome.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only pages with this reason.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every page, however many of a kind.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """One run: what it came to, the feeds, sitemaps and listings it asked for, and the pages it visited."""
    from sql.database import rows

    if reason is not None:
        _check_reason(reason)
    with connected(config) as connection:
        found = rows(connection, "find_run", {"prefix": run})
        if len(found) != 1:
            raise CommandError(
                f"several runs begin with {run!r}: give more of it" if found else f"no run begins with {run!r}"
            )
        run_id = {"run_id": found[0]["run_id"]}
        lost = rows(connection, "list_lost_attempts", run_id)
        polls = rows(connection, "list_polls", run_id)
        pages = rows(connection, "list_pages", run_id)
    wanted = [page for page in pages if _is_asked_for(page, outcome, reason)]
    if as_json:
        print_json({**found[0], "lost_attempts": lost, "polls": polls, "pages": wanted})
        return
    from scheduler.cli.runs_shown import run_lines

    for line in run_lines(found[0], lost, polls, wanted, every=every or outcome is not None or reason is not None):
        typer.echo(line)


def _is_asked_for(page: dict[str, Any], outcome: str | None, reason: str | None) -> bool:
    return (outcome is None or page["outcome"] == outcome) and (reason is None or page["reason"] == reason)
