"""``tidings schedule preview``: what the timetable will come to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.common import (
    EXIT_SOURCE_FAILED,
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    database_in_use,
    print_json,
)

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.preview import Watched


def register(app: typer.Typer) -> None:
    """Add the command to those of the timetable."""
    app.command()(preview)


def preview(
    *,
    days: Annotated[float, typer.Option(min=0.01, max=366, help="How far to look ahead.")] = 7.0,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Show this source, run by run. May be repeated.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if a host would be asked more than it may be.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Go by the configuration file alone, and estimate.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every coming run, what changes of clocks do to them, which wait for others, and what each host is asked.

    Sources are those of the configuration file as it is now, and those added by hand. How long a run takes and
    what it asks for is as in the last two weeks, or estimated where there was none.
    """
    from scheduler.cli.schedule_shown import as_data, print_forecast
    from scheduler.preview import forecast
    from scheduler.sources import UnknownSourceError

    watched, start = _read(configured(config), config, offline=offline)
    names = set(source or ())
    for name in names - {one.source.name for one in watched}:
        raise UnknownSourceError(name)
    # A host is asked by all of its sources, whichever of them are shown.
    made = forecast(watched, start, start + timedelta(days=days))
    if as_json:
        print_json(as_data(made, names))
    else:
        print_forecast(made, names)
    if check and any(not names or names & set(found.sources) for found in made.over):
        raise typer.Exit(EXIT_SOURCE_FAILED)


def _read(
    configuration: "Configuration", config: Path | None, *, offline: bool
) -> tuple[list["Watched"], datetime]:
    """The sources and the time, from the database if there is one that has our tables."""
    from crawler.configuration import find_file
    from scheduler.preview import read_watched
    from sql.database import connect, rows
    from sql.errors import DatabaseUnavailableError, SchemaError

    wanted, delay = configuration.source, configuration.crawl.delay
    if not offline and _has_database(configuration):
        try:
            with database_in_use(configuration) as url, connect(url) as connection:
                of_file = wanted if find_file(config) is not None else None
                now: datetime = rows(connection, "read_clock")[0]["now"]
                return read_watched(connection, of_file, delay), now
        except SchemaError:
            pass  # nothing has run yet
        except DatabaseUnavailableError as error:
            raise CommandError(f"database: {error}; --offline does without") from error
    return read_watched(None, wanted, delay), datetime.now(UTC)


def _has_database(configuration: "Configuration") -> bool:
    """Whether there is one already: looking ahead is no reason to set one up."""
    from sql.embedded.layout import default_data_dir, locate

    settings = configuration.database
    return settings.dsn is not None or locate(settings.data_dir or default_data_dir()).cluster.exists()
