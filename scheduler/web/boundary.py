"""Where an error of one page ends: it is told, and costs nothing else."""

import structlog
from aiohttp import web

from scheduler.web.access import Handler
from sql.errors import DatabaseError

log = structlog.get_logger("scheduler.web")


@web.middleware
async def contain_defects(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make what a handler did not expect an answer."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except DatabaseError as error:
        raise web.HTTPServiceUnavailable(text=f"the database does not answer: {error}\n") from error
    except Exception as error:
        # The page's boundary: a defect of ours, and worth a report.
        log.exception("web.broken", path=request.path, error=f"{type(error).__name__}: {error}")
        words = "A defect of tidings. The log says more, under web.broken.\n"
        raise web.HTTPInternalServerError(text=words) from error
