"""``tidings articles search``: full-text search over what is stored."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import CommandError, ConfigOption, JsonOption, connected, moment_option, print_json
from scheduler.cli.differences_shown import in_colour, printable

if TYPE_CHECKING:
    from crawler.search.questions import Answer, Question

_MOST_SHOWN = 500

SourceOption = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Of this source; may be given several times.")
]
LanguageOption = Annotated[
    str | None, typer.Option(metavar="CODE", help="Of this language, by its ISO 639 code: en, de, ja.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)


def search(
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY...", help='Words, "a phrase", one or other, -without.')
    ],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Seen first at this time or later: 2026-11-30, or 7d.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Seen first before this time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST_SHOWN, help="How many are shown.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search articles: the best matches first, of two as good the newer.

    Words are found in other forms of theirs, too, by the language of each article. A query that begins with a
    minus comes after "--".
    """
    from crawler.search.questions import Question, QuestionError, ask
    from sql.database import rows

    with connected(config) as connection:

        async def fetch(name: str, params: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
            return rows(connection, name, params)

        question = Question(
            " ".join(query),
            tuple(source or ()),
            language.strip().lower() if language else None,
            moment_option("--since", since),
            moment_option("--until", until),
        )
        try:
            answer = asyncio.run(ask(fetch, question, limit=limit))
        except QuestionError as error:
            raise CommandError(str(error)) from None
    if as_json:
        print_json(_as_data(answer))
    else:
        _print(question, answer)


def _as_data(answer: "Answer") -> dict[str, Any]:
    articles = [hit | {"snippet": "".join(piece.text for piece in hit["snippet"])} for hit in answer.hits]
    return {"num_matches": answer.num_matches, "is_all": answer.is_all, "articles": articles}


def _print(question: "Question", answer: "Answer") -> None:
    is_in_colour = in_colour()
    for hit in answer.hits:
        seen = f"{hit['first_seen_at']:%Y-%m-%d %H:%M}"
        headline = (
            typer.style(printable(hit["headline"]), bold=True) if is_in_colour else printable(hit["headline"])
        )
        typer.echo(f"{hit['article_id']}  {seen}  {hit['source']}  {headline}")
        typer.echo(f"    {printable(hit['url'])}")
        pieces = [
            typer.style(text, bold=True) if piece.is_match and is_in_colour else text
            for piece in hit["snippet"]
            for text in [" ".join(printable(line) for line in piece.text.split("\n"))]
        ]
        typer.echo(f"    {''.join(pieces)}\n")
    if not answer.hits:
        typer.echo(f"nothing found for {printable(question.text)}")
    elif not answer.is_all:
        typer.echo(f"The best of the newest {answer.num_matches}; older ones may match, too: see --until.")
    else:
        typer.echo(f"{len(answer.hits)} of {answer.num_matches}")
