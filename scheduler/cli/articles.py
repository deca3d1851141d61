"""``tidings articles``: to look for, to look at, and from elsewhere than a crawl."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli import article_export, article_search, article_shown
from scheduler.cli.common import (
    COUNTS,
    EXIT_SOURCE_FAILED,
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    database_in_use,
    migrate_quietly,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from crawler.source import Source
    from scheduler.warc.sitting import Result

app = typer.Typer(help="Articles: search them, show one, export them, import others.", no_args_is_help=True)


@app.callback()
def articles() -> None:
    """Articles: search them, show one, export them, import others."""


article_shown.register(app)
article_search.register(app)
article_export.register(app)


@app.command("import-warc")
def import_warc(
    file: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="WARC files, .gz too, or - for standard input.")
    ],
    *,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="The source of pages whose site no source owns.")
    ] = "warc",
    again: Annotated[bool, typer.Option("--again", help="Read files again that were read to their end.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read the pages of WARC files into the database, as if they had been crawled.

    Files that were left half-way, by a signal or a kill, are taken up where that was; standard input cannot be.

    Exit code 0: all was read; 1: a damaged record was passed over, or a signal came before the end; 2: a file
    cannot be read.
    """
    from crawler import logs
    from crawler.warc.records import ExtraMissingError
    from scheduler.warc.sitting import SupersededError, WarcImportError, quiet_pages

    configuration = configured(config)
    strays = _strays(source)
    logs.configure(configuration)
    with database_in_use(configuration) as url, quiet_pages():
        migrate_quietly(configuration, url)
        try:
            results = asyncio.run(_import_all(configuration, config, url, file, strays, again=again))
        except (WarcImportError, ExtraMissingError, SupersededError) as error:
            raise CommandError(str(error)) from error
    _print(results, as_json=as_json)
    is_well = all(result.outcome != "stopped" and not result.num_damaged for result in results)
    raise typer.Exit(0 if is_well else EXIT_SOURCE_FAILED)


def _strays(name: str) -> "Source":
    from pydantic import ValidationError

    from crawler.configuration import explain
    from crawler.source import Source

    try:
        # A host that is nobody's (RFC 2606): the source is there to hold what was found, and asks for nothing.
        return Source.model_validate({"name": name, "url": f"https://{name}.invalid/"})
    except ValidationError as error:
        raise CommandError(f"--source: {explain(error)[1]}") from None


async def _import_all(
    configuration: "Configuration",
    config: Path | None,
    url: str,
    files: list[Path],
    strays: "Source",
    *,
    again: bool,
) -> list["Result"]:
    """What became of each file."""
    from crawler.ingestion.arrivals import number_all
    from crawler.runs import open_equipment
    from scheduler.warc.runs import ImportRuns
    from scheduler.warc.sitting import Import
    from sql.database import open_database

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await asyncio.to_thread(_apply_sources, configuration, config, url)
    results: list[Result] = []
    try:
        async with (
            open_database(url, application_name="tidings import") as database,
            open_equipment(database, configuration, spooled=False) as equipment,
        ):
            for path in files:
                runs = ImportRuns(equipment, url, strays)
                importing = Import(equipment, runs, path, configuration.crawl.max_page_bytes)
                results.append(await importing.run(stopping, again=again))
                if stopping.is_set():
                    break
            await number_all(database)
    except ExceptionGroup as group:  # the equipment's tasks wrap what ends them, and what ends us
        raise group.exceptions[0] from None
    return results


def _apply_sources(configuration: "Configuration", config: Path | None, url: str) -> None:
    """The sources of the configuration file own their sites, whether the daemon has run yet or not."""
    from crawler.configuration import find_file
    from scheduler.sources import reconcile
    from sql.database import connect

    if find_file(config) is not None:
        with connect(url) as connection:
            reconcile(connection, configuration.source, origin="file", everything=False)


def _print(results: list["Result"], *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json([asdict(result) for result in results])
        return
    for result in results:
        records = ", ".join(f"{number} {kind}" for kind, number in sorted(result.records.items()))
        typer.echo(f"{result.file}: {result.outcome}; records: {records or 'none'}")
        print_table(result.sources, {"source": "source"}, counts=COUNTS, empty="no pages")
