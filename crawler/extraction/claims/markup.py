"""HTML: what headings, bylines and links claim where JSON-LD and ``<meta>`` are silent."""

from collections.abc import Sequence
from typing import Any

from crawler.extraction.claims.claims import Claims
from crawler.extraction.claims.marks import Marks
from crawler.extraction.fields.bylines import read_bylines
from crawler.extraction.fields.headline import Names, read_heading
from crawler.extraction.page import Page
from crawler.text import clean_line


def read_claims(page: Page, marks: Marks, names: Names, titles: Sequence[str] = ()) -> Claims:
    """Read what the markup claims."""
    return Claims(
        "html",
        headline=read_heading(marks, names, titles),
        authors=read_bylines(marks),
        in_language=clean_line(page.tree.get("lang") or page.tree.get("xml:lang")),
        canonical_url=_link(page.tree, "canonical"),
        main_image_url=_link(page.tree, "image_src"),
    )


def read_title(page: Page) -> str | None:
    """Read ``<title>``, the last resort for a headline."""
    return clean_line(page.tree.findtext(".//title"))


def _link(tree: Any, relation: str) -> str | None:
    for element in tree.iter("link"):
        if relation in (element.get("rel") or "").lower().split() and (href := clean_line(element.get("href"))):
            return href
    return None
