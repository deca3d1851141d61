"""Serves the operator page and the health endpoints, on loopback, from the daemon's own loop."""

from importlib import resources
from typing import TYPE_CHECKING

from aiohttp import web

from scheduler.web import health
from scheduler.web.pages import overview, runs, search
from scheduler.web.site import SITE, Site

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.pool import WorkerPool
    from sql.database import Database
    from sql.line import Watch

# No script at all, no frame, nothing from elsewhere: what a page of scraped texts should be allowed.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class WebServer:
    """The daemon's HTTP listener."""

    def __init__(
        self, database: "Database", pool: "WorkerPool", configuration: "Configuration", watch: "Watch"
    ) -> None:
        self._settings = configuration.web
        self._site = Site(database, pool, configuration, watch)
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen, and return the page's address.

        Raises:
            OSError: the address is taken.
        """
        app = web.Application()
        app[SITE] = self._site
        for module in (overview, runs, search, health):
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


async def _style(_request: web.Request) -> web.Response:
    text = resources.files("scheduler.web").joinpath("static/style.css").read_text(encoding="utf-8")
    return web.Response(text=text, content_type="text/css")


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
