"""Whether we are alive, and whether we are useful."""

from aiohttp import web

from scheduler.vitals.vitals import Vitals

VITALS = web.AppKey("vitals", Vitals)

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(request: web.Request) -> web.Response:
    """The process works, whatever the database does; if one of its duties hangs, it should be started anew."""
    is_alive, said = request.app[VITALS].alive()
    return web.json_response(said, status=200 if is_alive else 503)


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """Useful: the database answers, a worker runs, and what is due gets done."""
    is_ready, said = await request.app[VITALS].ready()
    return web.json_response(said, status=200 if is_ready else 503)
