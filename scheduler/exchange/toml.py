"""Sources as the ``[[source]]`` tables of a configuration file. It is read by :mod:`crawler.configuration`."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from crawler.source import Source

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def write_toml(sources: Iterable[Source]) -> str:
    """One ``[[source]]`` table each, with the keys that were written."""
    return "\n".join(_table(source.definition()) for source in sources)


def _table(definition: dict[str, Any]) -> str:
    rules = (line for table in definition.get("rules", ()) for line in ("", "[[source.rules]]", *_lines(table)))
    keys = {key: value for key, value in definition.items() if key != "rules"}
    return "\n".join(["[[source]]", *_lines(keys), *rules, ""])


def _lines(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key == "fields":
            yield from (f"fields.{_key(name)} = {_value(rule)}" for name, rule in value.items())
        elif value is not None:
            yield f"{_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_value(inner)}" for key, inner in value.items() if inner is not None)
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    # JSON's escapes are TOML's; of what TOML wants escaped JSON leaves this one.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
