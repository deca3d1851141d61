"""Serves the operator page and the health endpoints, on loopback as a rule, from the daemon's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from scheduler.stopping import in_thread
from scheduler.web import actions, health, login, metrics
from scheduler.web.access import GATE, LONGEST_FORM, Gate, guard
from scheduler.web.actions import DESK, Desk
from scheduler.web.boundary import contain_defects
from scheduler.web.credentials import Credentials, obtain
from scheduler.web.failures import explain_failures
from scheduler.web.health import VITALS
from scheduler.web.pages import alarms, articles, explain, overview, quarantine, runs, search, sources
from scheduler.web.site import SITE, Site

if TYPE_CHECKING:
    from procrastinate import App

    from crawler.configuration import Configuration, WebSettings
    from scheduler.vitals.vitals import Vitals
    from sql.database import Database

# Nothing inline, no frame, nothing from elsewhere: what a page of scraped texts should be allowed.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not no-referrer: under that a browser sends our own forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Server": "tidings",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_PAGES = (overview, alarms, sources, runs, articles, search, quarantine, explain)


class WebServer:
    """The daemon's HTTP listener."""

    def __init__(self, database: "Database", configuration: "Configuration", vitals: "Vitals") -> None:
        self._configuration = configuration
        self._settings = configuration.web
        self._desk = Desk()
        self._vitals = vitals
        self.site = Site(database, vitals.pool, configuration, vitals.watch)
        self.gate: Gate | None = None
        self._runner: web.AppRunner | None = None
        self._preparing: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listen, and return the page's address.

        Raises:
            OSError: the address is taken.
        """
        app = web.Application(middlewares=[explain_failures, contain_defects, guard], client_max_size=LONGEST_FORM)
        app[SITE] = self.site
        app[VITALS] = self._vitals
        app[GATE] = self.gate = Gate(self._settings, await in_thread(obtain, self._configuration))
        app[DESK] = self._desk
        for module in (*_PAGES, health, metrics, login, actions):
            app.add_routes(module.routes)
        app.router.add_get("/static/{digest}/{name}", self.site.files.serve)
        for name in ("style.css", "icon.svg"):
            app.router.add_get(f"/{name}", partial(self.site.files.serve_current, name))
        app.on_response_prepare.append(_add_headers)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.host, self._settings.port)
        await site.start()
        self._preparing = asyncio.create_task(in_thread(self.site.prepare), name="prepare the pages")
        port = self._runner.addresses[0][1]
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{port}/"

    @property
    def routes(self) -> list[web.AbstractRoute]:
        """All that can be asked for, once it has started."""
        return list(self._runner.app.router.routes()) if self._runner else []

    def accept_actions(self, queue: "App", url: str) -> None:
        """From now on, the daemon having started, let operators act, on the database at ``url``."""
        self._desk.open(queue, url)

    async def stop(self) -> None:
        """Close the listener."""
        if self._preparing is not None:
            self._preparing.cancel()
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
async def serving_vitals(vitals: "Vitals", settings: "WebSettings") -> AsyncIterator[None]:
    """Health and metrics alone, without any page: of workers on a further host.

    A token is asked for as on the page; none is made, for there is nothing to do. Raises OSError if the address is
    taken.
    """
    token = settings.token.get_secret_value() if settings.token else None
    app = web.Application(middlewares=[guard])
    app[VITALS] = vitals
    app[GATE] = Gate(settings, Credentials(token, is_asked_of_readers=token is not None), has_login=False)
    for module in (health, metrics):
        app.add_routes(module.routes)
    app.on_response_prepare.append(_add_headers)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield
    finally:
        await runner.cleanup()


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
