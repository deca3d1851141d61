"""The operator page on any database, without a daemon: for tests, and to look at it.

``uv run python -m tests.support.serving URL [PORT]`` serves it until it is interrupted.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.configuration import Configuration, DatabaseSettings, WebSettings
from scheduler.pool import WorkerPool
from scheduler.vitals.progress import Progress
from scheduler.vitals.readings import Readings
from scheduler.vitals.vitals import Vitals
from scheduler.web.server import WebServer
from sql.database import open_database
from sql.line import Watch


@asynccontextmanager
async def serving(url: str, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the pages, with an eye on whether the database is there; yields their address."""
    with TemporaryDirectory() as folder:  # for the token
        configuration = Configuration(
            database=DatabaseSettings(data_dir=Path(folder)), web=WebSettings(listen=f"127.0.0.1:{port}")
        )
        async with _serving(url, configuration) as address:
            yield address


@asynccontextmanager
async def _serving(url: str, configuration: Configuration) -> AsyncIterator[str]:
    async with open_database(url, application_name="tests serving", patient=True) as database:
        watch = Watch(url)
        watching = asyncio.create_task(watch.run())
        server = WebServer(
            database, configuration, Vitals(WorkerPool(configuration, url), watch, Progress(), Readings(database))
        )
        try:
            yield await server.start()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await server.stop()


async def _serve(url: str, port: int) -> None:
    async with serving(url, port=port) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
