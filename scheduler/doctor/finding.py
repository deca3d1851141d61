"""What a check finds, and what it may look at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.configuration import Configuration

if TYPE_CHECKING:
    from crawler.source import Source
    from sql.database import Connection, Params, Row

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 8


class Level(StrEnum):
    """How bad it is. With a problem something does not work, or will not soon."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and the command or setting that mends it."""

    level: Level
    found: str
    mend: str | None = None


def ok(found: str) -> Finding:
    """All well."""
    return Finding(Level.OK, found)


def warning(found: str, mend: str) -> Finding:
    """It works, and somebody should know."""
    return Finding(Level.WARNING, found, mend)


def problem(found: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(Level.PROBLEM, found, mend)


@dataclass
class Patient:
    """An installation, as far as it is known: what cannot be had is None, and checks that need it are left out."""

    config: Path | None
    configuration: Configuration | None = None
    complaint: str | None = None
    """Why there is no configuration."""
    url: str | None = None
    """Of a database that answers."""
    is_offline: bool = False
    num_workers_alive: int = field(default=0)

    @property
    def settings(self) -> Configuration:
        """The configuration, for checks that are only made with one."""
        assert self.configuration is not None  # noqa: S101 (for the type checker: ``Check.needs``)
        return self.configuration

    @contextmanager
    def connected(self) -> "Iterator[Connection]":
        """A connection that answers soon or breaks off; raises DatabaseError."""
        from psycopg.conninfo import make_conninfo

        from sql.database import connect, rows

        assert self.url is not None  # noqa: S101 (as above)
        url = make_conninfo(self.url, connect_timeout=_CONNECT_SECONDS)
        with connect(url, application_name="tidings doctor") as connection:
            rows(connection, "set_statement_timeout", {"timeout": f"{_STATEMENT_SECONDS}s"})
            rows(connection, "set_lock_timeout", {"timeout": "2s"})
            yield connection

    def rows(self, name: str, params: "Params | None" = None) -> "list[Row]":
        """The rows of one query."""
        from sql.database import rows

        with self.connected() as connection:
            return rows(connection, name, params)

    @cached_property
    def sources(self) -> "list[Source]":
        """All that are watched, or will be: of the file, and of the database as far as they can be read."""
        from crawler.source import Source

        by_name = {source.name: source for source in self.settings.source}
        for row in self.stored_sources or ():
            if row["name"] not in by_name and row["state"] == "enabled":
                with suppress(ValueError):  # of which the check of the timetable speaks
                    by_name[row["name"]] = Source.model_validate(row["definition"])
        return list(by_name.values())

    @cached_property
    def stored_sources(self) -> "list[Row] | None":
        """Those of the database; None if they cannot be had."""
        from sql.errors import DatabaseError

        if self.url is None:
            return None
        try:
            return self.rows("list_timetables")
        except DatabaseError:  # there is no schema yet, or a very old one
            return None

    @cached_property
    def has_schema(self) -> bool:
        """Whether the database has all of our tables."""
        from sql.errors import SchemaError
        from sql.schema import check_schema

        if self.url is None:
            return False
        try:
            check_schema(self.url)
        except SchemaError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Check:
    """One subject. ``needs`` is what must be there for it to be looked at: configuration, database or schema."""

    subject: str
    look: Callable[[Patient], Iterator[Finding]]
    needs: str = "configuration"
    seconds: float = 15.0
