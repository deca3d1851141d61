"""``tidings explain``: the whole story of one URL, or why there is none."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import ConfigOption, JsonOption, configured, connected_by, print_json

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.explain import Explanation
    from sql.database import Connection

EXIT_NOT_STORED = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of a page, in any spelling.")],
    *,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where is that story, or why is it missing?

    Who found the URL, each visit, what is stored; or why there is nothing.

    All is told from what is recorded: nothing is asked of the site.

    Exit code 0: an article is stored; 1: none is; 2: that could not be found out.
    """
    configuration = configured(config)
    with connected_by(configuration) as connection:
        explanation = asyncio.run(_ask(configuration, connection, url))
    if as_json:
        print_json(explanation.as_json())
    else:
        from scheduler.cli.explanation_shown import explanation_lines

        for line in explanation_lines(explanation):
            typer.echo(line)
    raise typer.Exit(0 if explanation.is_stored else EXIT_NOT_STORED)


async def _ask(configuration: "Configuration", connection: "Connection", url: str) -> "Explanation":
    from scheduler.explain import explain as tell
    from sql.database import rows

    async def fetch(name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return rows(connection, name, params)

    crawl = configuration.crawl
    return await tell(fetch, url, allow_ports=crawl.allow_ports, allow_networks=map(str, crawl.allow_networks))
