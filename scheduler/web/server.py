"""Serves the operator page and the health endpoints, on loopback, from the daemon's own loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from scheduler.web import health, metrics
from scheduler.web.health import VITALS
from scheduler.web.pages import overview, runs
from scheduler.web.site import SITE, Site

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.pool import WorkerPool
    from scheduler.vitals.vitals import Vitals
    from sql.database import Database
    from sql.line import Watch

# No script at all, no frame, nothing from elsewhere: what a page of scraped texts should be allowed.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class WebServer:
    """The daemon's HTTP listener."""

    def __init__(
        self,
        database: "Database",
        pool: "WorkerPool",
        configuration: "Configuration",
        watch: "Watch",
        vitals: "Vitals",
    ) -> None:
        self._settings = configuration.web
        self._site = Site(database, pool, configuration, watch)
        self._vitals = vitals
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen, and return the page's address.

        Raises:
            OSError: the address is taken.
        """
        app = web.Application()
        app[SITE] = self._site
        app[VITALS] = self._vitals
        for module in (overview, runs, health, metrics):
            app.add_routes(module.routes)
        app.router.add_get("/style.css", _style)
        app.on_response_prepare.append(_add_headers)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        await site.start()
        port = self._runner.addresses[0][1]
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{port}/"

    async def stop(self) -> None:
        """Close the listener."""
        if self._runner is not None:
            await self._runner.cleanup()


@asynccontextmanager
async def serving(server: WebServer) -> AsyncIterator[str]:
    """The address at which ``server`` listens, as long as the context lasts; raises OSError if that is taken."""
    address = await server.start()
    try:
        yield address
    finally:
        await server.stop()


@asynccontextmanager
async def serving_vitals(vitals: "Vitals", host: str, port: int) -> AsyncIterator[None]:
    """Health and metrics alone, without any page: of workers on a further host. Raises OSError if it is taken."""
    app = web.Application()
    app[VITALS] = vitals
    for module in (health, metrics):
        app.add_routes(module.routes)
    app.on_response_prepare.append(_add_headers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()


async def _style(_request: web.Request) -> web.Response:
    text = resources.files("scheduler.web").joinpath("static/style.css").read_text(encoding="utf-8")
    return web.Response(text=text, content_type="text/css")


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
