"""One run: every page that it visited."""

from aiohttp import web

from scheduler.web.site import SITE

routes = web.RouteTableDef()


@routes.get("/runs/{run_id}")
async def run(request: web.Request) -> web.Response:
    """One run, by its id or the beginning of it."""
    site = request.app[SITE]
    run_id = request.match_info["run_id"]
    found = await site.fetch("find_run", {"prefix": run_id})
    if len(found) != 1:
        raise web.HTTPNotFound(text=f"no run {run_id}\n")
    pages = await site.fetch("list_pages", {"run_id": found[0]["run_id"]})
    return site.render("run.html", run=found, pages=pages)
