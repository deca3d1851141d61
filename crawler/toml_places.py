"""Where in a TOML file a value stands. tomllib keeps no positions, so the line is looked for."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

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
    if _is_nested(keys):  # whose header may stand without that of its outer table
        start = starts[nth] + 1 if nth < len(starts) else 0
        if number := _line_in(lines, start, header, keys):
            return number
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


def _is_nested(keys: Location) -> bool:
    """Whether a path within a table leads to a table of an array in it: ``("rules", 0, "remove")``."""
    return len(keys) > 1 and isinstance(keys[1], int)


def _line_in(lines: Sequence[str], start: int, outer: str, keys: Location) -> int | None:
    """The line of a key of a nested table, else of its header; ``start`` is the first line of the outer one."""
    name, nth, *rest = keys
    header, wanted = f"[[{outer.strip('[]')}.{name}]]", ".".join([*map(str, rest[:2]), ""])
    seen, found, best, prefix = -1, None, "", ""
    for number, line in enumerate(lines[start:], start=start + 1):
        if line == outer:
            break
        if line == header:
            seen, prefix = seen + 1, ""
            found = number if seen == nth else found
            continue
        if line.startswith("["):  # [source.rules.fields] opens what its keys lie in
            key = prefix = line.strip("[]").removeprefix(f"{header.strip('[]')}.") + "."
        else:
            key = prefix + re.sub("[\"']", "", line.split("=")[0]) + "."
        if seen == nth and wanted.startswith(key) and len(key) > len(best):
            found, best = number, key
    return found


def _key(text: str, location: Location) -> str:
    if len(location) < 2 or not isinstance(location[1], int):  # noqa: PLR2004 (a table and its number)
        return ".".join(str(part) for part in location[:2])  # a list's key stands for its entries
    table, number, *rest = location
    data = tomllib.loads(text)[str(table)]
    entry = data[int(number)] if isinstance(data, list) else data
    name = entry.get("name") if isinstance(entry, dict) else None
    which = f"{table} {name!r}" if name else f"{table} number {int(number) + 1}"
    return ", ".join([which, *_keys(entry, rest)])


def _keys(entry: Any, rest: Sequence[str | int]) -> Iterator[str]:
    """The key at fault, or the table of an array and the key in it: ``rules number 1``, ``fields.headline``."""
    if len(rest) > 1 and isinstance(rest[1], int) and _is_table(entry, rest):
        yield f"{rest[0]} number {rest[1] + 1}"
        if inner := [str(key) for key in rest[2:4] if isinstance(key, str) and key != "[key]"]:
            yield ".".join(inner)
    else:
        yield from map(str, rest[:1])


def _is_table(entry: Any, path: Sequence[str | int]) -> bool:
    try:
        return isinstance(entry[path[0]][path[1]], dict)
    except (KeyError, IndexError, TypeError):
        return False
