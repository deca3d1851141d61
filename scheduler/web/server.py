"""Serves the operator page and the health endpoints, on loopback, from the daemon's own loop."""

from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from crawler.source import format_duration
from scheduler.heartbeat import SILENCE_SECONDS
from sql.database import Database
from sql.errors import DatabaseError

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.pool import WorkerPool
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
        self, database: Database, pool: "WorkerPool", configuration: "Configuration", watch: "Watch"
    ) -> None:
        self._database = database
        self._watch = watch
        self._pool = pool
        self._settings = configuration.web
        self._templates = Environment(loader=PackageLoader("scheduler.web"), autoescape=True, enable_async=False)
        self._templates.filters |= {"ago": ago, "clock": clock, "web_link": web_link}
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen, and return the page's address.

        Raises:
            OSError: the address is taken.
        """
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._overview),
                web.get("/runs/{run_id}", self._run),
                web.get("/style.css", self._style),
                web.get("/healthz", self._alive),
                web.get("/readyz", self._ready),
            ]
        )
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

    async def _overview(self, _request: web.Request) -> web.Response:
        since = datetime.now(UTC) - timedelta(hours=24)
        return await self._page(
            "overview.html",
            counts=("count_everything", {"silence": SILENCE_SECONDS}),
            sources=("list_sources", None),
            runs=("list_runs", {"source": None, "outcome": None, "limit": 15}),
            outcomes=("count_outcomes", {"since": since}),
            articles=("list_articles", {"limit": 15}),
        )

    async def _run(self, request: web.Request) -> web.Response:
        run_id = request.match_info["run_id"]
        found = await self._database.fetch("find_run", {"prefix": run_id})
        if len(found) != 1:
            raise web.HTTPNotFound(text=f"no run {run_id}\n")
        return await self._page("run.html", run=found, pages=("list_pages", {"run_id": found[0]["run_id"]}))

    async def _page(self, template: str, **data: Any) -> web.Response:
        if self._watch.error:
            raise web.HTTPServiceUnavailable(text=f"the database does not answer: {self._watch.error}\n")
        try:
            filled = {
                key: await self._database.fetch(*value) if isinstance(value, tuple) else value
                for key, value in data.items()
            }
        except DatabaseError as error:
            raise web.HTTPServiceUnavailable(text=f"the database does not answer: {error}\n") from error
        text = self._templates.get_template(template).render(now=datetime.now(UTC), pool=self._pool, **filled)
        return web.Response(text=text, content_type="text/html")

    async def _style(self, _request: web.Request) -> web.Response:
        text = resources.files("scheduler.web").joinpath("templates/style.css").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/css")

    async def _alive(self, _request: web.Request) -> web.Response:
        """The process works, whatever the database does: to start it anew would mend nothing."""
        down = {"database": "down", "error": self._watch.error} if self._watch.error else {"database": "up"}
        return web.json_response({"status": "alive"} | down)

    async def _ready(self, _request: web.Request) -> web.Response:
        """Useful: the database answers and a worker runs."""
        if self._watch.error:
            return web.json_response({"status": "database down", "error": self._watch.error}, status=503)
        if not self._pool.num_alive or self._pool.is_hopeless:
            return web.json_response({"status": "no worker stays alive"}, status=503)
        return web.json_response({"status": "ready", "num_workers": self._pool.num_alive})


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def ago(moment: datetime | None) -> str:
    """How long ago, or in how long, in the largest whole unit; a dash for never."""
    if moment is None:
        return "—"
    seconds = round((datetime.now(UTC) - moment).total_seconds())
    size = abs(seconds)
    unit = next(unit for limit, unit in ((120, 1), (7200, 60), (172800, 3600), (10**12, 86400)) if size < limit)
    words = format_duration(timedelta(seconds=size // unit * unit)) if size >= 1 else "now"
    return words if words == "now" else f"{words} ago" if seconds > 0 else f"in {words}"


def clock(moment: datetime | None) -> str:
    """A moment as people write it, in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "—"


def web_link(url: str) -> str:
    """A URL that is safe as a link's target: http and https only."""
    return url if url.startswith(("http://", "https://")) else "about:blank"
