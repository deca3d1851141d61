"""``tidings schedule``: the timetable, looked at from outside."""

import typer

from scheduler.cli import freshness

app = typer.Typer(help="When sources are visited.", no_args_is_help=True)
freshness.register(app)
