"""What a database failure means, as a type. Driver errors are translated here and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors


class DatabaseError(Exception):
    """The database did not do what was asked."""


class DatabaseUnavailableError(DatabaseError):
    """The database cannot be reached, or broke off: the same statement may succeed later."""


class BadRowError(DatabaseError):
    """A value does not fit its column: the row is at fault, and trying again will not help."""


class ConflictError(DatabaseError):
    """Another transaction was in the way (deadlock, lock, serialisation): try the transaction again at once."""


class SchemaError(DatabaseError):
    """The database's schema is missing, older or newer than this program, or may not be changed by this role."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours, with its own first line as the message."""
    try:
        yield
    except (errors.DeadlockDetected, errors.LockNotAvailable, errors.SerializationFailure) as error:
        raise ConflictError(_line(error)) from error
    except errors.ReadOnlySqlTransaction as error:  # a standby, which may be promoted any moment
        raise DatabaseUnavailableError(_line(error)) from error
    except (errors.UndefinedTable, errors.InvalidSchemaName, errors.InsufficientPrivilege) as error:
        raise SchemaError(_line(error)) from error
    except (psycopg.DataError, psycopg.IntegrityError, errors.ProgramLimitExceeded) as error:
        raise BadRowError(_line(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseUnavailableError(_line(error)) from error
    except psycopg.Error as error:
        raise DatabaseError(_line(error)) from error


def _line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error) or type(error).__name__).strip().splitlines()[0]
