"""What could not be shown or done, said on a page like any other."""

import structlog
from aiohttp import web

from scheduler.web.access import Handler, is_live
from scheduler.web.site import SITE
from sql.errors import DatabaseError

log = structlog.get_logger("scheduler.web")

_TITLES = {
    400: "That was not understood",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible",
    413: "Too much at once",
    421: "Not this page's name",
    429: "Wait a moment",
    500: "Something broke",
    503: "Not available just now",
}
_FIRST_ERROR = 400


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make a page of an error for a person, and leave it a line of text for a program."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < _FIRST_ERROR:
            raise
        refusal = error
    except DatabaseError as error:
        refusal = web.HTTPServiceUnavailable(text=f"the database does not answer: {error}\n")
    except Exception as error:
        # The page's boundary: a defect of one page is told, and ends nothing else.
        log.exception("web.broken", path=request.path, error=f"{type(error).__name__}: {error}")
        refusal = web.HTTPInternalServerError(text="A defect of tidings: the log says more (web.broken).\n")
    if "text/html" not in request.headers.get("Accept", "") or is_live(request):
        raise refusal
    title = _TITLES.get(refusal.status, refusal.reason)
    words = (refusal.text or "").strip()
    page = request.app[SITE].render("refusal.html", status=refusal.status, title=title, words=words)
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in refusal.headers:
            page.headers[name] = refusal.headers[name]
    return page
