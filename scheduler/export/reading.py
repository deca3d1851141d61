"""Reads arrivals from the database, one at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sql.database import Connection, connection_string, rows
from sql.errors import translated
from sql.queries import query

_AT_ONCE = 2000  # rows of a statement
_WAIT_SECONDS = 5.0  # for a notification; then it is asked all the same
_CHANNEL = "tidings_arrivals"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which arrivals are wanted; all, by default."""

    sources: tuple[str, ...] = ()
    language: str | None = None
    since: datetime | None = None
    """Of arrival; ``until`` is not in it any more."""
    until: datetime | None = None


@contextmanager
def reader(url: str) -> Iterator[Connection]:
    """A connection for the functions below."""
    dsn = connection_string(url, application_name="tidings export")
    with translated(), psycopg.connect(dsn, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def last_arrival(connection: Connection) -> int:
    """The highest number that is given: nothing that comes later has a lower one."""
    return int(rows(connection, "find_last_arrival")[0]["seq"])


def columns(connection: Connection) -> dict[str, int]:
    """The names of what :func:`read_arrivals` yields, with the OIDs of their types."""
    params = _params(Selection(), 0, 0) | {"limit": 0}
    description = connection.execute(query("export_arrivals"), params).description or ()
    return {column.name: column.type_code for column in description}


def read_arrivals(connection: Connection, selection: Selection, after: int, upto: int) -> Iterator[dict[str, Any]]:
    """The selected arrivals with numbers above ``after``, up to ``upto``, in their order.

    However many there are, one is in memory. They are asked for some thousand at a time: no snapshot is held that
    would keep the server from cleaning up.
    """
    while True:
        count = 0
        with connection.cursor() as cursor:
            params = _params(selection, after, upto) | {"limit": _AT_ONCE}
            for row in cursor.stream(query("export_arrivals"), params):
                count += 1
                after = row["seq"]
                yield row
        if count < _AT_ONCE:
            return


def listen(connection: Connection) -> None:
    """Have :func:`wait` wake up when something arrives."""
    connection.execute(f"LISTEN {_CHANNEL}")


def wait(connection: Connection) -> None:
    """Return when something has arrived, or after a few seconds."""
    for _ in connection.notifies(timeout=_WAIT_SECONDS, stop_after=1):
        pass


def _params(selection: Selection, after: int, upto: int) -> dict[str, Any]:
    return {
        "after": after,
        "upto": upto,
        "sources": list(selection.sources) or None,
        "language": selection.language,
        "since": selection.since,
        "until": selection.until,
    }
