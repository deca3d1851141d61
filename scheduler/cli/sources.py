"""``tidings sources``: what is watched."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from scheduler.cli import boilerplate, exchange, setup
from scheduler.cli.common import (
    CommandError,
    ConfigOption,
    JsonOption,
    connected,
    person,
    print_json,
    print_table,
)

app = typer.Typer(help="What is watched.", no_args_is_help=True)
setup.register(app)
exchange.register(app)
boilerplate.register(app)

NameArgument = Annotated[str, typer.Argument(metavar="NAME")]


@app.command("list")
def list_sources(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """All sources, with their last and next run."""
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "list_sources")
    if as_json:
        print_json(found)
        return
    columns = {"name": "name", "state": "state", "url": "url", "due_at": "next run (UTC)"}
    columns |= {"last_finished_at": "last run (UTC)", "last_outcome": "outcome", "last_reason": "reason"}
    print_table(found, columns, empty="no source yet: 'tidings sources add URL' adds one")


@app.command()
def due(
    *,
    within: Annotated[str, typer.Option(metavar="DURATION", help="Also what falls due by then, like 1h.")] = "0s",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The sources that are due, longest waiting first: what 'tidings once' would visit."""
    from sql.database import rows

    ahead = _duration(within, "--within")
    with connected(config) as connection:
        latest = rows(connection, "read_clock")[0]["now"] + ahead
        found = [row for row in rows(connection, "list_sources") if row["state"] == "enabled"]
    found = sorted((row for row in found if row["due_at"] <= latest), key=lambda row: row["due_at"])
    if as_json:
        print_json(found)
        return
    columns = {"name": "name", "due_at": "due (UTC)", "url": "url"}
    print_table(found, columns, empty="nothing is due")


@app.command()
def show(name: NameArgument, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """One source, as it is configured and as it stands."""
    from scheduler.sources import UnknownSourceError
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "find_source", {"name": name})
        recurring = rows(connection, "list_boilerplate", {"name": name})
    if not found:
        raise UnknownSourceError(name)
    dropped = [row["paragraph"] for row in recurring if row["state"] == "learned"]
    if as_json:
        print_json(found[0] | {"boilerplate": dropped})
        return
    row = found[0] | found[0]["definition"]
    del row["definition"]
    for number, rules in enumerate(row.pop("rules", ()), start=1):
        row |= {f"rules {number}, {key}": value for key, value in _shown_rules(rules)}
    row["boilerplate"] = f"{len(dropped)} paragraphs, dropped: 'tidings sources boilerplate {name}' lists them"
    print_table([{"key": key, "value": value} for key, value in row.items()], {"key": "", "value": ""}, empty="")


@app.command()
def apply(file: Annotated[Path, typer.Argument(metavar="FILE")], config: ConfigOption = None) -> None:
    """Make the database's sources match the [[source]] tables of a TOML file."""
    from crawler.configuration import load
    from scheduler.sources import reconcile
    from scheduler.timetable import trigger_for

    wanted = load(file, environ={}, check_source=trigger_for).source
    if not wanted:
        raise CommandError(
            f"{file}: has no [[source]] table; to stop watching a site, 'tidings sources remove NAME'"
        )
    with connected(config, migrated=True) as connection:
        changes = reconcile(connection, wanted, origin="command", everything=True)
    for verb, names in (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed)):
        for name in names:
            typer.echo(f"{verb} {name}")
    if not changes:
        typer.echo("nothing to change")


@app.command()
def enable(name: NameArgument, config: ConfigOption = None) -> None:
    """Put a source back on the timetable."""
    _set_state(config, name, "enabled")


@app.command()
def disable(name: NameArgument, config: ConfigOption = None) -> None:
    """Take a source off the timetable, and keep it."""
    _set_state(config, name, "disabled")


@app.command()
def remove(name: NameArgument, config: ConfigOption = None) -> None:
    """Stop watching a source. What it brought stays."""
    from crawler.configuration import load

    if any(source.name == name for source in load(config).source):
        raise CommandError(f"{name} stands in the configuration file: remove it there, then reload the daemon")
    _set_state(config, name, "removed")


@app.command()
def starter() -> None:
    """Print a starter configuration with news sites of many countries."""
    from importlib import resources

    typer.echo(resources.files("crawler").joinpath("starter.toml").read_text(encoding="utf-8"), nl=False)


def _shown_rules(rules: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in rules.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value


def _duration(text: str, option: str) -> timedelta:
    from crawler.source import parse_duration

    try:
        found = parse_duration(text)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None
    return found if isinstance(found, timedelta) else timedelta(0)


def _set_state(config: Path | None, name: str, state: Literal["enabled", "disabled", "removed"]) -> None:
    from scheduler.sources import set_state

    with connected(config) as connection:
        set_state(connection, name, state, by=person())
    typer.echo(f"{state} {name}")
