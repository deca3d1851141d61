"""The operator page on any database, without a daemon: for tests, and to look at it.

``uv run python -m tests.support.serving URL [PORT]`` serves it until it is interrupted.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from crawler.configuration import Configuration, WebSettings
from scheduler.pool import WorkerPool
from scheduler.web.server import WebServer
from sql.database import open_database
from sql.line import Watch


@asynccontextmanager
async def serving(url: str, *, port: int = 0, error: str | None = None) -> AsyncIterator[str]:
    """Serve the pages; yields their address. With ``error``, the database counts as away for that reason."""
    configuration = Configuration(web=WebSettings(listen=f"127.0.0.1:{port}"))
    async with open_database(url, application_name="tests serving", patient=True) as database:
        watch = Watch(url)
        watch.error, watch.since = error, datetime.now(UTC) if error else None
        server = WebServer(database, WorkerPool(configuration, url), configuration, watch)
        try:
            yield await server.start()
        finally:
            await server.stop()


async def _serve(url: str, port: int) -> None:
    async with serving(url, port=port) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
