"""``tidings articles export``: articles for other programs, in the order in which they arrived."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from scheduler.cli.article_search import LanguageOption, SourceOption
from scheduler.cli.common import CommandError, ConfigOption, configured, database_in_use, moment_option

if TYPE_CHECKING:
    from scheduler.export.cursor import Cursor
    from scheduler.export.exporting import Export
    from scheduler.export.outputs import Output
    from scheduler.export.reading import Selection
    from sql.database import Connection

Format = Literal["jsonl", "csv", "parquet"]
_STDOUT = Path("-")


class _SignalledError(Exception):
    """A signal asks us to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(export)


def export(
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="jsonl, csv (RFC 4180), or parquet (extra 'parquet').")
    ],
    output: Annotated[
        Path, typer.Option(metavar="FILE|-", help="Default: standard output. Of parquet with --cursor, a folder.")
    ] = _STDOUT,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Arrived then or later: 2026-11-30, or 7d.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Arrived before this time.")] = None,
    source: SourceOption = None,
    language: LanguageOption = None,
    cursor: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keeps how far the export came; the next one goes on there."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what arrives, until interrupted.")] = False,
    config: ConfigOption = None,
) -> None:
    """Write articles, a row per URL and revision, in the order in which they arrived: the view tidings.arrivals.

    With --cursor an export that was interrupted, killed, or out of disk is taken up where it was: in the output is
    no row twice, and none is missing. (On standard output the last some thousand may come twice after a kill.)
    With another --output it goes on there, after the last row of the one before.

    Cells of CSV are as they were published: have a spreadsheet take them for text, for one that begins with =
    would be a formula.

    Exit code 0: all is written, or whoever read it has enough; 2: it could not be; 130 or 143: a signal.
    """
    from scheduler.export.cursor import CursorError
    from scheduler.export.exporting import Export
    from scheduler.export.parquet import ParquetMissingError
    from scheduler.export.reading import Selection, reader

    if format_ == "parquet" and follow:
        raise CommandError("--follow is for jsonl and csv: of parquet, export again and again with --cursor")
    if format_ == "parquet" and output == _STDOUT:
        raise CommandError("--format parquet needs --output FILE, or with --cursor --output FOLDER")
    selection = Selection(
        tuple(source or ()),
        language.strip().lower() if language else None,
        moment_option("--since", since),
        moment_option("--until", until),
    )
    configuration = configured(config)
    with _signals(), database_in_use(configuration) as url, reader(url) as connection:
        _check_schema(url)
        _check_sources(connection, selection)
        try:
            begin, writing = _opened(connection, format_, output, selection, cursor)
        except (CursorError, ParquetMissingError) as error:
            raise CommandError(str(error)) from None
        _run(Export(connection, selection, writing, begin, file=cursor), writing, follow=follow)


def _check_schema(url: str) -> None:
    from sql.schema import applied_migrations, pending

    pending(applied_migrations(url))  # what a newer version wrote we might misread


def _check_sources(connection: "Connection", selection: "Selection") -> None:
    from scheduler.sources import UnknownSourceError
    from sql.database import rows

    known = {row["name"] for row in rows(connection, "find_source_ids", {"names": list(selection.sources)})}
    for name in selection.sources:
        if name not in known:
            raise UnknownSourceError(name)


def _opened(
    connection: "Connection", format_: Format, output: Path, selection: "Selection", file: Path | None
) -> tuple["Cursor", "Output"]:
    """Where to begin, and where to write."""
    from scheduler.export.cursor import Cursor, CursorError, load
    from scheduler.export.outputs import TextOutput
    from scheduler.export.parquet import ParquetFile, ParquetParts
    from scheduler.export.reading import columns
    from scheduler.export.text import csv_lines, json_lines

    path = None if output == _STDOUT else output
    wanted = (format_, sorted(selection.sources), selection.language)
    found = load(file) if file else None
    if found and (found.format, found.sources, found.language) != wanted:
        raise CursorError(f"{file}: is the cursor of another format, source or language: name another file")
    place = str(path.resolve()) if path else None
    begin = Cursor(found.seq if found else 0, format_, place, *wanted[1:])
    names = columns(connection)
    if format_ == "parquet":
        return begin, ParquetParts(output, names, found) if file else ParquetFile(output, names)
    header, encode = (json_lines if format_ == "jsonl" else csv_lines)(names)
    if path is None and found:
        header = b""  # what goes on has one
    return begin, TextOutput(path, header, encode, found, keep=file is not None)


def _run(exporting: "Export", writing: "Output", *, follow: bool) -> None:
    try:
        with _progress(exporting):
            exporting.run(follow=follow)
        writing.finish()
    except BrokenPipeError:
        raise typer.Exit(0) from None  # whoever read has enough
    except OSError as error:
        writing.abandon()
        where = exporting.cursor.output or "standard output"
        raise CommandError(f"{where}: {error.strerror or error}{_going_on(exporting)}") from error
    except _SignalledError as signalled:
        writing.abandon()
        typer.echo(f"tidings: interrupted{_going_on(exporting)}", err=True)
        raise typer.Exit(128 + signalled.number) from None
    except BaseException:
        writing.abandon()
        raise


def _going_on(exporting: "Export") -> str:
    if exporting.file is None:
        return ""
    return f"; {exporting.num_rows} rows are written: the same command goes on after them"


@contextmanager
def _signals() -> Iterator[None]:
    """Have a signal to end raise an exception, wherever we are."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise _SignalledError(number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(exporting: "Export") -> Iterator[None]:
    """A bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}% {task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    begin = exporting.cursor.seq
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("export", total=None, rows=0)

        def told(num_rows: int, seq: int, upto: int) -> None:
            progress.update(task, total=max(upto - begin, 1), completed=max(seq - begin, 1), rows=num_rows)

        exporting.told = told
        yield
