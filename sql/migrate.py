"""Brings a database to this program's schema: numbered files, each applied once, in one transaction."""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import psycopg
import structlog

from sql.advisory import MIGRATE, TRY_LOCK
from sql.database import connection_string
from sql.errors import SchemaError, translated

log = structlog.get_logger("sql.migrate")

_POLL_SECONDS = 0.2
_INCLUDE = re.compile(r"^-- include: (\w+)/(\S+)$", re.MULTILINE)
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


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of ``sql/migrations``."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file, in hex: a file that was applied must not change afterwards."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self) -> bytes:
        """The text to run, with ``-- include: PACKAGE/FILE`` lines replaced by that file of that package."""

        def included(match: re.Match[str]) -> str:
            return resources.files(match[1]).joinpath(match[2]).read_text(encoding="utf-8")

        return _INCLUDE.sub(included, self.text).encode()


def migrations() -> list[Migration]:
    """All migrations, in the order of their numbers."""
    files = (f for f in resources.files("sql").joinpath("migrations").iterdir() if f.name.endswith(".sql"))
    found = [
        Migration(int(file.name[:4]), file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files
    ]
    return sorted(found, key=lambda migration: migration.number)


def pending(applied: dict[int, str]) -> list[Migration]:
    """The migrations that a database with ``applied`` (number to checksum) still lacks.

    Raises:
        SchemaError: the database knows a newer migration, or a file was edited after it was applied.
    """
    known = {migration.number: migration for migration in migrations()}
    if unknown := sorted(set(applied) - set(known)):
        raise SchemaError(
            f"the database has migration {unknown[0]}, which this version of tidings does not know: "
            "install the newer version that made it"
        )
    for number, checksum in applied.items():
        if known[number].checksum != checksum:
            raise SchemaError(
                f"migration {known[number].name} was edited after this database applied it: restore the file"
            )
    return [migration for number, migration in sorted(known.items()) if number not in applied]


def migrate(url: str, *, lock_timeout: float = 60.0) -> list[str]:
    """Apply what is missing, and return the names of what was applied.

    Safe to call from many processes at once: one applies, the others wait, at most ``lock_timeout`` seconds.

    Raises:
        SchemaError: see :func:`pending`; or the role may not create the schema.
        DatabaseUnavailableError: no connection, or the lock was not free in time.
    """
    dsn = connection_string(url, application_name="tidings migrate")
    with (
        translated(),
        psycopg.connect(dsn, autocommit=True) as connection,
        _exclusively(connection, lock_timeout),
    ):
        if not _applied(connection):
            connection.execute(_BOOTSTRAP)
        missing = pending(_applied(connection))
        for migration in missing:
            _apply(connection, migration)
            log.info("migration.applied", name=migration.name)
    return [migration.name for migration in missing]


def check_schema(url: str) -> None:
    """Raise SchemaError unless the database has exactly this program's schema."""
    dsn = connection_string(url, application_name="tidings")
    with translated(), psycopg.connect(dsn, autocommit=True) as connection:
        missing = pending(_applied(connection))
    if missing:
        raise SchemaError(f"the database lacks migration {missing[0].name}: run 'tidings db migrate'")


def applied_migrations(url: str) -> dict[int, str]:
    """What the database has applied: number to checksum; empty for a database without our schema."""
    dsn = connection_string(url, application_name="tidings")
    with translated(), psycopg.connect(dsn, autocommit=True) as connection:
        return _applied(connection)


def _applied(connection: psycopg.Connection) -> dict[int, str]:
    exists = connection.execute("SELECT to_regclass('tidings.migrations') IS NOT NULL").fetchone()
    if exists != (True,):
        return {}
    return dict(connection.execute("SELECT number, checksum FROM tidings.migrations").fetchall())


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
