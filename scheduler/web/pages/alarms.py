"""The alarms that are up, and those that were."""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from crawler.alarms import Kind
from scheduler.web.paging import Place, chosen, written
from scheduler.web.site import SITE

routes = web.RouteTableDef()

_NUM_ALARMS = 50
_DAYS = ("1", "7", "30", "365")


@routes.get("/alarms")
async def alarms(request: web.Request) -> web.Response:
    """Those that are up first; of the past, as many days as asked for."""
    site = request.app[SITE]
    place = Place(request, _NUM_ALARMS)
    days = chosen(request, "days", _DAYS) or "7"
    asked = {"kind": chosen(request, "kind", [*Kind]), "source": written(request, "source")}
    params = asked | place.params | {"since": datetime.now(UTC) - timedelta(days=int(days))}
    found, pager = place.cut(await site.fetch("search_alarms", params))
    return site.render(
        "alarms.html",
        up=[alarm for alarm in found if not alarm["cleared_at"]],
        past=[alarm for alarm in found if alarm["cleared_at"]],
        pager=pager,
        asked=asked | {"days": days},
        kinds=[*Kind],
        days=_DAYS,
    )
