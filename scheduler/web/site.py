"""What every page of the operator's needs: the database, the templates, and how they write things."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from crawler.source import format_duration
from scheduler.web.access import CALLER
from scheduler.web.files import Files
from sql.errors import DatabaseError

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.pool import WorkerPool
    from sql.database import Database, Params, Row
    from sql.line import Watch


class Site:
    """One per listener; handlers find it as ``request.app[SITE]``."""

    def __init__(
        self, database: "Database", pool: "WorkerPool", configuration: "Configuration", watch: "Watch"
    ) -> None:
        self.pool = pool
        self.configuration = configuration
        self.watch = watch
        self.database = database
        self.files = Files()
        # Autoescaped whatever a template is called: what stands on a page comes from anywhere on the web.
        self._templates = Environment(loader=PackageLoader("scheduler.web"), autoescape=True, enable_async=False)
        self._templates.globals["static"] = self.files.address
        self._templates.filters |= {"ago": ago, "clock": clock, "web_link": web_link}

    async def fetch(self, name: str, params: "Params | None" = None) -> "list[Row]":
        """The rows of the query ``name``.

        Raises:
            HTTPServiceUnavailable: the database does not answer.
        """
        if self.watch.error:
            raise web.HTTPServiceUnavailable(text=f"the database does not answer: {self.watch.error}\n")
        try:
            return await self.database.fetch(name, params)
        except DatabaseError as error:
            raise web.HTTPServiceUnavailable(text=f"the database does not answer: {error}\n") from error

    def render(self, template: str, **data: Any) -> web.Response:
        """A page, out of its template."""
        shared = {"now": datetime.now(UTC), "pool": self.pool, "caller": CALLER.get()}
        text = self._templates.get_template(template).render(**shared, **data)
        return web.Response(text=text, content_type="text/html")


SITE = web.AppKey("site", Site)


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
