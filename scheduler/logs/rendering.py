"""A line of the log for people: when, how grave, whose, and what it says in words."""

import json
import textwrap
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache
from typing import Any

from scheduler.cli.differences_shown import printable
from scheduler.logs.fingerprints import Group
from scheduler.logs.selection import moment_in
from scheduler.logs.words import in_words

_COLOURS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m"}
_PLAIN, _FAINT, _STRONG = "\x1b[0m", "\x1b[2m", "\x1b[1m"

# Said by their place in the line, in this order; the others with their names, but for the last ones.
_HEAD = ("timestamp", "level", "event", "source")
_FIRST = ("kind", "outcome", "reason", "duty", "worker", "url")
_LAST = ("detail", "cause", "message", "error")
_NOT_SHOWN = frozenset({*_HEAD, *_FIRST, *_LAST, "run_id", "exception", "stack_info"})
_INDENT = " " * 9
_LONGEST_EXAMPLE = 400


class Renderer:
    """Writes lines in one manner: in local time or UTC, with colours or without.

    ``width`` is that of the terminal, at which long texts of groups are broken; None leaves them whole.
    """

    def __init__(self, *, utc: bool, colour: bool, width: int | None = None) -> None:
        self._zone = UTC if utc else None
        self._colour = colour
        self._width = width
        self._shown = lru_cache(maxsize=64)(lambda second: self._reckoned(f"{second}Z"))

    def line(self, event: dict[str, Any]) -> str:
        """An event, its traceback on lines of its own below it."""
        source = f"{event['source']}  " if event.get("source") else ""
        said = _said(event)
        text = printable(f"{in_words(event['event'])}{':' if said else ''} {' '.join(said)}".rstrip())
        exception = event.get("exception")
        below = "".join(f"\n    {printable(row)}" for row in str(exception).splitlines()) if exception else ""
        moment = self.moment(event.get("timestamp"))
        level = f"{event.get('level', 'info')!s:<7}"
        parts = ((_FAINT, moment), (_COLOURS.get(level.strip(), ""), f"  {level}  "), (_STRONG, source))
        return f"{''.join(self._in(style, part) for style, part in parts)}{text}{below}"

    def stray(self, line: bytes) -> str:
        """A line that is no event of ours, marked as such."""
        text = printable(line.decode("utf-8", "replace").rstrip("\r\n"))
        return f"{_FAINT}| {text}{_PLAIN}" if self._colour else f"| {text}"

    def moment(self, timestamp: Any) -> str:
        """A moment of the log, to the second."""
        if isinstance(timestamp, str) and timestamp.endswith("Z"):
            # Many lines have the same second, and it is dear to reckon with zones.
            return self._shown(timestamp[:19])
        return self._reckoned(timestamp)

    def _reckoned(self, timestamp: Any) -> str:
        found = moment_in({"timestamp": timestamp})
        if found is None:
            return printable(str(timestamp or "-"))[:19].ljust(19)
        return found.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def group(self, group: Group) -> Iterator[str]:
        """A group of errors, on a few lines."""
        first, last = self.moment(group.first_seen), self.moment(group.last_seen)
        yield self._in(_COLOURS.get(group.level, ""), f"{group.count:>7,}  {group.level:<7}  {_title(group)}")
        when = f"first {first}, last {last}" if group.count > 1 else f"at {first}"
        yield from self._below(f"{when}{_sources_of(group)}")
        yield from self._below(_cut(f"e.g. {' '.join(_said(group.example))}", _LONGEST_EXAMPLE))
        if place := group.place:
            yield from self._below(f"in {place}")
        if remedy := group.remedy:
            yield from self._below(f"mend: {remedy}", _STRONG)

    def _below(self, text: str, style: str = "") -> Iterator[str]:
        text = printable(text)
        room = 10_000 if self._width is None else max(self._width - len(_INDENT), 20)
        for line in textwrap.wrap(text, room, break_on_hyphens=False) or [""]:
            yield f"{_INDENT}{self._in(style, line)}"

    def _in(self, style: str, text: str) -> str:
        return f"{style}{printable(text)}{_PLAIN}" if self._colour and style else printable(text)


def _title(group: Group) -> str:
    about = next((group.example[key] for key in ("reason", "kind", "duty") if group.example.get(key)), None)
    return f"{group.event} {about}" if about else f"{group.event}: {in_words(group.event)}"


def _sources_of(group: Group) -> str:
    if not group.sources:
        return ""
    names = sorted(group.sources)
    if len(names) == 1:
        return f", {names[0]}"
    return f", {len(names)} sources: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"  # noqa: PLR2004 - as many as have room


def _said(event: dict[str, Any]) -> list[str]:
    """What an event says beside its words: the most telling first, then all else with its name."""
    said = [_value(event[key]) for key in _FIRST if event.get(key) is not None]
    said += [
        f"{key}={_value(value)}"
        for key, value in event.items()
        if key not in _NOT_SHOWN and (value or value is False)  # counts of nothing say nothing
    ]
    if run := event.get("run_id"):
        said.append(f"run={str(run)[:8]}")
    return said + [f"- {_value(event[key])}" for key in _LAST if event.get(key)]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} ..."
