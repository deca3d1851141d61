"""Microdata: what ``itemprop`` says of the article (https://html.spec.whatwg.org/multipage/microdata.html)."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from crawler.extraction.claims.claims import Claims
from crawler.extraction.claims.json_ld import ARTICLE_TYPES
from crawler.extraction.claims.marks import Marks, is_elsewhere, short_text
from crawler.extraction.fields.names import read_names
from crawler.text import clean_line

_ADDRESSES = ("content", "href", "src", "data-src")
_LONGEST_TYPE = 500  # characters of an itemtype that are looked at
_MOST_NAMES = 50
_MOST_PARTS = 500  # elements of an item that are looked through
_PEOPLE = frozenset({"author", "creator"})
_READ = frozenset(
    {
        "headline",
        "alternativeheadline",
        "description",
        "author",
        "creator",
        "articlesection",
        "keywords",
        "image",
        "dateline",
        "mainentityofpage",
        "publisher",
    }
)

Properties = dict[str, list[Any]]


def read_claims(marks: Marks) -> Claims:
    """Read what the article's own properties claim; those of other items and of other parts do not count."""
    properties = _properties(marks)
    if not properties:
        return Claims("microdata")
    image = next(iter(properties.get("image", ())), None)
    return Claims(
        "microdata",
        headline=_text(properties, "headline"),
        alternative_headline=_text(properties, "alternativeheadline"),
        description=_text(properties, "description"),
        authors=read_names(_names(properties.get("author") or properties.get("creator") or [])),
        article_section=_text(properties, "articlesection"),
        keywords=_keywords(properties),
        main_image_url=_address(image, "url", "contenturl"),
        main_image_caption=_inside(image, "caption", "description"),
        main_image_credit=_inside(image, "credittext", "copyrightholder", "author"),
        dateline=_text(properties, "dateline"),
        canonical_url=_address(next(iter(properties.get("mainentityofpage", ())), None)),
        site_names=tuple(_names(properties.get("publisher", []))),
    )


def _properties(marks: Marks) -> Properties:
    """Collect elements by property in lower case: the article's own, or where no item says its kind, all."""
    found: dict[str, list[tuple[Any, str]]] = {}
    for element in marks.properties:
        names = _READ.intersection(element.get("itemprop")[:_LONGEST_TYPE].lower().split())
        if names & _PEOPLE and next(element.iterancestors("figure", "figcaption"), None) is not None:
            names -= _PEOPLE  # the photographer
        if names and not is_elsewhere(element, marks):
            kind = _kind_of_item(element)
            for name in names:
                found.setdefault(name, []).append((element, kind))
    is_typed = any(kind == "article" for pairs in found.values() for _, kind in pairs)
    wanted = {"article"} if is_typed else {"article", "page", ""}
    return {
        name: elements
        for name, pairs in found.items()
        if (elements := [element for element, kind in pairs if kind in wanted])
    }


def _kind_of_item(element: Any) -> str:
    """Name the kind of the item that a property belongs to: "article", "page", "other", "" for none."""
    for part in element.iterancestors():
        if part.get("itemscope") is not None:
            types = {re.split(r"[/:#]", name)[-1] for name in part.get("itemtype", "")[:_LONGEST_TYPE].split()}
            if types & ARTICLE_TYPES:
                return "article"
            return "page" if not types or types & {"WebPage", "ItemPage"} else "other"
    return ""


def _text(properties: Properties, name: str) -> str | None:
    return next(filter(None, map(_value, properties.get(name, ()))), None)


def _value(element: Any) -> str | None:
    return clean_line(element.get("content") or element.text_content())


def _names(elements: list[Any]) -> Iterator[str]:
    for element in elements[:_MOST_NAMES]:
        inner = _parts(element, "name") if element.get("content") is None else []
        yield from filter(None, (part.get("content") or short_text(part) for part in inner or [element]))


def _keywords(properties: Properties) -> tuple[str, ...]:
    words = (
        word.strip() for element in properties.get("keywords", ()) for word in (_value(element) or "").split(",")
    )
    return tuple(dict.fromkeys(word for word in words if word))


def _parts(item: Any, *names: str) -> list[Any]:
    """Find the properties within an item, in the order of their names."""
    parts = islice(item.iterdescendants(), _MOST_PARTS)
    marked = [(part, part.get("itemprop").lower().split()) for part in parts if part.get("itemprop")]
    return [part for name in names for part, properties in marked if name in properties]


def _inside(item: Any, *names: str) -> str | None:
    parts = [] if item is None else _parts(item, *names)
    return next(filter(None, map(_value, parts)), None)


def _address(item: Any, *names: str) -> str | None:
    if item is None:
        return None
    for part in (*_parts(item, *names), item):
        if value := next((part.get(name) for name in _ADDRESSES if part.get(name)), None):
            return clean_line(value)
    return None
