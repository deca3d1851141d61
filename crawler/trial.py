"""A source's rules, tried on one page: what is read without them, what they find, and what counts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args
from zoneinfo import ZoneInfo

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction import as_row, read
from crawler.extraction.page import read_page
from crawler.extraction.row import plain
from crawler.extraction.rules import count_parts, missed_fields, read_claims, remove_parts
from crawler.rule_keys import FieldName

FIELDS: tuple[str, ...] = get_args(FieldName)
"""The fields of an article that a rule may read, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Values are plain, with the names of columns; of a page that is no article there are none."""

    general: dict[str, Any]
    """What is read without rules."""
    found: dict[str, Any]
    """What the rules find."""
    counts: dict[str, Any]
    """What would be stored."""
    origins: Mapping[str, str]
    """Where on the page that was found."""
    missed: tuple[str, ...]
    """The fields for which a rule found nothing."""
    num_removed: int
    rejected_without: NotAnArticle | None
    """Why the page is no article as it is read without rules."""
    rejected: NotAnArticle | None
    """The same with them."""


def try_rules(body: bytes, url: str, headers: Mapping[str, str], hints: Hints) -> Trial:
    """Read a page with and without the rules in ``hints``."""
    without = read(body, url, headers=headers, hints=replace(hints, rules=None)).result
    result = read(body, url, headers=headers, hints=hints).result
    page, rules = read_page(body, url, headers.get("content-type")), hints.rules
    found: dict[str, Any] = {}
    missed: tuple[str, ...] = ()
    num_removed = 0
    if rules is not None and not isinstance(page, NotAnArticle):
        claims = read_claims(remove_parts(page, rules), rules, ZoneInfo(hints.timezone))
        found = {name: plain(value) for name in FIELDS if (value := getattr(claims, name))}
        missed, num_removed = missed_fields(claims, rules), count_parts(page, rules)
    return Trial(
        general=_values(without),
        found=found,
        counts=_values(result),
        origins=result.origins if isinstance(result, Article) else {},
        missed=missed,
        num_removed=num_removed,
        rejected_without=without if isinstance(without, NotAnArticle) else None,
        rejected=result if isinstance(result, NotAnArticle) else None,
    )


def _values(result: Article | NotAnArticle) -> dict[str, Any]:
    if isinstance(result, NotAnArticle):
        return {}
    row = as_row(result)
    return {name: row[name] for name in FIELDS if row[name]}
