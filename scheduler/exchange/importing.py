"""Adds the sources of a file to those that are watched; each that cannot be added fails alone."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crawler.source import Source
from scheduler.definition import DefinitionError, read_source
from scheduler.exchange.entries import Entry
from scheduler.sources import put
from sql.database import Connection, rows


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that was not imported: where it stands, what it is called, and why."""

    line: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of each entry: ``known`` are those that are watched already, in just this way."""

    added: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class _Taken:
    """Names and addresses that are in use, and by whom."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[Source, str]] = {}
        self._addresses: dict[str, str] = {}

    def add(self, source: Source, where: str) -> None:
        self.sources[source.name] = (source, where)
        for address in source.documents or (source.url,):
            self._addresses.setdefault(address, where)

    def clash(self, source: Source) -> str | None:
        """Why this source cannot be added beside the others."""
        if source.name in self.sources:
            return f"name: {source.name!r} is taken by {self.sources[source.name][1]}"
        key = "feeds" if source.feeds else "url"
        clashing = (address for address in source.documents or (source.url,) if address in self._addresses)
        return next((f"{key}: {address} is watched by {self._addresses[address]}" for address in clashing), None)


def import_sources(connection: Connection, entries: Iterable[Entry]) -> Imported:
    """Add what is new, pass over what is known, and refuse what is wrong, or would be watched twice."""
    taken = _Taken()
    for row in rows(connection, "lock_sources"):
        if row["state"] != "removed":
            taken.add(Source.model_validate(row["definition"]), f"the source {row['name']!r}")
    known = {name: source for name, (source, _) in taken.sources.items()}
    imported = Imported()
    for entry in entries:
        name = str(entry.written.get("name", ""))
        try:
            source = read_source(entry.written)
        except DefinitionError as error:
            imported.refused.append(Refusal(entry.line, name, str(error)))
            continue
        if source.name in known and known[source.name].definition() == source.definition():
            imported.known.append(source.name)
        elif why := taken.clash(source):
            imported.refused.append(Refusal(entry.line, name, why))
        else:
            taken.add(source, f"line {entry.line}")
            put(connection, source, origin="command")
            imported.added.append(source.name)
    return imported
