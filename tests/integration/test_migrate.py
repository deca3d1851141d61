"""Bringing a database to the schema."""

import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from sql import schema
from sql.advisory import MIGRATE
from sql.errors import DatabaseUnavailableError, SchemaError
from sql.migrate import migrate
from sql.schema import applied_migrations, check_schema, migrations
from tests.schema import dumped


def test_a_database_is_migrated_once(empty_database_url):
    """The first call applies every file, the second none."""
    names = [migration.name for migration in migrations()]
    assert migrate(empty_database_url) == names
    assert migrate(empty_database_url) == []
    check_schema(empty_database_url)


def test_many_may_migrate_at_once(empty_database_url):
    """Of several that start together one applies the files, and all end with the schema in place."""
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(migrate, [empty_database_url] * 4))
    assert sorted(map(len, results)) == [0, 0, 0, len(migrations())]


def test_the_schema_is_the_written_one(embedded_server):
    """sql/schema.sql is what all migrations make."""
    url = embedded_server.create()
    migrate(url)
    written = schema.resources.files("sql").joinpath("schema.sql").read_text(encoding="utf-8")
    assert dumped(url) == written
    embedded_server.drop(url)


def test_numbers_have_no_gap():
    """Migrations count from 1, each number once."""
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_newer_database_is_refused(database_url):
    """A migration that this version does not know stops it, with a way out in the message."""
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO tidings.migrations VALUES (9999, '9999_later', 'x', now())")
    with pytest.raises(SchemaError, match=r"9999.*install the newer version"):
        migrate(database_url)


def test_an_edited_migration_is_refused(database_url):
    """A file that differs from what was applied is named."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.migrations SET checksum = 'other' WHERE number = 2")
    with pytest.raises(SchemaError, match="0002_articles_and_pages was edited"):
        check_schema(database_url)


def test_a_missing_schema_says_what_to_run(empty_database_url):
    """A database without the schema names the command that makes it."""
    assert applied_migrations(empty_database_url) == {}
    with pytest.raises(SchemaError, match="tidings db migrate"):
        check_schema(empty_database_url)


def test_a_migration_is_all_or_nothing(empty_database_url, monkeypatch):
    """A file that fails in its middle leaves nothing behind, and the files before it stay."""
    broken = schema.Migration(99, "0099_broken", "CREATE TABLE tidings.half (x int); SELECT 1/0;")
    real = migrations()
    monkeypatch.setattr(schema, "migrations", lambda: [*real, broken])
    with pytest.raises(Exception, match="division by zero"):
        migrate(empty_database_url)
    assert sorted(applied_migrations(empty_database_url)) == [migration.number for migration in real]
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT to_regclass('tidings.half')").fetchone() == (None,)


def test_who_waits_for_the_lock_gives_up_in_time(empty_database_url):
    """A lock that somebody else holds is waited for, but not for ever."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATE,))
        with pytest.raises(DatabaseUnavailableError, match="has been migrating"):
            migrate(empty_database_url, lock_timeout=0.3)


def test_the_schema_needs_no_extension_and_no_superuser():
    """No file asks for an extension or for rights that an ordinary role lacks."""
    text = "".join(migration.text for migration in migrations()).upper()
    assert not re.search(r"CREATE EXTENSION|SUPERUSER|ALTER SYSTEM|COPY .* FROM", text)
