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


def sift(text: str, known: Collection[int], description: str = "") -> Sifted:
    """Drop the lines whose keys are ``known``, but never all of them.

    Nor the page's own ``description``: what recurs may be the teaser that other pages show of this one.
    """
    lines = text.split("\n")
    keys = [paragraph_key(line) for line in lines]
    found = {key: len(line) for line, key in zip(lines, keys, strict=True) if key is not None}
    paragraphs = tuple(Paragraph(key, length) for key, length in found.items())
    if len(paragraphs) > _FIRST + _LAST:
        paragraphs = paragraphs[:_FIRST] + paragraphs[-_LAST:]
    recurring = {key for key in found if key in known}
    if not recurring:
        return Sifted(text, paragraphs)
    recurring.discard(paragraph_key(description) or 0)
    if len(recurring) == len(found):
        return Sifted(text, paragraphs, is_boilerplate=True)
    kept = [line for line, key in zip(lines, keys, strict=True) if key not in recurring]
    return Sifted("\n".join(kept), paragraphs, len(lines) - len(kept))
