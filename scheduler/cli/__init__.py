"""The command line. Everything heavy is imported by the command that needs it, so that the rest starts at once."""

import sys
from typing import Annotated, Any

import typer
import typer.core

from scheduler.cli import (
    alarms,
    articles,
    configuration,
    crawling,
    database,
    doctor,
    explain,
    extraction,
    logs,
    quarantine,
    runs,
    schedule,
    sources,
    status,
    web,
)
from scheduler.cli.common import EXIT_COULD_NOT_RUN, CommandError, complaint

_STORY = (
    *("demo", "run", "worker", "once"),
    *("sources", "schedule"),
    *("status", "alarms", "explain", "runs", "logs", "doctor", "quarantine"),
    *("articles", "extract"),
    *("db", "config", "web"),
)
"""How the help tells it: start it, say what is watched, see how it fares, take what it found, look after it."""


class _InOrder(typer.core.TyperGroup):
    """Groups stand among the commands, where they belong."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_STORY.index)


app = typer.Typer(
    cls=_InOrder,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    """Watches news sites on a timetable and keeps a Postgres database of every article they publish.

    Commands take --config FILE; without it they read $TIDINGS_CONFIG, else ./tidings.toml if there is one.
    """
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"tidings {installed('tidings')}")
        raise typer.Exit


crawling.register(app)
app.add_typer(sources.app, name="sources")
app.add_typer(schedule.app, name="schedule")
status.register(app)
explain.register(app)
runs.register(app)
logs.register(app)
doctor.register(app)
extraction.register(app)
app.add_typer(articles.app, name="articles")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(alarms.app, name="alarms")
app.add_typer(database.app, name="db")
app.add_typer(configuration.app, name="config")
app.add_typer(web.app, name="web")


def main() -> None:
    """Run the command line; an error we know is one line on standard error, and its exit code."""
    try:
        app()
    except Exception as error:
        known = complaint(error)
        if known is None:
            raise
        sys.stderr.write(f"tidings: {known}\n")
        sys.exit(error.exit_code if isinstance(error, CommandError) else EXIT_COULD_NOT_RUN)
