"""Regular expressions of an operator's: refused where a hostile page could make one take minutes.

Python's matcher tries every way to divide a text among a pattern's repeats, and nothing can stop it meanwhile. So
the text is cut short, and a pattern may leave only so many ways.
"""

import re
from functools import lru_cache

LONGEST_TEXT = 500
"""Characters of a text in which a pattern is looked for: bylines and datelines are shorter."""

_LONGEST_PATTERN = 500
# Two repeats without a bound, and two choices of two: about a second at worst, on a text made for it.
_MOST_WAYS = 4 * LONGEST_TEXT**2

_TOKEN = re.compile(
    r"\\.|\[\^?+\]?+(?:[^\]\\]|\\.)*+\]|\(\?|(?P<group>\)(?=[*+]|\{\d*+,))"
    r"|(?P<repeat>[*+?]|\{(?P<least>\d*+)(?:(?P<comma>,)(?P<most>\d*+))?\})(?P<mode>[+?]?)|(?P<branch>\|)",
    re.DOTALL,
)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that cannot take long on a text of at most ``LONGEST_TEXT``; raises ValueError."""
    if len(pattern) > _LONGEST_PATTERN:
        raise ValueError(f"is a pattern of {len(pattern)} characters: {_LONGEST_PATTERN} are the most")
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    if _ways(pattern) > _MOST_WAYS:
        raise ValueError(
            f"{pattern!r} could take minutes: repeat no group, only single characters, and these at most twice"
            ' without a bound; a bound is written "{1,4}", a repeat that gives nothing back "++"'
        )
    return compiled


def find(pattern: str, text: str) -> str | None:
    """What the pattern's first group matches in a text, or all of the pattern if it has no group."""
    compiled = compile_pattern(pattern)
    found = compiled.search(text[:LONGEST_TEXT])
    return found[1 if compiled.groups else 0] if found else None


def _ways(pattern: str) -> float:
    """In how many ways a text can be divided among the parts of a pattern, at the most."""
    ways = 1.0
    for token in _TOKEN.finditer(pattern):
        if token["group"]:
            return float("inf")
        if token["branch"]:
            ways *= 2
        elif token["repeat"] and token["mode"] != "+":
            ways *= _choices(token)
    return ways


def _choices(token: re.Match[str]) -> int:
    if token["repeat"] == "?":
        return 2
    if token["repeat"] in {"*", "+"}:
        return LONGEST_TEXT
    if not token["comma"]:
        return 1
    most = min(int(token["most"] or LONGEST_TEXT), LONGEST_TEXT)
    return max(1, most - int(token["least"] or 0) + 1)
