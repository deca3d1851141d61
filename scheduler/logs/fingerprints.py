"""Warnings and errors told apart by what they are about, however their numbers, names and places differ."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from scheduler.logs.remedies import remedy_for
from scheduler.logs.selection import moment_in, parsed, rank

MOST_GROUPS = 5000
"""A log of garbage must not fill the memory: what is beyond is counted together."""
MOST_SOURCES = 1000
"""Of one group."""

_WARNING, _ERROR = 2, 3

# What an event is about, beside its reason and its error.
_KINDS = ("reason", "outcome", "kind", "duty", "logger", "clock", "field")
_TEXTS = ("error", "message", "cause")

# The earlier ones come first where several fit.
_VARIABLE = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            "url": r"\b[a-z][a-z0-9+.-]{1,10}://[^\s\"'<>)\]}]+",
            "quoted": r"\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)|«[^»\n]*»|“[^”\n]*”|`[^`\n]*`",
            "id": r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
            "time": r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
            r"|\b\d\d:\d\d(?::\d\d)?\b",
            "address": r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-fA-F:]*:[0-9a-fA-F:]+\](?::\d+)?",
            "hex": r"\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{6,}\b",
            "path": r"(?<![\w.])(?:/[\w.@%+~-]+){2,}/?",
            "host": r"\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d+)?\b",
            "number": r"\d+(?:[.,]\d+)*",
        }.items()
    )
)
# As Python writes it: File "/opt/.../crawler/fetch.py", line 12, in get
_FRAME = re.compile(r'File "[^"\n]*?((?:crawler|scheduler|sql)/[\w/]+\.py)", line (\d+), in ([\w<>]+)')


@lru_cache(maxsize=20_000)
def normalised(text: str) -> str:
    """A text with ``<number>``, ``<url>`` and the like for what differs from one line to the next."""
    return _VARIABLE.sub(lambda found: f"<{found.lastgroup}>", " ".join(text.split()))


def frame_of(exception: str) -> tuple[str, str] | None:
    """The last place of ours in a traceback: file and function, and the same with the line's number."""
    last = None
    for last in _FRAME.finditer(exception):  # noqa: B007 - the last one is what is looked for
        pass
    return None if last is None else (f"{last[1]} {last[3]}", f"{last[1]}:{last[2]} in {last[3]}")


@dataclass(slots=True)
class Group:
    """All lines of one fingerprint."""

    event: str
    about: tuple[str, ...]
    """Its reason, kind, duty and the like, and its error, normalised."""
    frame: str | None
    level: str
    example: dict[str, Any]
    """The latest."""
    number: int
    """In the order in which groups turned up."""
    count: int = 0
    first_seen: str | None = None
    last_seen: str | None = None
    sources: set[str] = field(default_factory=set)

    @property
    def fingerprint(self) -> str:
        """A short name of it, the same in every log."""
        parts = "\0".join((self.event, *self.about, self.frame or ""))
        return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:12]

    @property
    def remedy(self) -> str | None:
        """What mends it."""
        fields = {key: value for key, value in self.example.items() if key != "source" or len(self.sources) == 1}
        return remedy_for(self.event, fields)

    def as_json(self) -> dict[str, Any]:
        """All that is known of it, in JSON types."""
        text = next((self.example[key] for key in _TEXTS if self.example.get(key)), None)
        return {
            "fingerprint": self.fingerprint,
            "event": self.event,
            "level": self.level,
            "reason": self.example.get("reason"),
            "error": text,
            "frame": self.place,
            "count": self.count,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "num_sources": len(self.sources),
            "sources": sorted(self.sources),
            "remedy": self.remedy,
            "example": self.example,
        }

    @property
    def place(self) -> str | None:
        """Where in our code it was, in the example."""
        found = frame_of(str(self.example.get("exception", "")))
        return found[1] if found else None


class Groups:
    """One pass over a log: every warning and error belongs to a group."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Any, ...], Group] = {}
        self._versions: set[str] = set()
        self.num_beyond = 0
        """Lines that found no room in a group."""
        self.version: str | None = None
        """The one that was started last; empty if it did not say, as older ones do not."""
        self.version_before: str | None = None
        self.upgraded_at: str | None = None
        """When the version changed for the last time."""
        self._num_before = 0

    @staticmethod
    def may_count(line: bytes) -> bool:
        """False if the line is neither a warning nor an error."""
        # Written out, for it is asked of every line.
        return b'"warning"' in line or b'"error"' in line or b'"critical"' in line

    def add(self, event: dict[str, Any]) -> None:
        """Count an event."""
        if rank(event) >= _WARNING:
            self._count(event)

    def note_start(self, line: bytes) -> None:
        """Notice a change of version."""
        if b'"daemon.ready"' not in line and b'"worker.started"' not in line:
            return
        event = parsed(line)
        if event is None or event["event"] not in {"daemon.ready", "worker.started"}:
            return
        version = str(event.get("version", ""))
        if self.version is not None and version != self.version:
            self.version_before, self.upgraded_at = self.version, event.get("timestamp")
            self._num_before = len(self._groups)
        self.version = version

    @property
    def all(self) -> list[Group]:
        """All groups, the gravest and most frequent first."""
        return sorted(self._groups.values(), key=lambda group: (-rank({"level": group.level}), -group.count))

    def is_new(self, group: Group) -> bool:
        """Whether a group turned up after the version had changed for the last time."""
        return group.number >= self._num_before

    def _count(self, event: dict[str, Any]) -> None:
        about = tuple(f"{key}={event[key]}" for key in _KINDS if event.get(key) is not None)
        text = next((event[key] for key in _TEXTS if event.get(key)), None)
        # A cause tells of so many articles of such a day; what kind of alarm it is, is said already.
        about += (normalised(str(text)),) if text is not None and event["event"] != "alarm.raised" else ()
        frame = frame_of(event["exception"]) if isinstance(event.get("exception"), str) else None
        key = (event["event"], about, frame and frame[0])
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                self.num_beyond += 1
                return
            number = len(self._groups)
            group = Group(event["event"], about, frame and frame[0], str(event["level"]), event, number)
            self._groups[key] = group
        self._note(group, event)

    @staticmethod
    def _note(group: Group, event: dict[str, Any]) -> None:
        group.count += 1
        group.example = event
        if rank(event) > rank({"level": group.level}):
            group.level = str(event["level"])
        if isinstance(moment := event.get("timestamp"), str):
            group.first_seen = min(group.first_seen or moment, moment)
            group.last_seen = max(group.last_seen or moment, moment)
        if isinstance(source := event.get("source"), str) and len(group.sources) < MOST_SOURCES:
            group.sources.add(source)


def first_seen_since(group: Group, since: Any) -> bool:
    """Whether a group turned up at ``since`` or later."""
    moment = moment_in({"timestamp": group.first_seen})
    return moment is not None and moment >= since
