"""What an operator may do on the page: the same as on the command line, by the same code, and on record."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import structlog
from aiohttp import web

from scheduler.dispatch import dispatch_named
from scheduler.retrying import (
    NotInQuarantineError,
    NotRetriedError,
    drop_quarantined,
    find_quarantined,
    retry_quarantined,
    retry_url,
)
from scheduler.sources import UnknownSourceError, record, set_state
from scheduler.stopping import in_thread
from scheduler.web.access import GATE, visitor
from scheduler.web.site import SITE
from sql.database import Connection, connect, rows

if TYPE_CHECKING:
    from procrastinate import App

log = structlog.get_logger("scheduler.web")

routes = web.RouteTableDef()

_Answer = TypeVar("_Answer")

_Change = Callable[[Connection, list[dict[str, Any]]], None]
_State = Literal["enabled", "disabled"]

_MOST_SHOWN = 200


class Desk:
    """By what actions are carried out: nothing, until the daemon has started."""

    def __init__(self) -> None:
        self.queue: App | None = None
        self.url = ""
        """Of the database."""

    def open(self, queue: "App", url: str) -> None:
        """From now on actions are taken."""
        self.queue, self.url = queue, url


DESK = web.AppKey("desk", Desk)


@routes.get("/actions")
async def trail(request: web.Request) -> web.Response:
    """Who did what."""
    site = request.app[SITE]
    found = await site.fetch("list_actions", {"source": None, "limit": _MOST_SHOWN})
    return site.render("actions.html", rows=found, most=_MOST_SHOWN)


@routes.post("/sources/{name:[a-z0-9-]{1,64}}/run")
async def run(request: web.Request) -> web.Response:
    """Visits a source now, due or not; with ``revisit`` its known articles, too."""
    name, desk = request.match_info["name"], _desk(request)
    revisit = bool((await request.post()).get("revisit"))
    action = "revisit" if revisit else "run"
    known = await _in_database(desk, rows, "find_source", {"name": name})
    if not known:
        raise web.HTTPNotFound(text=f"{UnknownSourceError(name)}\n")
    if not await _queue_run(request, name, revisit=revisit):
        return _back(request, f"A run of {name} is waiting or under way already: nothing was added.")
    await _in_database(desk, record, action, name, None, _taken_by(request))
    _tell(request, action, source=name)
    words = ", which visits its known articles again, too" if revisit else ""
    return _back(request, f"A run of {name} is queued{words}.")


@routes.post("/sources/{name:[a-z0-9-]{1,64}}/pause")
async def pause(request: web.Request) -> web.Response:
    """Takes a source off the timetable, until it is put back by hand."""
    if not await _set_state(request, "disabled"):
        return _back(request, f"{request.match_info['name']} is paused already.")
    return _back(request, f"{request.match_info['name']} is paused: no run of it begins by itself.")


@routes.post("/sources/{name:[a-z0-9-]{1,64}}/resume")
async def resume(request: web.Request) -> web.Response:
    """Puts a source back on the timetable."""
    if not await _set_state(request, "enabled"):
        return _back(request, f"{request.match_info['name']} is on the timetable already.")
    return _back(request, f"{request.match_info['name']} is on the timetable again, from its next slot on.")


@routes.post("/quarantine/retry")
async def retry_page(request: web.Request) -> web.Response:
    """Frees a page; three more attempts are made."""
    return await _free(request, retry_quarantined, "retry", "It is visited again by the next run of {source}.")


@routes.post("/quarantine/drop")
async def drop_page(request: web.Request) -> web.Response:
    """Takes a page off the list for good."""
    return await _free(request, drop_quarantined, "drop", "It is off the list, and is never visited again.")


@routes.post("/urls/retry")
async def retry(request: web.Request) -> web.Response:
    """Has a URL visited again, and queues a run of its source for it."""
    url = await _url(request)
    try:
        source, url = await _in_database(_desk(request), _retry_url, url, _taken_by(request))
    except NotRetriedError as error:
        return _back(request, f"Not visited again: {error}.", is_refused=True)
    _tell(request, "retry", source=source, url=url)
    if await _queue_run(request, source):
        return _back(request, f"A run of {source} is queued, which visits it again.")
    return _back(request, f"A run of {source} is under way: it is visited again by the one after it.")


async def _queue_run(request: web.Request, name: str, *, revisit: bool = False) -> bool:
    """Whether a run of the source was queued; it is not if there is one already."""
    queue = _desk(request).queue
    return queue is not None and bool(
        await dispatch_named(request.app[SITE].database, queue, [name], revisit=revisit)
    )


async def _set_state(request: web.Request, state: _State) -> bool:
    name = request.match_info["name"]
    try:
        has_changed = await _in_database(_desk(request), _change_state, name, state, _taken_by(request))
    except UnknownSourceError as error:
        raise web.HTTPNotFound(text=f"{error}\n") from None
    if has_changed:
        _tell(request, state.removesuffix("d"), source=name)
    return has_changed


async def _free(request: web.Request, change: _Change, action: str, words: str) -> web.Response:
    """Do this to a page in quarantine."""
    url = await _url(request)
    try:
        change_page = partial(_change_page, change, action)
        source, url = await _in_database(_desk(request), change_page, url, _taken_by(request))
    except NotInQuarantineError:
        return _back(request, "It is not in quarantine any more: nothing was done.", is_refused=True)
    _tell(request, action, source=source, url=url)
    return _back(request, words.format(source=source))


# In the database


async def _in_database(desk: Desk, change: Callable[..., _Answer], *arguments: object) -> _Answer:
    """What commands do on a connection of their own, beside the loop."""

    def work() -> _Answer:
        with connect(desk.url, application_name="tidings page") as connection:
            return change(connection, *arguments)

    return await in_thread(work)


def _change_state(connection: Connection, name: str, state: _State, taken_by: str) -> bool:
    found = rows(connection, "find_source", {"name": name})
    if found and found[0]["state"] == state:
        return False
    set_state(connection, name, state, by=taken_by)
    return True


def _change_page(change: _Change, action: str, connection: Connection, url: str, taken_by: str) -> tuple[str, str]:
    """The page's source, and its URL as it is stored."""
    pages = find_quarantined(connection, [url])
    change(connection, pages)
    return _on_record(connection, action, pages[0], taken_by)


def _retry_url(connection: Connection, url: str, taken_by: str) -> tuple[str, str]:
    return _on_record(connection, "retry", retry_url(connection, url), taken_by)


def _on_record(connection: Connection, action: str, page: dict[str, Any], taken_by: str) -> tuple[str, str]:
    source, url = str(page["source"]), str(page["url"])
    record(connection, action, source, url, taken_by)
    return source, url


# To and from the browser


def _desk(request: web.Request) -> Desk:
    desk, error = request.app[DESK], request.app[SITE].watch.error
    if error or desk.queue is None:
        why = f"the database does not answer: {error}" if error else "the daemon is still starting"
        raise web.HTTPServiceUnavailable(text=f"Nothing was done: {why}.\n")
    return desk


async def _url(request: web.Request) -> str:
    url = str((await request.post()).get("url", ""))
    if not url:
        raise web.HTTPBadRequest(text="Which URL? The form field 'url' is missing.\n")
    return url


def _taken_by(request: web.Request) -> str:
    return f"page, from {request.app[GATE].address(request)}"


def _tell(request: web.Request, action: str, *, source: str, url: str | None = None) -> None:
    facts = {"source": source} | ({"url": url} if url else {})
    log.info("action.taken", action=action, **facts, address=request.app[GATE].address(request))


def _back(request: web.Request, words: str, *, is_refused: bool = False) -> web.Response:
    """To the page where the button is, which tells what came of it; a program is told at once."""
    if visitor().session is None:
        return web.Response(text=f"{words}\n", status=409 if is_refused else 200)
    response = web.Response(status=303, headers={"Location": visitor().path})
    request.app[GATE].say(request, response, words=words, kind="refused" if is_refused else "done")
    return response
