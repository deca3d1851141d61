"""What commands share: the configuration, the database, errors, and output as text or JSON."""

import gzip
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from crawler.source import Source
    from sql.database import Connection

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Default: $TIDINGS_CONFIG, else ./tidings.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

EXIT_SOURCE_FAILED = 1
EXIT_COULD_NOT_RUN = 2
EXIT_ALREADY_RUNNING = 75  # EX_TEMPFAIL of sysexits.h: try again later

COUNTS = {"num_links": "links"} | {
    f"num_{outcome}": outcome for outcome in ("new", "changed", "duplicate", "unchanged", "rejected", "failed")
}
"""The counts of a run, with their headings."""


class CommandError(Exception):
    """A command cannot go on; the message is for a person, the code for a script."""

    def __init__(self, message: str, exit_code: int = EXIT_COULD_NOT_RUN) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def complaint(error: Exception) -> str | None:
    """The one line for an error that an operator can mend, without secrets; None for a defect of ours."""
    from crawler.logs import Redactor

    line = str(error) if isinstance(error, CommandError) else _known(error)
    return None if line is None else Redactor()(line)


def _known(error: Exception) -> str | None:
    from crawler.configuration import ConfigurationError
    from scheduler.pool import WorkersFailedError
    from scheduler.sources import UnknownSourceError
    from scheduler.stopping import StoppedError
    from sql.embedded import EmbeddedPostgresError
    from sql.errors import DatabaseError, SchemaError

    text = " ".join(str(error).split())
    if isinstance(error, SchemaError) and "does not exist" in text:
        return "the database has no tidings schema yet: run 'tidings db migrate'"
    if isinstance(error, DatabaseError) and text.startswith("column ") and text.endswith("does not exist"):
        return f"the database is older than this program ({text}): run 'tidings db migrate'"
    if isinstance(error, DatabaseError):
        return f"database: {text}"
    ours = ConfigurationError | UnknownSourceError | EmbeddedPostgresError | WorkersFailedError | StoppedError
    if isinstance(error, ours):
        return text
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else text
    return None


def configured(config: Path | None, *, thoroughly: bool = False) -> "Configuration":
    """The configuration in force, with every source's timetable checked.

    ``thoroughly``, the targets of notices, too: to know them all takes a second.
    """
    from crawler.configuration import load

    return load(config, check_source=_check_cron, check_target=_check_target if thoroughly else lambda _: None)


def _check_target(url: str) -> None:
    from scheduler.notices import check_target

    check_target(url)


def _check_cron(source: "Source") -> None:
    if source.cron is not None:
        from scheduler.timetable import trigger_for

        trigger_for(source)


@contextmanager
def database_in_use(configuration: "Configuration", *, linger: float = 0.0, watch: bool = False) -> Iterator[str]:
    """The URL of the database that the configuration names, with the embedded server running if it is that.

    ``watch`` is for what runs long: should that server die, it is started again.
    """
    from sql.access import database_url

    dsn = configuration.database.dsn
    if dsn is None:
        _log_quietly(configuration)
    with database_url(dsn, configuration.database.data_dir, linger=linger, watch=watch) as in_use:
        yield in_use


@contextmanager
def connected(config: Path | None, *, migrated: bool = False) -> Iterator["Connection"]:
    """A connection to the database in use; with ``migrated``, one that surely has our schema.

    Raises:
        SchemaError: the schema is newer than this program.
    """
    with connected_by(configured(config), migrated=migrated) as connection:
        yield connection


@contextmanager
def connected_by(configuration: "Configuration", *, migrated: bool = False) -> Iterator["Connection"]:
    """The same, for a command that needs the configuration as well."""
    from sql.database import connect
    from sql.schema import applied_migrations, pending

    with database_in_use(configuration) as url:
        if migrated:
            migrate_quietly(configuration, url)
        else:
            pending(applied_migrations(url))  # what a newer version wrote we might misread, or break
        with connect(url) as connection:
            yield connection


def migrate_quietly(configuration: "Configuration", url: str) -> list[str]:
    """Bring the database up to date; returns the names of what was migrated."""
    from crawler.upgrade import upgrade

    _log_quietly(configuration)
    return upgrade(url)


def _log_quietly(configuration: "Configuration") -> None:
    """Unless the command has set up the log already: only what goes wrong, on standard error."""
    import structlog

    from crawler import logs

    if not structlog.is_configured():
        logs.configure(configuration, level="warning")


def person() -> str:
    """Whose command this is, for the record."""
    import getpass
    import socket

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in containers
        user = str(os.getuid())
    return f"command of {user} on {socket.gethostname()}"


def moment_option(
    name: str, value: str | None, *, now: datetime | None = None, zone: tzinfo | None = UTC
) -> datetime | None:
    """The moment that an option names; None if it is not given."""
    from scheduler.moments import moment_of

    try:
        return None if value is None else moment_of(value, now=now or datetime.now(UTC), zone=zone)
    except ValueError as error:
        raise CommandError(f"{name}: {error}") from None


def read_stored(path: Path) -> bytes:
    """The page in a file, which may be compressed."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix.lower() == ".gz" else data
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CommandError(f"{path}: not a whole gzip file: {error}") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error


def print_json(data: Any) -> None:
    """Rows, or any plain values, as JSON on standard output; times are ISO 8601."""
    typer.echo(json.dumps(data, default=_plain, ensure_ascii=False, indent=2))


def print_table(
    rows: Sequence[dict[str, Any]], columns: dict[str, str], *, empty: str, counts: dict[str, str] | None = None
) -> None:
    """``columns`` maps the keys to show to their headings; ``counts`` that are 0 everywhere are left out."""
    if not rows:
        typer.echo(empty)
        return
    counts = {key: heading for key, heading in (counts or {}).items() if any(row[key] for row in rows)}
    lines = [list((columns | counts).values())]
    lines += [[_cell(row[key]) for key in columns | counts] for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        # A library for tables would take as long to import as the whole command takes to run.
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)][: len(columns)]
        cells += [cell.rjust(width) for cell, width in zip(line, widths, strict=True)][len(columns) :]
        typer.echo("  ".join(cells).rstrip())


def _cell(value: Any) -> str:

    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
