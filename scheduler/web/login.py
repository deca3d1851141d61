"""The log-in: the token for a session."""

import structlog
from aiohttp import web

from scheduler.web.access import GATE, local_path, visitor
from scheduler.web.site import SITE

log = structlog.get_logger("scheduler.web")

routes = web.RouteTableDef()


@routes.get("/login")
async def form(request: web.Request) -> web.Response:
    """Asks for the token; whoever is logged in is sent on."""
    target = local_path(request.query.get("next", "/"))
    if visitor().is_trusted:
        return web.Response(status=303, headers={"Location": target})
    return _page(request, target)


@routes.post("/login")
async def log_in(request: web.Request) -> web.Response:
    """Begins a session."""
    given = await request.post()
    gate, target = request.app[GATE], local_path(str(given.get("next", "/")))
    if not gate.try_token(request, str(given.get("token", "")).strip()):
        return _page(request, target, status=403, error="This is not the token.")
    log.info("login.succeeded", address=gate.address(request))
    response = web.Response(status=303, headers={"Location": target})
    gate.begin_session(request, response)
    return response


@routes.post("/logout")
async def log_out(request: web.Request) -> web.Response:
    """Ends a session."""
    response = web.Response(status=303, headers={"Location": "/"})
    request.app[GATE].end_session(request, response)
    return response


def _page(request: web.Request, target: str, *, status: int = 200, error: str | None = None) -> web.Response:
    gate = request.app[GATE]
    is_private = gate.is_https(request) or gate.address(request) in {"127.0.0.1", "::1"}
    return request.app[SITE].render(
        "login.html",
        status=status,
        target=target,
        error=error,
        is_private=is_private,
        has_token=gate.signer is not None,
    )
