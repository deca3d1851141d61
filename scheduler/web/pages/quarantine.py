"""Pages that are not opened any more, until an operator says so."""

from collections import defaultdict
from typing import Any

from aiohttp import web

from scheduler.web.paging import Place, written
from scheduler.web.site import SITE

routes = web.RouteTableDef()

_NUM_PAGES = 50


@routes.get("/quarantine")
async def quarantine(request: web.Request) -> web.Response:
    """Each of them with why, and with its latest visits."""
    site = request.app[SITE]
    place = Place(request, _NUM_PAGES)
    source = written(request, "source")
    pages, pager = place.cut(await site.fetch("page_quarantine", {"source": source} | place.params))
    visits = await site.fetch("list_visits_of", {"url_ids": [page["url_id"] for page in pages]})
    by_url = defaultdict[int, list[dict[str, Any]]](list)
    for visit in visits:
        by_url[visit["url_id"]].append(visit)
    return site.render("quarantine.html", pages=pages, pager=pager, visits=by_url, source=source)
