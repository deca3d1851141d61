"""Prints the schema that all migrations make, as pg_dump of the embedded PostgreSQL 18 writes it.

uv run python -m tests.schema > sql/schema.sql
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import structlog

from sql.database import connect
from sql.embedded import embedded_postgres, installed_postgres, wait_until_stopped
from sql.migrate import migrate

_HEADER = """\
-- The schema that all migrations make, to read. Written by `uv run python -m tests.schema`; a test keeps it equal.
-- The queue's own tables, types and functions (procrastinate_*) are left out.
"""
# What pg_dump writes beside the schema: session settings, comments on itself, and (since 18) a random key.
_NOISE = re.compile(r"^(SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|--.*)\n", re.MULTILINE)


def dumped(url: str) -> str:
    """The schema ``tidings`` of a migrated database, without what belongs to the queue."""
    with connect(url) as connection:
        # Objects of other kinds than tables cannot be left out by pg_dump.
        connection.execute(
            "DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,"
            " procrastinate_workers CASCADE"
        )
        for kind in ("FUNCTION", "TYPE"):
            for name in _queue_objects(connection, kind):
                connection.execute(f"DROP {kind} IF EXISTS {name} CASCADE")
    command = [
        installed_postgres() / "bin" / "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--schema=tidings",
        url,
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return _HEADER + "\n" + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", text)).strip() + "\n"


def _queue_objects(connection, kind):
    statement = {
        "FUNCTION": "SELECT oid::regprocedure::text AS name FROM pg_proc"
        " WHERE pronamespace = 'tidings'::regnamespace AND proname LIKE 'procrastinate%%'",
        "TYPE": "SELECT oid::regtype::text AS name FROM pg_type"
        " WHERE typnamespace = 'tidings'::regnamespace AND typname LIKE 'procrastinate%%'"
        " AND typtype IN ('e', 'c')",
    }[kind]
    return [row["name"] for row in connection.execute(statement).fetchall()]


def main() -> None:
    """Make a throw-away server, migrate, dump."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(prefix="tidings-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        data_dir = Path(folder) / "pg"
        with embedded_postgres(data_dir) as url:
            migrate(url)
            sys.stdout.write(dumped(url))
        wait_until_stopped(data_dir)


if __name__ == "__main__":
    main()
