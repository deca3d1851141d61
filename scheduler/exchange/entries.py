"""What the formats have in common: one entry a source, and values written as text."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_origin

from crawler.source import Source

KEYS = tuple(Source.model_fields)
"""The keys of a source in their order."""

_LISTS = {key for key, field in Source.model_fields.items() if get_origin(field.annotation) is tuple}


class UnreadableError(ValueError):
    """A file cannot be read as a whole; the message begins with the line, where one is known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A source as a file has it, unchecked, and the line on which it begins (1 is the first)."""

    line: int
    written: dict[str, Any]


def as_text(value: Any) -> str:
    """A value in one cell or attribute: a list of words with spaces between them, a table as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, str) and _is_word(item) for item in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False)


def from_text(key: str, text: str) -> Any:
    """The value of ``key`` that :func:`as_text` wrote; what is wrong with it is for the source's check to say."""
    if text[:1] in {"[", "{"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text.split() if key in _LISTS else text


def as_texts(source: Source) -> dict[str, str]:
    """What was written of a source, as text, in the order of :data:`KEYS`."""
    definition = source.definition()
    return {key: as_text(definition[key]) for key in KEYS if definition.get(key) not in (None, [], {})}


def used_keys(sources: Iterable[Source]) -> list[str]:
    """The keys that any of these sources has, and those that a reader expects, in order."""
    used = {"name", "url", "feeds"}.union(*(as_texts(source) for source in sources))
    return [key for key in KEYS if key in used]


def _is_word(text: str) -> bool:
    return bool(text) and not text.startswith(("[", "{")) and text.split() == [text]
