"""What a Prometheus server asks for."""

from aiohttp import web

from scheduler.vitals.exposition import expose
from scheduler.web.health import VITALS

routes = web.RouteTableDef()


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """All metrics, in OpenMetrics or in Prometheus's older text format, as the request asks."""
    body, content_type = await expose(request.app[VITALS], request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})
