"""``tidings schedule``: what the timetable comes to."""

import typer

from scheduler.cli import freshness

app = typer.Typer(no_args_is_help=True, help="What the timetable comes to.")
freshness.register(app)
