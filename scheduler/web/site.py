"""What every page of the operator's needs: the database, the templates, and how they write things."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web
from jinja2 import Environment, PackageLoader

from crawler.sites import registered_domain
from crawler.source import format_duration
from scheduler.logs.remedies import remedy_for, remedy_for_reason
from scheduler.web.access import visitor
from scheduler.web.charts import spark_path
from scheduler.web.files import Files
from scheduler.wording import shortened
from sql.errors import DatabaseError

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from scheduler.pool import WorkerPool
    from sql.database import Database, Params, Row
    from sql.line import Watch


NAVIGATION = (
    ("/", "Overview"),
    ("/alarms", "Alarms"),
    ("/runs", "Runs"),
    ("/search", "Articles"),
    ("/quarantine", "Quarantine"),
    ("/explain", "Explain"),
)
"""The pages that every page links to; a template marks its own by ``{% set here = "/runs" %}``."""


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
        self._templates = Environment(
            loader=PackageLoader("scheduler.web"), autoescape=True, enable_async=False, trim_blocks=True
        )
        self._templates.filters |= _FILTERS
        self._templates.globals |= {"navigation": NAVIGATION, "static": self.files.address}

    def prepare(self) -> None:
        """Do now what the first visit of each page would wait for: compile templates, read the public suffixes."""
        for template in self._templates.list_templates(extensions=["html"]):
            self._templates.get_template(template)
        registered_domain("example.org")

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

    def render(self, template: str, *, status: int = 200, **data: Any) -> web.Response:
        """A page, out of its template."""
        shared = {"now": datetime.now(UTC), "pool": self.pool, "visitor": visitor()}
        text = self._templates.get_template(template).render(**shared, **data)
        # A lone surrogate, as scraped text may have one, must not cost the whole page.
        body = text.encode(errors="replace")
        return web.Response(body=body, content_type="text/html", charset="utf-8", status=status)


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
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else "—"


def clock_exact(moment: datetime | None) -> str:
    """The same, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if moment else "—"


def duration(value: timedelta | float | None) -> str:
    """How long, in the two largest units that say something; a number counts milliseconds."""
    if value is None:
        return "—"
    seconds = value.total_seconds() if isinstance(value, timedelta) else value / 1000
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < _HOUR_MINUTES:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, _HOUR_MINUTES)
    if hours < _TWO_DAYS_HOURS:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"


def folded(text: str, context: int = 160) -> str:
    """A text that did not change, of which the middle is left out if it is long."""
    if len(text) <= 3 * context:
        return text
    return f"{text[:context]} […] {text[-context:]}"


def is_web(url: str) -> bool:
    """Whether a URL may be the target of a link: http and https only."""
    return url.lower().startswith(("http://", "https://"))


def web_link(url: str) -> str:
    """A URL that is safe as a link's target; any other leads nowhere."""
    return url if is_web(url) else "about:blank"


def number(value: float | None) -> str:
    """A number with its thousands apart."""
    return "—" if value is None else f"{value:,.0f}"


def remedy_for_alarm(alarm: "Row") -> str | None:
    """What an operator does about an alarm: in the words of ``tidings status``."""
    return remedy_for("alarm.raised", alarm)


def remedy_for_run(run: "Row") -> str | None:
    """What an operator does about what a run ended with: in the words of ``tidings runs show``."""
    return run["reason"] and remedy_for_reason(run["reason"], source=run["source"], run_id=run["run_id"])


_MINUTE = 60
_HOUR_MINUTES = 60
_TWO_DAYS_HOURS = 48
_FILTERS = {
    "ago": ago,
    "clock": clock,
    "clock_exact": clock_exact,
    "duration": duration,
    "folded": folded,
    "is_web": is_web,
    "number": number,
    "remedy": remedy_for_alarm,
    "remedy_for_run": remedy_for_run,
    "shortened": shortened,
    "spark_path": spark_path,
    "web_link": web_link,
}
