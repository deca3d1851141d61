"""``tidings extract``: one page in, one JSON object out. No database."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from scheduler.cli.common import CommandError, ConfigOption, configured, print_json


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(extract)


def extract(
    page: Annotated[str, typer.Argument(metavar="FILE|DIR|URL|-", help="An HTML file, a folder of them, a URL.")],
    *,
    url: Annotated[str | None, typer.Option(help="Where the page comes from, if not from PAGE itself.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA zone of dates that name none.")] = "UTC",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One line a page; for a folder.")] = False,
    config: ConfigOption = None,
) -> None:
    """Print the article of a page as JSON; exit code 1 if it has none."""
    path = Path(page)
    if path.is_dir():
        for name, body in _pages_of(path):
            row = {"id": name} | _extracted(body, url or f"file:///{name}.html", None, timezone)
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    if page.startswith(("http://", "https://")):
        row = _from_web(page, config, timezone)
    else:
        body = sys.stdin.buffer.read() if page == "-" else _read(path)
        row = _extracted(body, url or ("about:blank" if page == "-" else path.resolve().as_uri()), None, timezone)
    if jsonl:
        typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        print_json(row)
    raise typer.Exit(1 if "reason" in row else 0)


def _extracted(body: bytes, url: str, content_type: str | None, timezone: str) -> dict[str, Any]:
    from crawler.article import Article, Hints
    from crawler.extraction import as_row
    from crawler.extraction import extract as extract_article

    result = extract_article(body, url, content_type=content_type, hints=Hints(timezone=timezone))
    if isinstance(result, Article):
        return as_row(result)
    return {"url": url, "outcome": "rejected", "reason": str(result.reason), "detail": result.detail}


def _from_web(url: str, config: Path | None, timezone: str) -> dict[str, Any]:
    from crawler.fetch import fetch_page
    from crawler.outcomes import RefusedError

    try:
        fetched = fetch_page(url, configured(config))
    except RefusedError as error:
        raise CommandError(f"{url}: {error.reason}: {error}", 1) from error
    return _extracted(fetched.body, fetched.url, fetched.content_type, timezone)


def _pages_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.name.endswith((".html", ".html.gz", ".htm")):
            yield path.name.split(".htm")[0], _read(path)


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
