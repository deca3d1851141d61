"""Brings a database up to date: its schema, and the keys by which its URLs are known."""

from crawler.ingestion.upkeep.rekey import has_older_keys, rekey
from sql.errors import SchemaError
from sql.migrate import migrate
from sql.schema import check_schema


def upgrade(url: str) -> list[str]:
    """Migrate, and key the URLs anew if their keys are older; returns the names of what was migrated.

    To be done before anything is loaded. Any number of processes may try at once.

    Raises:
        SchemaError: see :func:`sql.migrate.migrate`.
        DatabaseUnavailableError: no connection, or it broke; what is left is done the next time.
    """
    applied = migrate(url)
    rekey(url)
    return applied


def check_upgraded(url: str) -> None:
    """Raise SchemaError unless the database is up to date."""
    check_schema(url)
    if has_older_keys(url):
        raise SchemaError("the URLs of the database are not all keyed by this version: run 'tidings db migrate'")
