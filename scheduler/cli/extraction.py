"""``tidings extract``: one page in, one JSON object out, or why it is that one. No database."""

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import quote

import typer

from scheduler.cli.common import CommandError, ConfigOption, configured, print_json, read_stored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.article import Article

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAGE = re.compile(r"(?P<id>.+)\.html?(\.gz)?", re.IGNORECASE)


class _Source(NamedTuple):
    """A page and where it is from."""

    body: bytes
    url: str
    content_type: str | None = None
    further: "Sequence[Article]" = ()


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(extract)


def extract(
    page: Annotated[
        str,
        typer.Argument(
            metavar="FILE|DIR|URL|-",
            help="An HTML file (.gz too), a folder of them, an http or https URL, or - for standard input.",
        ),
    ],
    *,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the page in FILE or on standard input comes from.")
    ] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="IANA time zone of dates that name none.")] = "UTC",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one line; of a folder, always one a file.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway but for --explain.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Print why: the evidence and its score, who claimed what of each field. With --json or --jsonl,"
            ' and of a folder, as {"row": ..., "explain": ...}.',
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the article of a page as JSON, or why it has none.

    Exit code 1: the page has no article, or could not be fetched; 2: the arguments or the file cannot be used.

    Of a folder, each *.html and *.html.gz becomes a line, whose id is the file's name without these endings; a
    file that cannot be read has the outcome "failed" there, and the exit code is 0.
    """
    _check_options(timezone, url)
    is_url = _URL.match(page) is not None
    is_folder = not is_url and Path(page).is_dir()
    if url is not None and (is_url or is_folder):
        raise CommandError("--url is for a page in a file or on standard input: leave it out")
    if is_folder:
        for name, path in _pages_of(Path(page)).items():
            _print_line({"id": name} | _row_of(path, name, timezone, explain=explain))
        return
    source = _from_web(page, config, timezone) if is_url else _from_here(page, url)
    row = _extracted(source, timezone, explain=explain)
    if jsonl:
        _print_line(row)
    elif explain and not as_json:
        from scheduler.cli.extraction_explained import described

        typer.echo(described(row["explain"], source.url))
    else:
        print_json(row)
    raise typer.Exit(1 if "reason" in row.get("row", row) else 0)


def _check_options(timezone: str, url: str | None) -> None:
    from crawler.source import check_http_url, check_zone

    try:
        option = "--timezone"
        check_zone(timezone)
        option = "--url"
        if url is not None:
            check_http_url(url)
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from None


def _pages_of(folder: Path) -> dict[str, Path]:
    """The pages of a folder by their ids."""
    pages: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if found := _PAGE.fullmatch(path.name):
            other = pages.setdefault(found["id"], path)
            if other is not path:
                raise CommandError(
                    f"{folder}: {other.name} and {path.name} would both have the id {found['id']!r}: rename one"
                )
    return pages


def _row_of(path: Path, name: str, timezone: str, *, explain: bool) -> dict[str, Any]:
    """What is printed of one file among many: whatever is wrong with it, the others go on."""
    try:
        return _extracted(_Source(read_stored(path), f"file:///{quote(name)}.html"), timezone, explain=explain)
    except CommandError as error:
        return {"outcome": "failed", "error": str(error)}
    except Exception as error:  # noqa: BLE001 (a page's boundary: the record of it is the line)
        return {"outcome": "failed", "error": f"{path}: {type(error).__name__}: {error}"}


def _from_here(page: str, url: str | None) -> _Source:
    if page == "-":
        return _Source(sys.stdin.buffer.read(), url or "about:blank")
    path = Path(page)
    return _Source(read_stored(path), url or path.resolve().as_uri())


def _from_web(url: str, config: Path | None, timezone: str) -> _Source:
    from crawler.source import check_http_url

    try:
        check_http_url(url)
    except ValueError as error:
        raise CommandError(str(error)) from None
    from crawler.article import Hints
    from crawler.fetch import fetch_page  # Scrapy: only now that it is needed
    from crawler.further import fetch_whole
    from crawler.outcomes import RefusedError

    conduct = partial(fetch_whole, hints=Hints(timezone=timezone))
    try:
        fetched, further = fetch_page(url, configured(config), conduct)
    except RefusedError as error:
        raise CommandError(f"{url}: {error.reason}: {error}", 1) from error
    return _Source(fetched.body, fetched.url, fetched.content_type, further)


def _extracted(source: _Source, timezone: str, *, explain: bool) -> dict[str, Any]:
    from crawler.article import Article, Hints
    from crawler.extraction import as_refusal, as_row, explain_reading, read
    from crawler.extraction.pages.joining import join

    headers = {"content-type": source.content_type or ""}
    reading = read(source.body, source.url, headers=headers, hints=Hints(timezone=timezone))
    found = reading.result
    row = as_row(join([found, *source.further])) if isinstance(found, Article) else as_refusal(found, source.url)
    return {"row": row, "explain": explain_reading(reading, source.url)} if explain else row


def _print_line(row: dict[str, Any]) -> None:
    typer.echo(json.dumps(row, ensure_ascii=False))
