"""Whether we are alive, and whether we are useful."""

from aiohttp import web

from scheduler.web.site import SITE

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(request: web.Request) -> web.Response:
    """The process works, whatever the database does: to start it anew would mend nothing."""
    error = request.app[SITE].watch.error
    down = {"database": "down", "error": error} if error else {"database": "up"}
    return web.json_response({"status": "alive"} | down)


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """Useful: the database answers and a worker runs."""
    site = request.app[SITE]
    if site.watch.error:
        return web.json_response({"status": "database down", "error": site.watch.error}, status=503)
    if not site.pool.num_alive or site.pool.is_hopeless:
        return web.json_response({"status": "no worker stays alive"}, status=503)
    return web.json_response({"status": "ready", "num_workers": site.pool.num_alive})
