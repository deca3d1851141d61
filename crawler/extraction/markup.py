"""HTML: what headings, microdata, links and times claim where JSON-LD and ``<meta>`` are silent."""

from collections.abc import Iterator, Sequence
from typing import Any

from crawler.extraction.bylines import read_bylines
from crawler.extraction.claims import Claims
from crawler.extraction.headline import Names, read_heading
from crawler.extraction.marks import Marks
from crawler.extraction.page import Page
from crawler.text import clean_line


def read_claims(page: Page, marks: Marks, names: Names, titles: Sequence[str] = ()) -> Claims:
    """Read what the markup claims."""
    properties = _properties(marks)
    return Claims(
        "html",
        headline=read_heading(marks, names, titles),
        authors=read_bylines(marks),
        in_language=clean_line(page.tree.get("lang") or page.tree.get("xml:lang")),
        date_published=_published(page.tree, properties),
        date_modified=next(_times(properties.get("datemodified", [])), None),
        canonical_url=_link(page.tree, "canonical"),
        main_image_url=_link(page.tree, "image_src"),
    )


def read_title(page: Page) -> str | None:
    """Read ``<title>``, the last resort for a headline."""
    return clean_line(page.tree.findtext(".//title"))


def _properties(marks: Marks) -> dict[str, list[Any]]:
    """Group the elements that carry microdata, ``<meta>`` left out, by property in lower case."""
    found: dict[str, list[Any]] = {}
    for element in marks.properties:
        for name in element.get("itemprop").lower().split() if element.tag != "meta" else ():
            found.setdefault(name, []).append(element)
    return found


def _published(tree: Any, properties: dict[str, list[Any]]) -> str | None:
    marked = [*properties.get("datepublished", []), *tree.xpath("//time[@pubdate]")]
    return next(_times(marked), None) or next(_times(tree.xpath("//article//time | //main//time | //time")), None)


def _times(elements: list[Any]) -> Iterator[str]:
    for element in elements:
        if value := clean_line(element.get("datetime") or element.get("content") or element.text_content()):
            yield value


def _link(tree: Any, relation: str) -> str | None:
    for element in tree.iter("link"):
        if relation in (element.get("rel") or "").lower().split() and (href := clean_line(element.get("href"))):
            return href
    return None
