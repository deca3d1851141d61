"""Keeps the ``sources`` table equal to what operators wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from crawler.sites import politeness_key
from crawler.source import Source
from scheduler.timetable import next_due
from sql.database import Connection, rows
from sql.queries import query

Origin = Literal["file", "command"]


class UnknownSourceError(Exception):
    """No source has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no source is named {name!r}: 'tidings sources list' shows them")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reconciliation did, by name."""

    added: list[str]
    changed: list[str]
    removed: list[str]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def reconcile(connection: Connection, wanted: Iterable[Source], *, origin: Origin, everything: bool) -> Changes:
    """Make the table match ``wanted``, and say what that changed.

    A source that is not wanted is removed if it has the same ``origin``, or with ``everything``, in any case. A
    source that is new or changed gets its next due time; an unchanged one keeps its own.
    """
    present = {row["name"]: row for row in rows(connection, "lock_sources")}
    changes = Changes([], [], [])
    names = set()
    for source in wanted:
        names.add(source.name)
        before = present.get(source.name)
        if before is None or before["state"] == "removed":
            changes.added.append(source.name)
        elif before["definition"] != source.definition():
            changes.changed.append(source.name)
        elif before["origin"] == origin:
            continue
        put(connection, source, origin=origin, keep_due=before is not None and source.name not in changes.changed)
    for name, row in present.items():
        if name not in names and row["state"] != "removed" and (everything or row["origin"] == origin):
            set_state(connection, name, "removed")
            changes.removed.append(name)
    return changes


def put(connection: Connection, source: Source, *, origin: Origin, keep_due: bool = False) -> None:
    """Add or change one source. A new one is due at once, a changed one at its next slot."""
    now = _clock(connection)
    found = rows(connection, "find_source", {"name": source.name})
    if not found:
        slot_at = due_at = now
    elif keep_due and found[0]["due_at"]:
        slot_at, due_at = found[0]["slot_at"], found[0]["due_at"]
    else:
        slot_at = due_at = next_due(source, now)
    params: dict[str, Any] = {
        "name": source.name,
        "url": source.url,
        "origin": origin,
        "definition": Jsonb(source.definition()),
        "host_lock": politeness_key(source.url),
        "slot_at": slot_at,
        "due_at": due_at,
        "now": now,
    }
    connection.execute(query("put_source"), params)
    if found and found[0]["definition"] != source.definition():
        connection.execute(query("forget_validators"), {"name": source.name})


def find(connection: Connection, name: str) -> Source:
    """One source; raises UnknownSourceError."""
    found = rows(connection, "find_source", {"name": name})
    if not found:
        raise UnknownSourceError(name)
    return Source.model_validate(found[0]["definition"])


def set_state(
    connection: Connection, name: str, state: Literal["enabled", "disabled", "removed"], *, by: str | None = None
) -> None:
    """Enable, disable or remove a source; raises UnknownSourceError. An enabled one is due at its next slot.

    ``by`` is the person whose action that is, and is kept with it.
    """
    now = _clock(connection)
    source = find(connection, name)
    slot_at = next_due(source, now) if state == "enabled" else None
    params = {"name": name, "state": state, "slot_at": slot_at, "now": now}
    connection.execute(query("set_source_state"), params)
    if by is not None:
        record(connection, state.removesuffix("d"), name, None, by)


def record(connection: Connection, action: str, source: str, url: str | None, taken_by: str) -> None:
    """Keep on record what somebody did by hand."""
    facts = {"action": action, "source": source, "url": url, "taken_by": taken_by}
    connection.execute(query("record_action"), facts)


def _clock(connection: Connection) -> datetime:
    """The database's time, by which all hosts go."""
    (row,) = rows(connection, "read_clock")
    now: datetime = row["now"]
    return now
