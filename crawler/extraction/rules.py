"""Rules of a source, applied: what is taken out of its pages, and what they are told to claim."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from datetime import date, datetime, tzinfo
from typing import Any

from lxml import etree

from crawler.dates import read_moment
from crawler.extraction.claims.claims import Choice, Claims
from crawler.extraction.fields.names import read_names
from crawler.extraction.page import Page
from crawler.extraction.text.lines import read_lines
from crawler.patterns import find
from crawler.rules import Rules, Selector, compile_expression
from crawler.text import clean_language, clean_line

_REMOVED = "tidings-removed"
_LONGEST_LINE = 2_000  # characters of what is no body: a selector that is too wide finds a page's whole text
_LONGEST_TOLD = 200  # characters of an expression
_MOST_VALUES = 200  # found elements that are looked at: names, keywords and whatever comes before the right one
_ADDRESSES = ("content", "src", "href")
_TIMES = ("datetime", "content")
_MOMENTS = frozenset({"date_published", "date_modified"})
_SETTLED = frozenset(field.name for field in fields(Claims)) - {"origin", "headline", "site_names"}


def remove_parts(page: Page, rules: Rules | None) -> Page:
    """Give the page without what its rules remove. That of ``page`` stays whole: walls and verdict judge by it."""
    if rules is None or not rules.remove:
        return page
    tree = deepcopy(page.tree)
    for element in _parts(tree, rules):
        element.tag = _REMOVED
    # In one go: taken out one by one, the text behind a million elements would be copied a million times.
    etree.strip_elements(tree, _REMOVED, with_tail=False)
    return replace(page, tree=tree)


def count_parts(page: Page, rules: Rules) -> int:
    """Count the elements that the rules remove, those within others too."""
    return len(_parts(page.tree, rules))


def _parts(tree: Any, rules: Rules) -> list[Any]:
    found = (element for selector in rules.remove for element in _find(tree, selector))
    return list(dict.fromkeys(e for e in found if not isinstance(e, str) and e is not tree))


def read_claims(page: Page, rules: Rules | None, zone: tzinfo) -> Claims:
    """Read what the rules find: every value is one that counts, so none is given where none can be read.

    Times are given as ISO 8601, without a clock where the page has none.
    """
    if rules is None:
        return Claims("rule")
    found = {name: _read(name, page, rules, zone) for name in rules.fields}
    return Claims("rule", **{name: value for name, value in found.items() if value})


def missed_fields(claims: Claims, rules: Rules | None) -> tuple[str, ...]:
    """Name the fields for which there is a rule that found nothing."""
    return tuple(name for name in (rules.fields if rules else ()) if not getattr(claims, name))


def used_rules(page: Page, rules: Rules | None, claims: Claims, zone: tzinfo) -> dict[str, str]:
    """Tell by field the expression that found it; of several the first that finds what was read by all."""
    if rules is None:
        return {}
    used = {}
    for name, selectors in rules.fields.items():
        if not (value := getattr(claims, name)):
            continue
        first = (s for s in selectors[:-1] if _read(name, page, _alone(rules, name, s), zone) == value)
        used[name] = next(first, selectors[-1]).expression[:_LONGEST_TOLD]
    return used


def _alone(rules: Rules, name: str, selector: Selector) -> Rules:
    return replace(rules, fields={name: (selector,)})


def settle_headline(ruled: Claims, chosen: Choice | None) -> Choice | None:
    """Give the rule's headline, without the site's name behind it if it was ``chosen`` without that."""
    if not ruled.headline or (chosen and chosen.origin == "rule"):
        return chosen
    return Choice(ruled.headline, "rule")


def settle(ruled: Claims, chosen: Mapping[str, Choice | None], zone: tzinfo) -> dict[str, Choice]:
    """Give the choices that the rules make, whatever was ``chosen``, for all fields but the headline."""
    found = {name: value for name in _SETTLED if (value := getattr(ruled, name))}
    return {name: _choice(name, value, chosen.get(name), zone) for name, value in found.items()}


def _choice(name: str, value: Any, chosen: Choice | None, zone: tzinfo) -> Choice:
    """Choose the rule's value; where that is a day, the time of day that was found for it is kept."""
    moment = read_moment(value, zone) if name in _MOMENTS else None
    if moment is None:
        return Choice(value, "rule")
    is_refined = chosen and not moment.has_time_of_day and _day(chosen.value, zone) == _day(moment.time, zone)
    return chosen if chosen and is_refined else Choice(moment.time, "rule")


def _day(time: datetime, zone: tzinfo) -> date:
    return time.astimezone(zone).date()


def _read(name: str, page: Page, rules: Rules, zone: tzinfo) -> Any:
    if name == "article_body":
        return _body(page, rules.fields[name])
    if name == "authors":
        return next(filter(None, map(read_names, _values(page, rules, name))), ())
    if name == "keywords":
        return next(filter(None, map(_words, _values(page, rules, name))), ())
    values = (value for values in _values(page, rules, name) for value in values)
    if name in _MOMENTS:
        return next((time for value in values if (time := _time(value, page, rules, zone))), None)
    if name in {"main_image_url", "canonical_url"}:
        return next((url for value in values if (url := page.absolute(value))), None)
    lines = (clean_line(value) for value in values)
    return next(filter(None, map(clean_language, lines) if name == "in_language" else lines), None)


def _values(page: Page, rules: Rules, name: str) -> Iterator[list[str]]:
    """Give what each of a field's selectors finds."""
    attributes = _ADDRESSES if name.endswith("_url") else _TIMES if name.startswith("date_") else ()
    for selector in rules.fields[name]:
        texts = (_text(found, selector, attributes) for found in _find(page.tree, selector)[:_MOST_VALUES])
        if selector.match is None:
            yield [text for text in texts if text]
        else:
            yield [part for text in texts if (part := find(selector.match, " ".join(text.split())))]


def _text(found: Any, selector: Selector, attributes: tuple[str, ...]) -> str:
    """Give the part of what was found that counts: of ``<meta>`` its content, of others the text."""
    if isinstance(found, str):
        return found[:_LONGEST_LINE]
    if selector.attribute:
        return (found.get(selector.attribute) or "")[:_LONGEST_LINE]
    names = (*attributes, "content") if found.tag == "meta" else attributes
    stated = next((value for name in names if (value := found.get(name))), None)
    return (stated or " ".join(read_lines(found, longest=_LONGEST_LINE).split("\n")))[:_LONGEST_LINE]


def _find(tree: Any, selector: Selector) -> list[Any]:
    try:
        found = compile_expression(selector.language, selector.expression)(tree)
    except (etree.XPathError, ValueError):  # what only shows on some page is that page's miss
        return []
    return found if isinstance(found, list) else [found] if isinstance(found, str) else []


def _body(page: Page, selectors: tuple[Selector, ...]) -> str | None:
    for selector in selectors:
        found = _find(page.tree, selector)
        chosen = {element for element in found if not isinstance(element, str)}
        texts = [
            part if isinstance(part, str) else read_lines(part, with_asides=False)
            for part in found
            if isinstance(part, str) or chosen.isdisjoint(part.iterancestors())
        ]
        if lines := [line for text in texts for line in text.split("\n") if line.strip()]:
            return "\n".join(filter(None, map(clean_line, lines))) or None
    return None


def _words(values: list[str]) -> tuple[str, ...]:
    words = (clean_line(word) for value in values for word in value.split(","))
    return tuple(dict.fromkeys(filter(None, words)))


def _time(value: str, page: Page, rules: Rules, zone: tzinfo) -> str | None:
    text = " ".join(value.split())
    language = page.tree.get("lang")
    moment = read_moment(text, zone, language=language, order=rules.date_order, formats=rules.date_formats)
    if moment is None:
        return None
    return moment.time.isoformat() if moment.has_time_of_day else str(_day(moment.time, zone))
