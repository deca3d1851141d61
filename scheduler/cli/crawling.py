"""``tidings demo``, ``run``, ``worker`` and ``once``: the commands that crawl."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.common import (
    COUNTS,
    EXIT_ALREADY_RUNNING,
    EXIT_SOURCE_FAILED,
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    database_in_use,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from crawler.configuration import WebSettings


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (demo, run, worker, once):
        app.command()(command)


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Visit the sample sources, print what was stored, exit.")
    ] = False,
) -> None:
    """Show everything at work, with nothing to configure.

    Embedded Postgres, three small newspapers on loopback, and the daemon.
    """
    from scheduler.demo import run_demo

    raise typer.Exit(run_demo(once=once))


def run(config: ConfigOption = None) -> None:
    """Run the daemon: timetable, workers and operator page."""
    from crawler import logs
    from scheduler.supervisor import Supervisor

    configuration = configured(config, thoroughly=True)
    logs.configure(configuration, stream=sys.stdout)
    with database_in_use(configuration, watch=True) as url:
        asyncio.run(Supervisor(configuration, config, url).run())


def worker(
    *,
    listen: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Serve /metrics, /healthz and /readyz there: 127.0.0.1:8412."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Run workers only, on a further host."""
    from crawler import logs
    from crawler.upgrade import check_upgraded
    from scheduler.host import ListenError, run_workers

    configuration = configured(config)
    address = _address(listen, configuration.web) if listen is not None else None
    url = configuration.database.dsn
    if url is None:
        raise CommandError("a worker needs the daemon's database: set [database] url or $TIDINGS_DATABASE_URL")
    logs.configure(configuration, stream=sys.stdout)
    check_upgraded(url)
    try:
        asyncio.run(run_workers(configuration, url, address))
    except ListenError as error:
        raise CommandError(str(error)) from error


def _address(listen: str, settings: "WebSettings") -> "WebSettings":
    """Where to listen, and for whom, by the rules of ``[web]``."""
    from pydantic import ValidationError

    from crawler.configuration import WebSettings

    try:
        return WebSettings(listen=listen, token=settings.token, hosts=settings.hosts, proxies=settings.proxies)
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise CommandError(f"--listen: {message}") from None


def once(
    source: Annotated[
        list[str] | None, typer.Argument(help="Visit these, due or not. Default: what is due.")
    ] = None,
    *,
    revisit: Annotated[bool, typer.Option("--revisit", help="Visit their known articles again, too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Visit what is due, or the named sources, and exit.

    Exit code 0: all well; 1: some source failed; 2: it could not run; 75: it is already running.
    """
    from crawler import logs
    from scheduler.once import AlreadyRunningError
    from scheduler.once import once as run_once

    configuration = configured(config, thoroughly=True)
    logs.configure(configuration)
    with database_in_use(configuration, watch=True) as url:
        try:
            result = asyncio.run(run_once(configuration, config, url, source or [], revisit=revisit))
        except AlreadyRunningError as error:
            raise CommandError(str(error), EXIT_ALREADY_RUNNING) from error
    if as_json:
        print_json(result.runs)
    else:
        columns = {"source": "source", "outcome": "outcome", "reason": "reason"}
        print_table(result.runs, columns, counts=COUNTS, empty="nothing is due")
    raise typer.Exit(0 if result.all_well else EXIT_SOURCE_FAILED)
