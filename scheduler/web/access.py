"""Who may read, and who may act: every request passes here first. access.md says what is promised."""

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import structlog
from aiohttp import web

from scheduler.web.sessions import MESSAGE_SECONDS, SESSION_SECONDS, Signer
from scheduler.web.slowdown import SlowDown

if TYPE_CHECKING:
    from crawler.configuration import WebSettings
    from scheduler.web.credentials import Credentials

log = structlog.get_logger("scheduler.web")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LONGEST_FORM = 16 * 1024
_FORM_SECONDS = 10.0
_METHODS = ("GET", "HEAD", "POST")
_HEALTH = {"/healthz", "/readyz"}  # asked by whatever watches the host, under any name, without credentials
_OPEN = {"/login", "/style.css", "/icon.svg"}
_LOCAL_NAMES = re.compile(r"localhost|[a-z0-9-]+\.localhost")
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a page, as its template needs to know."""

    path: str = "/"
    """Of the page that was asked for, with its query, or of the one that a form was on."""
    session: str | None = None
    is_trusted: bool = False
    """Has given the token."""
    form_token: str = ""
    """What their forms are to have in them; only a session has forms."""
    message: dict[str, Any] | None = None
    """What their last action came to, told once."""


_CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)


def visitor() -> Caller:
    """Whose request is answered just now."""
    return _CALLER.get() or Caller()


class Gate:
    """Decides about requests; handlers find it as ``request.app[GATE]``."""

    def __init__(self, settings: "WebSettings", credentials: "Credentials", *, has_login: bool = True) -> None:
        self._settings = settings
        self.is_asked_of_readers = credentials.is_asked_of_readers
        self.has_login = has_login
        self.signer = Signer(credentials.token) if credentials.token else None
        """None if there is no token: then nobody is trusted."""
        self._slow_down = SlowDown()
        self._own_names = {*settings.hosts, settings.host}

    # Where a request comes from

    def address(self, request: web.Request) -> str:
        """The client's, as far as those proxies tell that we believe."""
        hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        address = request.remote or ""
        while hops and hops[-1] and self._is_proxy(address):
            address = hops.pop()
        return address[:64]

    def is_https(self, request: web.Request) -> bool:
        """Whether the browser's own connection is encrypted."""
        forwarded = request.headers.get("X-Forwarded-Proto", "")
        return request.secure or (forwarded == "https" and self._is_proxy(request.remote or ""))

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return parsed.is_loopback or any(parsed in network for network in self._settings.proxies)

    def is_for_us(self, request: web.Request) -> bool:
        """Whether ``Host`` names us. A name that some site has pointed at our address (DNS rebinding) does not."""
        try:
            name = (urlsplit(f"//{request.headers.get('Host', '')}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if name in self._own_names or _LOCAL_NAMES.fullmatch(name):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # An address cannot be pointed elsewhere; on loopback, one that is not of loopback is a mistake still.
        return address.is_loopback or not self._settings.is_local

    def is_from_our_page(self, request: web.Request) -> bool:
        """Whether a browser says that it was a page of ours that sent this form."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        if site not in {None, "same-origin"}:
            return False
        if origin is None:
            return site is not None
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return bool(parts.netloc) and (
            parts.netloc == request.headers.get("Host") or parts.hostname in self._settings.hosts
        )

    # Who it is

    def identify(self, request: web.Request) -> Caller:
        """The caller, by an ``Authorization`` header or a session's cookie.

        Raises:
            HTTPUnauthorized: the header has another token.
            HTTPTooManyRequests: there were too many wrong ones.
        """
        is_page = request.method != "POST" and request.path != "/login"
        path = str(request.rel_url) if is_page else "/"
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if self.try_token(request, given.strip()):
                return Caller(path, is_trusted=True)
            raise web.HTTPUnauthorized(text="This is not the token.\n", headers={"WWW-Authenticate": "Bearer"})
        signer = self.signer
        if signer is None:
            return Caller(path)
        message = signer.read_message(request.cookies.get(signer.message_cookie, ""))
        session = signer.session(request.cookies.get(self._cookie(request), ""))
        if session is None:
            return Caller(path, message=message)
        return Caller(path, session, is_trusted=True, form_token=signer.form_token(session), message=message)

    def try_token(self, request: web.Request, given: str) -> bool:
        """Whether this is the token; raises HTTPTooManyRequests to who guessed wrong too often, even if it is."""
        address = self.address(request)
        seconds = self._slow_down.seconds_to_wait(address)
        if seconds > 0:
            raise web.HTTPTooManyRequests(
                text=f"Too many wrong tokens from {address}: wait {seconds:.0f} seconds.\n",
                headers={"Retry-After": f"{seconds + 0.5:.0f}"},
            )
        if self.signer is not None and self.signer.is_token(given):
            self._slow_down.succeeded(address)
            return True
        self._slow_down.failed(address)
        log.warning("login.failed", address=address)
        return False

    def _cookie(self, request: web.Request) -> str:
        name = self.signer.session_cookie if self.signer else ""
        return f"__Host-{name}" if self.is_https(request) else name

    # What is sent along

    def begin_session(self, request: web.Request, response: web.Response) -> None:
        """Have the browser keep a session."""
        if self.signer is not None:
            self._set_cookie(
                request, response, self._cookie(request), self.signer.new_session(), max_age=SESSION_SECONDS
            )

    def end_session(self, request: web.Request, response: web.Response) -> None:
        """Have it forgotten on both sides."""
        session = visitor().session
        if self.signer is not None and session is not None:
            self.signer.end_session(session)
        self._set_cookie(request, response, self._cookie(request), "", max_age=0)

    def say(self, request: web.Request, response: web.Response, **facts: str) -> None:
        """Have the next page tell what an action came to."""
        if self.signer is not None:
            sealed = self.signer.message(**facts)
            self._set_cookie(request, response, self.signer.message_cookie, sealed, max_age=MESSAGE_SECONDS)

    def told(self, request: web.Request, response: web.StreamResponse) -> None:
        """The message was on this page, and is to be on no other."""
        if self.signer is not None:
            self._set_cookie(request, response, self.signer.message_cookie, "", max_age=0)

    def _set_cookie(
        self, request: web.Request, response: web.StreamResponse, name: str, value: str, *, max_age: int
    ) -> None:
        secure = self.is_https(request)
        response.set_cookie(
            name, value, max_age=max_age, path="/", httponly=True, samesite="Strict", secure=secure
        )


GATE = web.AppKey("gate", Gate)


def local_path(text: str) -> str:
    """``text`` if it leads to a page of ours and nowhere else, else that to the overview."""
    return text if _LOCAL_PATH.fullmatch(text) else "/"


def is_live(request: web.Request) -> bool:
    """Whether it is a page's script that asks, to bring the page up to date."""
    return "X-Live" in request.headers


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through what may pass."""
    gate = request.app[GATE]
    if request.method not in _METHODS:
        raise web.HTTPMethodNotAllowed(request.method, _METHODS, text="Pages are read, and forms are sent.\n")
    _CALLER.set(Caller())
    if request.path in _HEALTH:
        return await handler(request)
    if not gate.is_for_us(request):
        raise web.HTTPMisdirectedRequest(
            text="This is not the name of this page. If it is that of a reverse proxy, set [web] hosts.\n"
        )
    if "\0" in request.path:
        raise web.HTTPNotFound(text="There is no such page.\n")  # nor a text in PostgreSQL that has one
    caller = gate.identify(request)
    _CALLER.set(caller)
    if request.method == "POST":
        await _check_form(request, gate, caller)
    elif gate.is_asked_of_readers and not caller.is_trusted and not _is_open(request):
        raise _ask(request, gate)
    response = await handler(request)
    if caller.message and response.content_type == "text/html" and not is_live(request):
        gate.told(request, response)
    return response


def _is_open(request: web.Request) -> bool:
    return request.path in _OPEN or request.path.startswith("/static/")


def _ask(request: web.Request, gate: Gate) -> web.HTTPException:
    """Send a person to the log-in, and tell a program what is missing."""
    if gate.has_login and "text/html" in request.headers.get("Accept", "") and not is_live(request):
        return web.HTTPSeeOther(f"/login?next={quote(str(request.rel_url), safe='')}")
    return web.HTTPUnauthorized(
        text="Send 'Authorization: Bearer TOKEN'; 'tidings web token' prints it.\n",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _has_origin(request: web.Request) -> bool:
    """Whether it is a browser that asks: all of them say where a form comes from."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


async def _check_form(request: web.Request, gate: Gate, caller: Caller) -> None:
    """Nobody acts but a trusted caller, and none by a form that another site made them send."""
    is_by_header = caller.is_trusted and caller.session is None
    if request.content_type != "application/x-www-form-urlencoded" and request.can_read_body:
        raise web.HTTPUnsupportedMediaType(text="Only forms are taken.\n")
    if not (caller.is_trusted or _has_origin(request)):
        raise _ask(request, gate)
    if not is_by_header and not gate.is_from_our_page(request):
        raise web.HTTPForbidden(text="This form was not sent by a page of this site. Nothing was done.\n")
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            form = await request.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The form took too long to arrive. Nothing was done.\n") from None
    _CALLER.set(replace(caller, path=local_path(str(form.get("back", "/")))))
    if request.path == "/login" or is_by_header:
        return
    if not caller.is_trusted or caller.session is None or gate.signer is None:
        raise web.HTTPForbidden(text="Your session is over. Nothing was done: log in, and try again.\n")
    if not gate.signer.is_form_token(caller.session, str(form.get("form_token", ""))):
        raise web.HTTPForbidden(text="This form is not of your session. Nothing was done: try it again.\n")
