"""Runs the daemon on the sample site and tells what there is to see."""

import asyncio
import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import typer

from crawler import logs
from crawler.configuration import Configuration, load
from scheduler.demo.report import print_pages, print_summary
from scheduler.demo.site import SampleSite
from scheduler.supervisor import Supervisor
from sql.database import Database, connect, open_database
from sql.embedded import default_data_dir, embedded_postgres
from sql.queries import query

_PUBLISH_SECONDS = 5.0
_EVERY = {True: "1h", False: "5s"}
_GIVE_UP_SECONDS = 120.0
_POLL_SECONDS = 0.2


class _Unfinished(Exception):  # noqa: N818 (not an error of the program, but of its patience)
    """The sample sources were not all visited in time."""


def run_demo(*, once: bool) -> int:
    """Run it; returns the exit code.

    It has a data directory and a database of its own, and begins with an empty one each time.
    """
    began = time.monotonic()
    typer.echo("starting PostgreSQL ...")
    logs.configure(Configuration(), level="warning")  # until the log file exists
    with _free_folder() as folder, embedded_postgres(folder, watch=True) as url:
        with connect(url) as connection:
            connection.execute(query("drop_schema"))
        try:
            asyncio.run(_show(folder, url, once=once))
        except _Unfinished as error:
            typer.echo(f"demo: {error}; the log is {folder / 'tidings.log'}", err=True)
            return 1
        if once:
            with connect(url) as connection:
                print_summary(connection)
            typer.echo(f"\n{time.monotonic() - began:.1f} s in all; the log is {folder / 'tidings.log'}")
    return 0


@contextmanager
def _free_folder() -> Iterator[Path]:
    """A data directory that no other demo uses: ``demo``, else ``demo-2`` and so on."""
    base = default_data_dir()
    base.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        name = "demo" if number == 1 else f"demo-{number}"
        with (base / f"{name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield base / name
            return


async def _show(folder: Path, url: str, *, once: bool) -> None:
    site = SampleSite()
    await site.start()
    try:
        config_file = folder / "tidings.toml"
        config_file.write_text(_configuration(folder, site.sources(), every=_EVERY[once]), encoding="utf-8")
        configuration = load(config_file, environ={})
        _start_log(configuration)
        supervisor = Supervisor(configuration, config_file, url)
        async with open_database(url, application_name="tidings demo", max_size=2) as database:
            watching: list[asyncio.Task[None]] = []

            def ready(page: str) -> None:
                _greet(page, configuration, config_file, once=once)
                duty = (
                    _until_visited(supervisor, database, len(configuration.source))
                    if once
                    else _publish(site, database)
                )
                watching.append(asyncio.create_task(duty))

            await supervisor.run(on_ready=ready)
            watching[0].cancel()
            with suppress(asyncio.CancelledError):
                await watching[0]
    finally:
        await site.stop()


def _start_log(configuration: Configuration) -> None:
    if configuration.log.file is not None:
        configuration.log.file.write_bytes(b"")
    logs.configure(configuration)


def _greet(page: str, configuration: Configuration, config_file: Path, *, once: bool) -> None:
    names = ", ".join(source.name for source in configuration.source)
    typer.echo(f"three sample newspapers on loopback: {names}")
    if once:
        typer.echo("visiting each of them once ...")
        return
    typer.echo(f"operator page  {page}")
    typer.echo(f"to act on it   tidings web token --config {config_file}")
    typer.echo(f"log            tail -f {configuration.log.file}")
    typer.echo(f"more to try    tidings status --config {config_file}")
    typer.echo("a newspaper publishes every 5 seconds and is visited every 5 seconds; Ctrl-C ends it\n")


async def _until_visited(supervisor: Supervisor, database: Database, num_sources: int) -> None:
    """Stop the daemon when every source has had its first run."""
    try:
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            while not await _all_finished(database, num_sources):
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise _Unfinished(f"not every sample source was visited within {_GIVE_UP_SECONDS:g} s") from None
    finally:
        supervisor.stop()


async def _all_finished(database: Database, num_sources: int) -> bool:
    rows = await database.fetch("count_visited_sources")
    return bool(rows) and rows[0]["num_sources"] >= num_sources


async def _publish(site: SampleSite, database: Database) -> None:
    """Let the newspapers publish, and print how each visit that follows ends."""
    seen = datetime.now(UTC)
    while True:
        await asyncio.sleep(_PUBLISH_SECONDS)
        typer.echo(f"published  {site.publish()}")
        rows = await database.fetch("list_pages_since", {"since": seen})
        seen = max((row["fetched_at"] for row in rows), default=seen)
        print_pages(rows)


def _configuration(folder: Path, sources: list[dict[str, Any]], *, every: str) -> str:
    tables: dict[str, dict[str, Any]] = {
        "database": {"data_dir": str(folder)},
        "crawl": {"workers": 2, "delay": "50ms", "allow_networks": ["127.0.0.0/8"]},
        "web": {"listen": "127.0.0.1:0"},
        "log": {"file": str(folder / "tidings.log"), "format": "json"},
    }
    parts = ["# Written by 'tidings demo', anew each time."]
    parts += [_table(f"[{name}]", values) for name, values in tables.items()]
    parts += [_table("[[source]]", source | {"every": every}) for source in sources]
    return "\n".join(parts)


def _table(header: str, values: Mapping[str, Any]) -> str:
    # A JSON string, number or list is also TOML.
    return "\n".join([header, *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""])
