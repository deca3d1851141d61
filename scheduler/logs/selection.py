"""Which lines of the log are asked for. What cannot be one of them is seen in its bytes, before it is parsed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

LEVELS = ("debug", "info", "warning", "error", "critical")

# As crawler.logs writes it: the moment comes first, always in UTC, and so compares as text.
_TIMESTAMP = b'{"timestamp": "'
_FROM, _TO = len(_TIMESTAMP), len(_TIMESTAMP) + len("2026-11-30T02:30:00")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a line must have; None and empty ask for nothing."""

    sources: tuple[str, ...] = ()
    run: str | None = None
    """The beginning of a run's id."""
    events: tuple[str, ...] = ()
    """Names of events, or patterns of them: ``page.*``."""
    level: str | None = None
    """The lowest."""
    url: str | None = None
    """A part of it."""
    reasons: tuple[str, ...] = ()
    grep: re.Pattern[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    _needles: tuple[tuple[bytes, ...], ...] = field(init=False)
    _since: bytes = field(init=False)
    _until: bytes = field(init=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "_needles", tuple(self._all_needles()))
        put(self, "_since", _second(self.since) if self.since else b"")
        put(self, "_until", _second(self.until) if self.until else b"~")

    @property
    def is_empty(self) -> bool:
        """Whether every line of the log is asked for."""
        return not (self.asks_for_fields or self.grep)

    @property
    def asks_for_fields(self) -> bool:
        """Whether a line that is no event cannot be meant."""
        of_fields = (self.sources, self.run, self.events, self.level, self.url, self.reasons)
        return any(of_fields) or self.since is not None or self.until is not None

    def may_hold(self, line: bytes) -> bool:
        """False if the line cannot be one of these; costs a small part of what parsing does."""
        if line.startswith(_TIMESTAMP) and not self._since <= line[_FROM:_TO] <= self._until:
            return False
        return all(any(needle in line for needle in needles) for needles in self._needles)

    def holds(self, event: dict[str, Any]) -> bool:
        """Whether the event is one of these, ``grep`` apart, which is for the line's text."""
        return (
            (not self.sources or event.get("source") in self.sources)
            and (self.run is None or str(event.get("run_id", "")).startswith(self.run))
            and (not self.events or any(fnmatchcase(str(event.get("event")), name) for name in self.events))
            and (self.level is None or rank(event) >= LEVELS.index(self.level))
            and (not self.reasons or event.get("reason") in self.reasons)
            and (self.url is None or any(self.url in str(event.get(key, "")) for key in ("url", "final_url")))
            and ((self.since is None and self.until is None) or self._is_in_time(event))
        )

    def matches(self, line: bytes) -> bool:
        """Whether the line's text has what is grepped for."""
        return self.grep is None or self.grep.search(line.decode("utf-8", "replace")) is not None

    def _is_in_time(self, event: dict[str, Any]) -> bool:
        moment = moment_in(event)
        return moment is not None and (
            (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)
        )

    def _all_needles(self) -> Iterable[tuple[bytes, ...]]:
        """Of each of these, a line has one of the texts."""
        if self.sources:
            yield _quoted(self.sources)
        if self.reasons:
            yield _quoted(self.reasons)
        if self.run is not None:
            yield (f'"{self.run}'.encode(),)
        if self.events:
            # Up to what a pattern leaves open.
            yield tuple(f'"{re.split(r"[*?[]", name, maxsplit=1)[0]}'.encode() for name in self.events)
        if self.grep is not None and _is_plain(self.grep):
            yield (self.grep.pattern.encode(),)
        if self.level is not None and self.level != "debug":
            yield _quoted(LEVELS[LEVELS.index(self.level) :])


def parsed(line: bytes) -> dict[str, Any] | None:
    """The event of a line; None if it is none, but something that another program wrote, or a torn line."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def moment_in(event: dict[str, Any]) -> datetime | None:
    """When an event was; None if it does not say, or not in a way that we know."""
    try:
        moment = datetime.fromisoformat(event["timestamp"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def rank(event: dict[str, Any]) -> int:
    """How grave an event is: its place among the levels."""
    level = event.get("level")
    return LEVELS.index(level) if level in LEVELS else 1


def _quoted(words: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(f'"{word}"'.encode() for word in words)


def _is_plain(pattern: re.Pattern[str]) -> bool:
    """Whether it is a text that stands in a line as it is, which is sooner looked for in bytes."""
    return pattern.pattern.isascii() and re.escape(pattern.pattern).replace("\\-", "-") == pattern.pattern


def _second(moment: datetime) -> bytes:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()
