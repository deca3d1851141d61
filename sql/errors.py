"""What a database failure means, as a type. Driver errors are translated here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class DatabaseError(Exception):
    """The database did not do what was asked."""


class DatabaseUnavailableError(DatabaseError):
    """The database cannot be reached, broke off, or may not be written to: the same may succeed later."""


class BadRowError(DatabaseError):
    """A value does not fit its column: the row is at fault, and trying again will not help."""


class ConflictError(DatabaseError):
    """Another transaction was in the way (deadlock, lock, serialisation): try the transaction again at once."""


class SchemaError(DatabaseError):
    """The database's schema is missing, older or newer than this program, or may not be changed by this role."""


# SQLSTATEs, or the classes that they begin with; the longest that fits counts.
# postgresql.org/docs/current/errcodes-appendix.html
_KINDS: dict[str, type[DatabaseError]] = {
    "08": DatabaseUnavailableError,  # connection
    "22": BadRowError,  # data
    "23": BadRowError,  # integrity
    "25006": DatabaseUnavailableError,  # read only: a standby, which may be promoted any moment, or so set
    "25P03": DatabaseUnavailableError,  # idle in a transaction for too long: we were frozen
    "25P04": DatabaseUnavailableError,  # the transaction took too long
    "28": DatabaseUnavailableError,  # password, role: somebody is changing them
    "3D000": DatabaseUnavailableError,  # no such database: it is being restored
    "3F000": SchemaError,  # no such schema
    "40": ConflictError,  # serialisation, deadlock
    "42501": SchemaError,  # no rights
    "42P01": SchemaError,  # no such table
    "53": DatabaseUnavailableError,  # disk, memory, connections
    "54": BadRowError,  # too large for an index or a row
    "55P03": ConflictError,  # a lock was not to be had
    "55006": ConflictError,  # object in use
    "57": DatabaseUnavailableError,  # shut down, starting up, crashed, cancelled
    "58": DatabaseUnavailableError,  # input or output
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours, with its own first line as the message."""
    try:
        yield
    except psycopg.Error as error:
        raise kind_of(error)(_line(error)) from error


def kind_of(error: psycopg.Error) -> type[DatabaseError]:
    """Which of our errors it is: by its SQLSTATE if it has one, else by the driver's class."""
    if state := error.sqlstate:
        for length in range(len(state), 1, -1):
            if kind := _KINDS.get(state[:length]):
                return kind
        return DatabaseError
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnavailableError
    return BadRowError if isinstance(error, psycopg.DataError) else DatabaseError


def _line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error) or type(error).__name__).strip().splitlines()[0]
