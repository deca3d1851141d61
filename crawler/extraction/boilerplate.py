"""Paragraphs that are known to recur across the site: taken out of a body, and told to whoever learns them."""

from collections.abc import Collection
from dataclasses import dataclass

from crawler.paragraphs import Paragraph, paragraph_key

# What of a long body is told, to bound what is kept of a page: boilerplate stands at the beginning and the end.
_FIRST = 30
_LAST = 50


@dataclass(frozen=True, slots=True)
class Sifted:
    """A body without its boilerplate, and its paragraphs with it."""

    text: str
    paragraphs: tuple[Paragraph, ...]
    num_dropped: int = 0
    is_boilerplate: bool = False
    """Whether every line is known to recur: then none was dropped."""


def sift(text: str, known: Collection[int]) -> Sifted:
    """Drop the lines whose keys are ``known``, but never all of them."""
    lines = text.split("\n")
    keys = [paragraph_key(line) for line in lines]
    kept = [line for line, key in zip(lines, keys, strict=True) if key not in known] if known else lines
    found = {key: len(line) for line, key in zip(lines, keys, strict=True) if key is not None}
    paragraphs = tuple(Paragraph(key, length) for key, length in found.items())
    if len(paragraphs) > _FIRST + _LAST:
        paragraphs = paragraphs[:_FIRST] + paragraphs[-_LAST:]
    if found and all(key in known for key in found):
        return Sifted(text, paragraphs, is_boilerplate=True)
    return Sifted("\n".join(kept), paragraphs, len(lines) - len(kept))
