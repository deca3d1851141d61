"""Visits by the timetable, without waiting for it."""

import psycopg

from tests.support.cli import crawled


def fall_due(database_url: str) -> None:
    """Let every source be due now."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE tidings.sources SET due_at = now()")


def visited(config, database_url: str):
    """Let every source fall due, and visit it as the timetable does; exit code, runs by source, log events."""
    fall_due(database_url)
    return crawled(config, database_url)


def sources(database_url: str, columns: str) -> list[tuple]:
    """These columns of all sources, by name."""
    with psycopg.connect(database_url) as connection:
        return connection.execute(f"SELECT {columns} FROM tidings.sources ORDER BY name").fetchall()
