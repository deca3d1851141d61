"""``tidings db``: the database in use."""

import asyncio
import os
import shutil
from typing import Annotated

import typer

from scheduler.cli.common import (
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    connected,
    database_in_use,
    migrate_quietly,
    print_json,
    print_table,
)

app = typer.Typer(help="The database in use.", no_args_is_help=True)

# Long enough to paste the URL into a client; from then on the client's connection keeps the server up.
_LINGER_SECONDS = 60.0


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this version's schema, and make the partitions of the months to come."""
    from scheduler.maintenance import prepare

    configuration = configured(config)
    with database_in_use(configuration) as url:
        applied = migrate_quietly(configuration, url)
        asyncio.run(prepare(url))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "the schema is up to date")


@app.command()
def status(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Which migrations the database has; exit code 1 if some are missing."""
    from sql.schema import applied_migrations, migrations, pending

    with database_in_use(configured(config)) as url:
        applied = applied_migrations(url)
    missing = {migration.number for migration in pending(applied)}
    found = [
        {"number": m.number, "name": m.name, "state": "missing" if m.number in missing else "applied"}
        for m in migrations()
    ]
    if as_json:
        print_json(found)
    else:
        print_table(found, {"name": "migration", "state": "state"}, empty="")
    raise typer.Exit(1 if missing else 0)


@app.command()
def retention(
    *,
    articles: Annotated[
        str | None, typer.Option(metavar="TIME", help="As if [retention] articles were this.")
    ] = None,
    pages: Annotated[str | None, typer.Option(metavar="TIME", help="As if [retention] pages were this.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is kept how long, and what is due to be deleted. Deletes nothing: maintenance does."""
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from crawler.configuration import RetentionSettings, explain
    from crawler.ingestion.upkeep.retention import Horizons
    from sql.database import rows

    asked = {key: value for key, value in (("articles", articles), ("pages", pages)) if value is not None}
    try:
        settings = RetentionSettings.model_validate(configured(config).retention.model_dump() | asked)
    except ValidationError as error:
        (key, *_), words = explain(error)
        raise CommandError(f"--{key}: {words}") from None
    since = Horizons.of(settings, datetime.now(UTC))
    with connected(config) as connection:
        (old,) = rows(connection, "count_old", {"articles": since.articles, "pages": since.pages})
    found = [
        {"kind": kind, "kept_since": moment, "num_to_delete": old[f"num_{kind}"]}
        for kind, moment in (("articles", since.articles), ("runs", since.pages), ("pages", since.pages))
    ]
    if as_json:
        print_json(found)
    else:
        columns = {"kind": "kind", "kept_since": "kept since (UTC)", "num_to_delete": "to be deleted"}
        print_table(found, columns, empty="")


@app.command()
def url(config: ConfigOption = None) -> None:
    """Print the connection URL, starting the embedded server if it is that."""
    with database_in_use(configured(config), linger=_LINGER_SECONDS) as in_use:
        typer.echo(in_use)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to psql.")] = None,
    config: ConfigOption = None,
) -> None:
    """Open psql on the database."""
    import subprocess

    program = shutil.which("psql") or _embedded_psql()
    with database_in_use(configured(config)) as in_use:
        environ = os.environ | {"PGOPTIONS": "-c search_path=tidings,public"}
        done = subprocess.run([program, in_use, *(arguments or [])], env=environ, check=False)  # noqa: S603 (the operator's own shell)
    raise typer.Exit(done.returncode)


def _embedded_psql() -> str:
    from sql.embedded import EmbeddedPostgresError, installed_postgres

    try:
        return str(installed_postgres() / "bin" / "psql")
    except EmbeddedPostgresError as error:
        raise CommandError("psql is not installed: install PostgreSQL's client, or tidings[embedded]") from error
