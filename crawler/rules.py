"""Rules of a source: what an operator says of its pages, as plain values that extraction reads by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

DateOrder = Literal["dmy", "mdy", "ymd"]

_SAMPLE = "<html><head><title>a</title></head><body><p class='a'>a</p></body></html>"


@dataclass(frozen=True, slots=True)
class Selector:
    """An expression, and which part of what it finds counts: an attribute, what a pattern matches in its text."""

    language: Literal["css", "xpath"]
    expression: str
    attribute: str | None = None
    match: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """One set of rules. Of a field's selectors the first that finds something counts."""

    fields: Mapping[str, tuple[Selector, ...]] = field(default_factory=dict)
    """By the field's name in :class:`crawler.article.Article`."""
    remove: tuple[Selector, ...] = ()
    date_formats: tuple[str, ...] = ()
    """As ``datetime.strptime`` reads them."""
    date_order: DateOrder | None = None


@lru_cache(maxsize=4096)  # all expressions of a few hundred sources; each is a few kilobytes
def compile_expression(language: str, expression: str) -> Any:
    """Make a function of an expression, which finds elements and strings in a tree; raises ValueError."""
    from lxml import etree  # sources without rules need it only once they have a page

    try:
        path = _css_to_xpath(expression) if language == "css" else expression
        compiled = etree.XPath(path, smart_strings=False)
        found = compiled(etree.HTML(_SAMPLE))  # unknown functions and variables show only in use
    except etree.XPathError as error:
        raise ValueError(f"{expression!r} is not an XPath: {_lower(str(error))}") from None
    if isinstance(found, list | str):
        return compiled
    raise ValueError(f"{expression!r} gives neither elements nor text")


def _css_to_xpath(expression: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        return HTMLTranslator().css_to_xpath(expression)
    except SelectorError as error:
        advice = 'an XPath begins with "/", "./" or "(", or is written { xpath = "..." }'
        raise ValueError(f"{expression!r} is not a CSS selector: {_lower(str(error))}; {advice}") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
