"""The story of one URL: a form with one field, and what `tidings explain` tells."""

from aiohttp import web

from scheduler.explain import explain
from scheduler.web.site import SITE

routes = web.RouteTableDef()

_LONGEST_URL = 4000  # characters: twice what can be asked for


@routes.get("/explain")
async def explained(request: web.Request) -> web.Response:
    """The form, and below it the explanation of the URL in ``?url=``, if there is one."""
    site = request.app[SITE]
    url = request.query.get("url", "").strip()[:_LONGEST_URL]
    crawl = site.configuration.crawl
    explanation = None
    if url:
        explanation = await explain(
            site.fetch, url, allow_ports=crawl.allow_ports, allow_networks=map(str, crawl.allow_networks)
        )
    return site.render("explain.html", url=url, explanation=explanation)
