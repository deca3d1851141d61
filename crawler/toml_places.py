"""Where in a TOML file a value stands. tomllib keeps no positions, so the line is looked for."""

import tomllib
from collections.abc import Sequence

Location = Sequence[str | int]
"""A path into the parsed file: ``("crawl", "delay")``, ``("source", 2, "every")``."""


def place(text: str, location: Location) -> str:
    """``LINE: KEY`` for an error message, as far as both can be told: ``7: source 'bbc', every``."""
    line, key = line_of(text, location), _key(text, location)
    return ": ".join(str(part) for part in (line, key) if part)


def line_of(text: str, location: Location) -> int | None:
    """The line of the key at ``location``, else of its table, else None. Lines count from 1."""
    lines = [line.split("#")[0].replace(" ", "").strip() for line in text.splitlines()]
    header, nth, keys = _table(location)
    starts = [number for number, line in enumerate(lines) if line == header] if header else [-1]
    if nth >= len(starts):
        return None
    start = starts[nth]
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if line.startswith("["):
            # A table that nobody knows is an error of its own header.
            if not header and keys and line.strip("[]") == str(keys[0]):
                return number
            if header:
                break
        elif keys and line.split("=")[0].strip("\"'") == str(keys[0]):
            return number
    return start + 1 or None


def _table(location: Location) -> tuple[str, int, Location]:
    """The header of the table that ``location`` lies in, which of its name it is, and the rest of the path."""
    if len(location) > 1 and isinstance(location[1], int):
        return f"[[{location[0]}]]", location[1], location[2:]
    if len(location) > 1:
        return f"[{location[0]}]", 0, location[1:]
    return "", 0, location


def _key(text: str, location: Location) -> str:
    if len(location) < 2 or not isinstance(location[1], int):  # noqa: PLR2004 (a table and its number)
        return ".".join(str(part) for part in location[:2])  # a list's key stands for its entries
    table, number, *rest = location
    entry = tomllib.loads(text)[str(table)][int(number)]
    name = entry.get("name") if isinstance(entry, dict) else None
    which = f"{table} {name!r}" if name else f"{table} number {int(number) + 1}"
    return ", ".join([which, *map(str, rest[:1])])
