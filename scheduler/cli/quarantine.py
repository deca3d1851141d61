"""``tidings quarantine``: pages that crashed, hung or bloated whoever read them, and are not visited any more."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import (
    CommandError,
    ConfigOption,
    JsonOption,
    connected,
    person,
    print_json,
    print_table,
)
from scheduler.cli.differences_shown import printable

if TYPE_CHECKING:
    from sql.database import Connection

app = typer.Typer(help="Pages that crashed, hung or bloated whoever read them.", no_args_is_help=True)

UrlsArgument = Annotated[list[str] | None, typer.Argument(metavar="URL...", help="In any spelling.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that are in quarantine.")]


@app.command("list")
def list_pages(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """All of them, the latest first."""
    from sql.database import rows

    with connected(config) as connection:
        found = rows(connection, "list_quarantine")
    if as_json:
        print_json(found)
        return
    columns = {
        "source": "source",
        "reason": "reason",
        "since": "since (UTC)",
        "attempts": "attempts",
        "url": "URL",
    }
    print_table([row | {"url": printable(row["url"])} for row in found], columns, empty="nothing is in quarantine")


@app.command()
def show(
    url: Annotated[str, typer.Argument(metavar="URL", help="In any spelling.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """One page, with every visit to it that is still recorded."""
    from sql.database import rows

    with connected(config) as connection:
        (page,) = _found(connection, [url])
        visits = rows(connection, "list_visits", {"url_id": page.pop("url_id")})
    del page["url_key"]
    if as_json:
        print_json({**page, "visits": visits})
        return
    facts = [{"key": key, "value": _plain(value)} for key, value in page.items()]
    print_table(facts, {"key": "", "value": ""}, empty="")
    for visit in visits:
        visit["detail"] = _plain(visit["detail"])
    columns = {"fetched_at": "visited (UTC)", "outcome": "outcome", "reason": "reason", "http_status": "status"}
    print_table(visits, columns | {"detail": "detail"}, empty="no visit is recorded any more")


@app.command()
def retry(url: UrlsArgument = None, config: ConfigOption = None, *, every: AllOption = False) -> None:
    """Have pages visited by the next run of their source; three more attempts are made."""
    from scheduler.retrying import retry_quarantined

    with connected(config) as connection:
        pages = _found(connection, url or [], every=every)
        retry_quarantined(connection, pages)
        _record(connection, "retry", pages)
    typer.echo(f"{len(pages)} to be visited again")


@app.command()
def drop(
    url: Annotated[list[str], typer.Argument(metavar="URL...", help="In any spelling.")],
    config: ConfigOption = None,
) -> None:
    """Take pages off the list for good: their URLs stay recorded, and are never visited again."""
    from scheduler.retrying import drop_quarantined

    with connected(config) as connection:
        pages = _found(connection, url)
        drop_quarantined(connection, pages)
        _record(connection, "drop", pages)
    typer.echo(f"{len(pages)} dropped")


def _found(connection: "Connection", urls: list[str], *, every: bool = False) -> list[dict[str, Any]]:
    """The pages that a command names; CommandError if it names none, or one that is not in quarantine."""
    from scheduler.retrying import NotInQuarantineError, find_quarantined

    if every == bool(urls):
        raise CommandError("name either URLs, or all of them with --all")
    try:
        return find_quarantined(connection, urls, every=every)
    except NotInQuarantineError as error:
        raise CommandError(f"{printable(error.url)} is not in quarantine") from None


def _record(connection: "Connection", action: str, pages: list[dict[str, Any]]) -> None:
    from scheduler.sources import record

    for page in pages:
        record(connection, action, page["source"], page["url"], person())


def _plain(value: Any) -> Any:
    return printable(value) if isinstance(value, str) else value
