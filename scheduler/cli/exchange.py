"""``tidings sources import`` and ``export``: sources from and for other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, print_json

if TYPE_CHECKING:
    from scheduler.exchange.entries import Entry
    from scheduler.exchange.importing import Imported

_EXIT_SOME_REFUSED = 1
_FORMATS = {".opml": "opml", ".xml": "opml", ".csv": "csv", ".toml": "toml"}

Format = Literal["opml", "csv", "toml"]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import")(import_)
    app.command()(export)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML (*.opml, *.xml) or CSV (*.csv).")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Add the sources of an OPML or CSV file to those that are watched.

    Feeds of OPML whose htmlUrl is on one host make one source; any other is a source of its own. The header of CSV
    has the keys of a source (url at least); several feeds have spaces between them. What cannot be added, or is
    watched already in another way, is listed with its line; the rest is added.

    Exit code 0: everything in the file is watched now; 1: something was refused; 2: the file cannot be read.
    """
    from scheduler.exchange.importing import import_sources

    entries = _read(file)
    with connected(config, migrated=True) as connection:
        imported = import_sources(connection, entries)
    _print(file, imported, as_json=as_json)
    raise typer.Exit(_EXIT_SOME_REFUSED if imported.refused else 0)


def export(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Default: standard output.")] = None,
    *,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Default: what FILE is called after, else toml.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write all sources, disabled ones too, as OPML or CSV for 'import', or as TOML for 'apply'."""
    from crawler.source import Source
    from scheduler.exchange.csv import write_csv
    from scheduler.exchange.opml import write_opml
    from scheduler.exchange.toml import write_toml
    from sql.database import rows

    suffix = _FORMATS.get(file.suffix.lower(), "toml") if file else "toml"
    write = {"opml": write_opml, "csv": write_csv, "toml": write_toml}[format_ or suffix]
    with connected(config) as connection:
        text = write([Source.model_validate(row["definition"]) for row in rows(connection, "list_sources")])
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8", newline="")


def _read(file: Path) -> "list[Entry]":
    from scheduler.exchange.csv import read_csv
    from scheduler.exchange.entries import UnreadableError
    from scheduler.exchange.opml import read_opml

    kind = _FORMATS.get(file.suffix.lower())
    if kind == "toml":
        raise CommandError(f"{file}: TOML is for 'tidings sources apply', which also changes and removes sources")
    data = file.read_bytes()
    is_opml = kind == "opml" or (kind is None and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"))
    try:
        return read_opml(data) if is_opml else read_csv(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CommandError(f"{file}: is not UTF-8: save it as 'CSV UTF-8'") from None
    except UnreadableError as error:
        raise CommandError(f"{file}:{error}") from None


def _print(file: Path, imported: "Imported", *, as_json: bool) -> None:
    if as_json:
        refused = [{"line": one.line, "name": one.name, "reason": one.why} for one in imported.refused]
        print_json({"added": imported.added, "known": imported.known, "refused": refused})
        return
    for one in imported.refused:
        typer.echo(f"{file}:{one.line}: {one.name}: {one.why}", err=True)
    typer.echo(
        f"{len(imported.added)} added, {len(imported.known)} known already, {len(imported.refused)} refused"
    )
