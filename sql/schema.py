"""Which schema this program wants, as numbered files, and which of them a database has had."""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

import psycopg

from sql.database import connection_string
from sql.errors import SchemaError, translated

_INCLUDE = re.compile(r"^-- include: (\w+)/(\S+)$", re.MULTILINE)


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


def check_schema(url: str) -> None:
    """Raise SchemaError unless the database has exactly this program's schema."""
    dsn = connection_string(url, application_name="tidings")
    with translated(), psycopg.connect(dsn, autocommit=True) as connection:
        missing = pending(applied(connection))
    if missing:
        raise SchemaError(f"the database lacks migration {missing[0].name}: run 'tidings db migrate'")


def applied_migrations(url: str) -> dict[int, str]:
    """What the database has applied: number to checksum; empty for a database without our schema."""
    dsn = connection_string(url, application_name="tidings")
    with translated(), psycopg.connect(dsn, autocommit=True) as connection:
        return applied(connection)


def applied(connection: psycopg.Connection) -> dict[int, str]:
    """The same, on a connection."""
    exists = connection.execute("SELECT to_regclass('tidings.migrations') IS NOT NULL").fetchone()
    if exists != (True,):
        return {}
    return dict(connection.execute("SELECT number, checksum FROM tidings.migrations").fetchall())
