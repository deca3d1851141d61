"""The overview: is everything well?"""

from datetime import UTC, datetime, timedelta

from aiohttp import web

from scheduler.heartbeat import SILENCE_SECONDS
from scheduler.web.site import SITE

routes = web.RouteTableDef()


@routes.get("/")
async def overview(request: web.Request) -> web.Response:
    """All sources, with what is new of them."""
    site = request.app[SITE]
    now = datetime.now(UTC)
    return site.render(
        "overview.html",
        counts=await site.fetch("count_everything", {"silence": SILENCE_SECONDS}),
        sources=await site.fetch("list_source_health", {"now": now, "name": None, "limit": 1000, "offset": 0}),
        runs=await site.fetch("list_runs", {"source": None, "outcome": None, "limit": 15}),
        outcomes=await site.fetch("count_outcomes", {"since": now - timedelta(hours=24)}),
        articles=await site.fetch("list_articles", {"limit": 15}),
    )
