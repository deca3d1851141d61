"""What a request gets that cannot be answered: a calm page in a browser, one line elsewhere."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from scheduler.web.site import SITE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADINGS = {
    400: "That request makes no sense",
    403: "Not allowed",
    404: "Not found",
    405: "That cannot be done here",
    421: "Not the name of this page",
    429: "Wait a moment",
    500: "Something broke",
    503: "The database does not answer",
}
_FIRST_FAILURE = 400


@web.middleware
async def explain_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn a failure into a page, for whoever reads HTML; its text stays the one line that it is for others."""
    try:
        return await handler(request)
    except web.HTTPException as failure:
        if failure.status < _FIRST_FAILURE or not _reads_html(request):
            raise
        return _page(request, failure)


def _reads_html(request: web.Request) -> bool:
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def _page(request: web.Request, failure: web.HTTPException) -> web.Response:
    site = request.app[SITE]
    kept = {name: value for name, value in failure.headers.items() if name in _KEPT}
    response = site.render(
        "failure.html",
        status=failure.status,
        code=failure.status,
        heading=_HEADINGS.get(failure.status, failure.reason),
        words=(failure.text or "").strip().removeprefix(f"{failure.status}: "),
        is_away=failure.status == web.HTTPServiceUnavailable.status_code,
        since=site.watch.since,
        alarm=site.watch.alarm,
        num_workers=site.pool.num_alive,
    )
    response.headers.update(kept)
    return response


_KEPT = frozenset({hdrs.ALLOW, hdrs.RETRY_AFTER, hdrs.WWW_AUTHENTICATE, hdrs.SET_COOKIE})
