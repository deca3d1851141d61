"""``tidings articles show``: one article, where it stands, and how its text came to be."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, print_json, print_table
from scheduler.cli.differences_shown import difference_lines, in_colour, printable

if TYPE_CHECKING:
    from sql.database import Connection

_LARGEST_ID = 2**63 - 1
_KEPT_APART = ("article_body", "origins", "story_id", "story_role", "story_num_articles", "story_num_sources")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(show)


def show(
    article: Annotated[
        str, typer.Argument(metavar="URL|ARTICLE_ID", help="Its URL in any spelling, or its number.")
    ],
    *,
    history: Annotated[bool, typer.Option("--history", help="What each edit changed, word by word.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """One article: what is known of it, its copies and its story, and every text that stood at its URL.

    With --history, [-what went-] and {+what came+}; of what did not change, only what stands beside it. An article
    that stands at several URLs, named by its number, has the history of the first.
    """
    from sql.database import rows

    with connected(config) as connection:
        url_id, article_id = _found(connection, article)
        (facts,) = rows(connection, "find_article", {"article_id": article_id})
        copies = rows(connection, "list_copies", {"article_id": article_id})
        url_id = url_id or copies[0]["url_id"]
        revisions = rows(connection, "list_revisions", {"url_id": url_id, "with_texts": history})
    url = next(copy["url"] for copy in copies if copy["url_id"] == url_id)
    for copy in copies:
        del copy["url_id"]
    changes = _changes(revisions) if history else []
    if as_json:
        _print_json(facts, copies, url, revisions, changes)
    else:
        _print(facts, copies, url, revisions, changes)


def _found(connection: "Connection", named: str) -> tuple[int | None, int]:
    """The URL, if one was named, and the article that stands there."""
    from sql.database import rows

    if not (named.isascii() and named.isdecimal()):
        return _found_at(connection, named)
    article_id = int(named)
    if article_id > _LARGEST_ID or not rows(connection, "find_article", {"article_id": article_id}):
        raise CommandError(f"there is no article {named}")
    return None, article_id


def _found_at(connection: "Connection", url: str) -> tuple[int, int]:
    from crawler.ingestion.identity import url_key
    from sql.database import rows

    found = rows(connection, "find_url", {"url_key": url_key(url).hex()})
    if found and not found[0]["article_id"] and found[0]["final_url"]:
        found = rows(connection, "find_url", {"url_key": url_key(found[0]["final_url"]).hex()}) or found
    if not found:
        raise CommandError(f"{printable(url)} was never seen")
    row = found[0]
    if row["article_id"] is None:
        ended = f"ended as {row['outcome']}, {row['reason']}" if row["outcome"] else "is still to come"
        raise CommandError(f"no article stands at {printable(url)}: its last visit {ended}")
    return row["url_id"], row["article_id"]


def _changes(revisions: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """What each revision changed of the one before it, in time; None for the first."""
    from crawler.ingestion.edits import compare

    return [
        None,
        *(
            {field: compare(before[field], after[field]) for field in ("headline", "article_body")}
            for before, after in pairwise(revisions)
        ),
    ]


def _print_json(
    facts: dict[str, Any],
    copies: list[dict[str, Any]],
    url: str,
    revisions: list[dict[str, Any]],
    changes: list[dict[str, Any] | None],
) -> None:
    for revision in revisions:
        del revision["article_body"]
    for revision, change in zip(revisions, changes, strict=False):
        revision["changes"] = change and {field: [op._asdict() for op in ops] for field, ops in change.items()}
    print_json({**facts, "copies": copies, "url": url, "revisions": revisions})


def _print(
    facts: dict[str, Any],
    copies: list[dict[str, Any]],
    url: str,
    revisions: list[dict[str, Any]],
    changes: list[dict[str, Any] | None],
) -> None:
    known = {key: value for key, value in facts.items() if key not in _KEPT_APART and value not in (None, [], "")}
    print_table(
        [{"key": key, "value": _shown(value)} for key, value in (known | _story(facts)).items()],
        {"key": "", "value": ""},
        empty="",
    )
    typer.echo("\nCopies")
    columns = {
        "url": "URL",
        "source": "source",
        "first_seen_at": "first seen (UTC)",
        "date_published": "published (UTC)",
    }
    columns |= {"state": "state", "first": "first by"}
    print_table([_copy(copy) for copy in copies], columns, empty="no copy")
    typer.echo(f"\nRevisions of {printable(url)}")
    columns = {"revision": "", "first_seen_at": "first seen (UTC)", "last_seen_at": "last seen (UTC)"}
    columns |= {
        "date_modified": "modified (UTC)",
        "edit_kind": "edit",
        "article_id": "article",
        "headline": "headline",
    }
    print_table(
        [row | {"headline": printable(row["headline"])} for row in revisions], columns, empty="no revision"
    )
    if not changes:
        if len(revisions) > 1:
            typer.echo("--history shows what each edit changed")
        typer.echo()
        typer.echo("\n".join(printable(line) for line in facts["article_body"].split("\n")))
    for revision, change in zip(revisions, changes, strict=False):
        for line in _history(revision, change):
            typer.echo(line)


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return [printable(str(item)) for item in value]
    return printable(value) if isinstance(value, str) else value


def _story(facts: dict[str, Any]) -> dict[str, str]:
    if facts["story_id"] is None:
        return {}
    numbers = " of ".join(
        f"{number} {word}{'s' if number > 1 else ''}"
        for number, word in ((facts["story_num_articles"], "article"), (facts["story_num_sources"], "source"))
    )
    return {"story": f"{facts['story_id']}, {numbers}; this one is {facts['story_role']}"}


def _copy(copy: dict[str, Any]) -> dict[str, Any]:
    state = f"gone since {copy['gone_at']:%Y-%m-%d %H:%M}" if copy["gone_at"] else "current"
    if not copy["is_current"]:
        state = f"until {copy['last_seen_at']:%Y-%m-%d %H:%M}"
    first = {"sight": copy["is_first_seen"], "date": copy["is_first_published"]}
    return copy | {
        "url": printable(copy["url"]),
        "state": state,
        "first": [name for name, is_so in first.items() if is_so] or None,
    }


def _history(revision: dict[str, Any], change: dict[str, Any] | None) -> Iterator[str]:
    if change is None:
        return
    yield ""
    seen = f"{revision['first_seen_at']:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Revision {revision['revision']}, {seen}: {revision['edit_kind'] or 'of no known kind'}"
    colour = in_colour()
    if any(op.op != "equal" for op in change["headline"]):
        yield from (f"  headline: {line}" for line in difference_lines(change["headline"], colour=colour))
    yield from (f"  {line}" for line in difference_lines(change["article_body"], colour=colour))
