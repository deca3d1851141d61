"""Named queries: every statement lives in ``queries/*.sql``, one file per duty, and is loaded once."""

import re
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def _all() -> dict[str, LiteralString]:
    found: dict[str, LiteralString] = {}
    for file in sorted(resources.files("sql").joinpath("queries").iterdir(), key=lambda file: file.name):
        pieces = _NAME.split(file.read_text(encoding="utf-8"))
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in found:
                raise ValueError(f"{file.name}: the query {name!r} has another of its name")
            found[name] = cast("LiteralString", text.strip())
    return found


def query(name: str) -> LiteralString:
    """The text of the query ``name``; KeyError if no file holds it."""
    return _all()[name]


def query_names() -> frozenset[str]:
    """The names of all queries, for the test that holds files and code together."""
    return frozenset(_all())
