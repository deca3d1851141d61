"""Brings a database to this program's schema: what it lacks is applied, each file in one transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog

from sql.advisory import MIGRATE, TRY_LOCK
from sql.database import connection_string
from sql.errors import translated
from sql.schema import Migration, applied, pending

log = structlog.get_logger("sql.migrate")

_POLL_SECONDS = 0.2
_BOOTSTRAP = """
CREATE SCHEMA IF NOT EXISTS tidings;
COMMENT ON SCHEMA tidings IS 'News articles, and how they were found. Kept by the tidings daemon.';
CREATE TABLE IF NOT EXISTS tidings.migrations (
    number      integer PRIMARY KEY,
    name        text NOT NULL,
    checksum    text NOT NULL,
    applied_at  timestamptz NOT NULL
);
COMMENT ON TABLE tidings.migrations IS 'Which migration files this database has seen, and their SHA-256.';
"""


def migrate(url: str, *, lock_timeout: float = 60.0) -> list[str]:
    """Apply what is missing, and return the names of what was applied.

    Safe to call from many processes at once: one applies, the others wait, at most ``lock_timeout`` seconds.

    Raises:
        SchemaError: see :func:`sql.schema.pending`; or the role may not create the schema.
        DatabaseUnavailableError: no connection, or the lock was not free in time.
    """
    dsn = connection_string(url, application_name="tidings migrate")
    with (
        translated(),
        psycopg.connect(dsn, autocommit=True) as connection,
        _exclusively(connection, lock_timeout),
    ):
        if not applied(connection):
            connection.execute(_BOOTSTRAP)
        missing = pending(applied(connection))
        for migration in missing:
            _apply(connection, migration)
            log.info("migration.applied", name=migration.name)
    return [migration.name for migration in missing]


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    with connection.transaction():
        connection.execute(migration.statements())
        connection.execute(
            "INSERT INTO tidings.migrations (number, name, checksum, applied_at) VALUES (%s, %s, %s, now())",
            (migration.number, migration.name, migration.checksum),
        )


@contextmanager
def _exclusively(connection: psycopg.Connection, timeout: float) -> Iterator[None]:
    deadline = time.monotonic() + timeout
    while connection.execute(TRY_LOCK, (MIGRATE,)).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise psycopg.OperationalError(f"another process has been migrating for over {timeout:g} seconds")
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (MIGRATE,))
