"""``tidings sources``: what is watched."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, print_json, print_table

if TYPE_CHECKING:
    from crawler.source import Source

app = typer.Typer(help="What is watched.", no_args_is_help=True)

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
def show(name: NameArgument, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """One source, as it is configured and as it stands."""
    from scheduler.sources import UnknownSourceError
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "find_source", {"name": name})
    if not found:
        raise UnknownSourceError(name)
    if as_json:
        print_json(found[0])
        return
    row = found[0] | found[0]["definition"]
    del row["definition"]
    print_table([{"key": key, "value": value} for key, value in row.items()], {"key": "", "value": ""}, empty="")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="The site's home page.")],
    *,
    name: Annotated[str | None, typer.Option(help="Default: made from the host.")] = None,
    feed: Annotated[
        list[str] | None, typer.Option(help="Its feeds; may be repeated. Default: its page says.")
    ] = None,
    sitemap: Annotated[list[str] | None, typer.Option(help="Its news sitemaps; may be repeated.")] = None,
    every: Annotated[str | None, typer.Option(help="How often, like 15m or 1h.")] = None,
    cron: Annotated[str | None, typer.Option(help="When, as in crontab(5).")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of cron, and of dates that name none.")] = None,
    config: ConfigOption = None,
) -> None:
    """Watch a site from now on."""
    from scheduler.sources import put
    from sql.database import rows

    written: dict[str, Any] = {"name": name or _name_of(url), "url": url, "feeds": feed, "sitemaps": sitemap}
    written |= {"every": every, "cron": cron, "timezone": timezone}
    source = _validated({key: value for key, value in written.items() if value})
    with connected(config, migrated=True) as connection:
        if rows(connection, "find_source", {"name": source.name}):
            raise CommandError(f"there is a source {source.name!r} already: choose another --name")
        put(connection, source, origin="command")
    typer.echo(f"added {source.name}: due now, and then {source.cron or f'every {_every(source)}'}")


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


def _set_state(config: Path | None, name: str, state: Literal["enabled", "disabled", "removed"]) -> None:
    from scheduler.sources import set_state

    with connected(config) as connection:
        set_state(connection, name, state)
    typer.echo(f"{state} {name}")


def _name_of(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # the URL's own check says so better
        host = ""
    return re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")[:64] or "source"


def _validated(written: dict[str, Any]) -> "Source":
    from pydantic import ValidationError

    from crawler.configuration import explain
    from crawler.source import Source
    from scheduler.timetable import trigger_for

    try:
        source = Source.model_validate(written)
        trigger_for(source)
    except ValidationError as error:
        location, message = explain(error)
        # An error of two keys together belongs to neither.
        raise CommandError(": ".join([*map(str, location[:1]), message])) from None
    except ValueError as error:
        raise CommandError(f"cron: {error}") from None
    return source


def _every(source: "Source") -> str:
    from crawler.source import format_duration
    from scheduler.timetable import DEFAULT_EVERY

    return format_duration(source.every or DEFAULT_EVERY)
