"""Many sources that are due, and processes that claim them."""

import asyncio
from datetime import UTC, datetime

from scheduler.dispatch import dispatch_due
from scheduler.queue import queue_app
from sql.database import open_database

# Long ago, one a second in the order of their numbers.
_SOURCES = """
    INSERT INTO tidings.sources (name, url, origin, definition, host_lock, due_at, created_at, updated_at)
    SELECT name, url, 'command', jsonb_build_object('name', name, 'url', url), name || '.example',
           %(first)s + make_interval(secs => n), now(), now()
      FROM (SELECT n, 'paper-' || n AS name, 'https://paper-' || n || '.example/' AS url
              FROM generate_series(1, %(count)s::int) AS n) numbered
"""


async def add_due(database, count):
    """So many sources, each on a host of its own and due a second after the one before."""
    async with database.transaction() as connection:
        await connection.execute(_SOURCES, {"count": count, "first": datetime(2026, 1, 5, tzinfo=UTC)})
    async with database.transaction() as connection:
        await connection.execute("ANALYZE tidings.sources")


def dispatch_in_step(database_url, barrier):
    """Dispatch all that is due, from the moment on at which the others do."""
    asyncio.run(_dispatch_in_step(database_url, barrier))


async def _dispatch_in_step(database_url, barrier):
    queue = queue_app(database_url, application_name="dispatcher")
    async with open_database(database_url, application_name="dispatcher") as database, queue.open_async() as app:
        barrier.wait(120)
        await dispatch_due(database, app)
