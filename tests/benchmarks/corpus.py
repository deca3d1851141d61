"""The pages to measure on, each with what is true of it."""

import gzip
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from crawler.extraction.charset import decode
from scheduler.demo.site import Article, Paper, SampleSite

_FOLDER = "TIDINGS_CORPUS"  # names a folder with pages/ and truth.jsonl
_OWN_DATE = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
_OWN_PUBLISHED = 24  # pages beyond those that the sample site opens with


@dataclass(frozen=True)
class Page:
    """One page as it was fetched, and what is true of it; ``truth`` has the names of ``scoring``."""

    id: str
    url: str
    content: bytes
    truth: dict[str, Any]
    timezone: str = "UTC"  # of dates that name none, as a source has it configured

    @cached_property
    def text(self) -> str:
        """The page for programs that are spared the detection of its charset."""
        return decode(self.content, None)

    @property
    def publisher(self) -> str:
        """Whose page it is: one may learn from others of the same, but not be judged on them."""
        return str(self.truth.get("publisher") or self.id)


def read_pages(arguments: Sequence[Path]) -> tuple[str, list[Page]]:
    """Read the pages of ``PAGES TRUTH``, else of $TIDINGS_CORPUS, else our own; and say in a line which.

    ``PAGES`` alone is a folder of pages of which nothing is known.

    Ends the process with code 2 where that cannot be done.
    """
    if not arguments and not os.environ.get(_FOLDER):
        pages = own_pages()
        where = (
            f"no PAGES TRUTH given and no ${_FOLDER}: {len(pages)} pages of the sample newspapers, which are easy"
        )
        return where, pages
    corpus = Path(os.environ.get(_FOLDER, ""))
    folder, *truth = arguments or (corpus / "pages", corpus / "truth.jsonl")
    try:
        pages = _pages_of(folder, *truth)
    except (OSError, EOFError, ValueError, KeyError) as error:
        _refuse(f"{type(error).__name__}: {error}")
    if not pages:
        _refuse(f"{folder}: no *.html.gz of which the truth has a line")
    return f"{len(pages)} pages of {len({page.publisher for page in pages})} publishers", pages


def own_pages() -> list[Page]:
    """The articles of ``tidings demo``: three layouts, and truths that are what the pages were made of."""
    site = SampleSite(now=lambda: _OWN_DATE)
    for _ in range(_OWN_PUBLISHED):
        site.publish()
    published = [(paper, article) for paper, article in site._published() if not article.trap]
    return [_own_page(site, paper, article) for paper, article in published]


def _own_page(site: SampleSite, paper: Paper, article: Article) -> Page:
    paper.base_url = f"https://{paper.name}.example"
    template = site._templates.get_template(f"article_{paper.markup}.html")
    truth = {
        "id": f"{paper.name}{article.path}".replace("/", "_"),
        "url": paper.base_url + article.path,
        "publisher": paper.name,
        "title": article.text.headline,
        "authors": list(article.text.authors),
        "published_at": article.date_published.isoformat(),
        "body": "\n".join(article.text.paragraphs),
        "body_alternatives": ["\n".join((article.text.description, *article.text.paragraphs))],
    }
    content = template.render(paper=paper, article=article).encode()
    return Page(truth["id"], truth["url"], content, truth, paper.timezone)


def _pages_of(folder: Path, truth: Path | None = None) -> list[Page]:
    files = {path.name.removesuffix(".html.gz"): path for path in sorted(folder.glob("*.html.gz"))}
    if truth is None:
        truths = [{"id": name} for name in files]
    else:
        truths = [json.loads(line) for line in truth.read_text("utf-8").splitlines() if line.strip()]
    return [
        Page(
            known["id"], known.get("url") or "about:blank", gzip.decompress(files[known["id"]].read_bytes()), known
        )
        for known in truths
        if known["id"] in files
    ]


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"benchmarks: {why}; give PAGES, a folder of *.html.gz, and TRUTH, or set ${_FOLDER}\n")
    sys.exit(2)
