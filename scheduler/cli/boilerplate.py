"""``tidings sources boilerplate``: the paragraphs that recur across a source's articles."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, print_json, print_table

if TYPE_CHECKING:
    from sql.database import Connection

_MOST_CHARACTERS = 100  # of a paragraph, on a terminal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(boilerplate)


def boilerplate(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    keep: Annotated[str | None, typer.Option(metavar="KEY", help="Never drop this paragraph.")] = None,
    drop: Annotated[str | None, typer.Option(metavar="KEY", help="Drop it, as long as it recurs.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What recurs across a source's articles: learned (and dropped), kept (as you said), and unlearned.

    What --keep and --drop say counts from the source's next run on.
    """
    from crawler.paragraphs import key_name
    from scheduler.sources import find
    from sql.database import rows

    with connected(config) as connection:
        find(connection, name)
        for key, state in ((keep, "kept"), (drop, "learned")):
            if key:
                _set_state(connection, name, key, state)
        found = rows(connection, "list_boilerplate", {"name": name})
    for row in found:
        row["key"] = key_name(row.pop("paragraph_key"))
    if as_json:
        print_json(found)
        return
    shown: list[dict[str, Any]] = [row | {"paragraph": row["paragraph"][:_MOST_CHARACTERS]} for row in found]
    columns = {"key": "key", "state": "state", "num_articles": "articles", "learned_at": "learned (UTC)"}
    columns |= {"last_seen_at": "last seen (UTC)", "unlearned_at": "unlearned (UTC)", "paragraph": "paragraph"}
    print_table(shown, columns, empty="nothing was found to recur")


def _set_state(connection: "Connection", name: str, key: str, state: str) -> None:
    from crawler.paragraphs import named_key
    from sql.queries import query

    try:
        params = {"name": name, "paragraph_key": named_key(key), "state": state}
    except ValueError as error:
        raise CommandError(f"{key!r} is no key of a paragraph: {error}") from None
    if not connection.execute(query("set_boilerplate_state"), params).rowcount:
        raise CommandError(f"{name} has no paragraph with the key {key}")
