"""HTML: what headings, microdata, links and times claim where JSON-LD and ``<meta>`` are silent."""

from typing import Any

from crawler.extraction.claims import Claims
from crawler.extraction.names import read_names
from crawler.extraction.page import Page
from crawler.text import clean_line

_BYLINES = frozenset(
    {"author", "author-name", "author__name", "article-author", "byline", "byline-name", "byline__name"}
)


def read_claims(page: Page) -> Claims:
    """Read what the markup claims."""
    properties = _properties(page.tree)
    return Claims(
        "html",
        headline=_headline(page.tree, properties),
        authors=_authors(page.tree, properties),
        article_section=_text_of(properties.get("articlesection", [])),
        in_language=clean_line(page.tree.get("lang") or page.tree.get("xml:lang")),
        canonical_url=_link(page.tree, "canonical"),
        main_image_url=_link(page.tree, "image_src"),
    )


def read_title(page: Page) -> str | None:
    """Read ``<title>``, the last resort for a headline."""
    return clean_line(page.tree.findtext(".//title"))


def _properties(tree: Any) -> dict[str, list[Any]]:
    """Collect the elements that carry microdata, ``<meta>`` left out, by property in lower case."""
    found: dict[str, list[Any]] = {}
    for element in tree.xpath("//*[@itemprop][not(self::meta)]"):
        for name in element.get("itemprop").lower().split():
            found.setdefault(name, []).append(element)
    return found


def _headline(tree: Any, properties: dict[str, list[Any]]) -> str | None:
    return _text_of(properties.get("headline", [])) or _text_of(tree.iter("h1"))


def _text_of(elements: Any) -> str | None:
    return next(filter(None, (clean_line(element.text_content()) for element in elements)), None)


def _authors(tree: Any, properties: dict[str, list[Any]]) -> tuple[str, ...]:
    marked = [name for author in properties.get("author", []) for name in _named(author)]
    linked = tree.xpath("//a[contains(concat(' ', @rel, ' '), ' author ')]")
    bylines = [
        element for element in tree.xpath("//*[@class]") if _BYLINES.intersection(element.get("class").split())
    ]
    found = (
        read_names(element.text_content() for element in elements) for elements in (marked, linked, bylines[:1])
    )
    return next(filter(None, found), ())


def _named(author: Any) -> list[Any]:
    return author.xpath(".//*[@itemprop='name']") or [author]


def _link(tree: Any, relation: str) -> str | None:
    for element in tree.iter("link"):
        if relation in (element.get("rel") or "").lower().split() and (href := clean_line(element.get("href"))):
            return href
    return None
