"""Downloader middlewares: follow a page to where it has moved, and take nothing along that is not for there."""

from typing import TYPE_CHECKING, Self
from urllib.parse import urldefrag, urljoin, urlsplit

from scrapy.http import HtmlResponse, Request, Response
from scrapy.utils.response import get_meta_refresh
from w3lib.html import get_meta_refresh as read_refresh
from w3lib.url import safe_url_string

from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
# A page that is shown for longer is meant to be read.
_LONGEST_DELAY = 5.0
# What may be said to a stranger: all other headers were meant for the first origin alone.
_FOR_ANYBODY = frozenset(
    {b"Accept", b"Accept-Encoding", b"Accept-Language", b"If-Modified-Since", b"If-None-Match", b"User-Agent"}
)
# They are of the one page that gave them. A feed's are of the feed, wherever it has led.
_OF_THE_PAGE = (b"If-None-Match", b"If-Modified-Since")
# Of a URL, browsers leave out what stands around it, and line breaks within (https://url.spec.whatwg.org/).
_AROUND = bytes(range(33))
_WITHIN = b"\t\n\r"


class RedirectMiddleware:
    """Follows the statuses 301, 302, 303, 307 and 308, once the response is there and before it is decoded."""

    def __init__(self, max_redirects: int) -> None:
        self._max_redirects = max_redirects

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for where it redirects to, which passes every middleware again; raises RefusedError."""
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or location is None:
            return response
        return self._follow(request, location, response.status)

    def _follow(self, request: Request, location: bytes, reason: int | str) -> Request:
        target = _target(request.url, location)
        if urlsplit(target).scheme not in _DEFAULT_PORTS:
            raise _rejected(Reason.SCHEME_NOT_ALLOWED, f"redirects to {target[:500]}")
        urls = [*request.meta.get("redirect_urls", []), request.url]
        if len(urls) > self._max_redirects:
            raise _rejected(Reason.REDIRECT_LOOP, f"more than {self._max_redirects} redirects")
        if urldefrag(target).url in {urldefrag(url).url for url in urls}:
            raise _rejected(Reason.REDIRECT_LOOP, f"redirects to {target[:500]} again")
        meta = request.meta | {
            "redirect_urls": urls,
            "redirect_reasons": [*request.meta.get("redirect_reasons", []), reason],
        }
        headers = dict(request.headers)
        if _origin(target) != _origin(request.url):
            headers = {name: values for name, values in headers.items() if name in _FOR_ANYBODY}
        for name in (b"Referer", *(_OF_THE_PAGE if request.meta.get("is_page") else ())):
            headers.pop(name, None)
        try:
            return request.replace(url=target, headers=headers, cookies=None, meta=meta)
        except ValueError as error:
            raise _rejected(Reason.URL_INVALID, f"redirects to {target[:500]}") from error


class RefreshMiddleware(RedirectMiddleware):
    """Follows a page that sends its reader on within five seconds: by the ``Refresh`` header, or in its markup."""

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request for where it leads; robots.txt, and a page that loads itself anew, are left as they are."""
        if request.meta.get("is_robots_txt") or not isinstance(response, HtmlResponse):
            return response
        delay, url = _refresh(response)
        if delay is None or not url or delay > _LONGEST_DELAY:
            return response
        if urlsplit(url).scheme not in _DEFAULT_PORTS or urldefrag(url).url == urldefrag(response.url).url:
            return response
        return self._follow(request, url.encode(), "refresh")


def _refresh(response: HtmlResponse) -> tuple[float | None, str | None]:
    """After how many seconds the page leads where, if it does."""
    header = (response.headers.get("Refresh") or b"").decode("latin-1")
    try:
        if header:
            tag = f'<meta http-equiv="refresh" content="{header}">'
            return read_refresh(tag, response.url)
        return get_meta_refresh(response, ignore_tags=("script", "noscript", "template"))
    except ValueError:  # what it names is no URL
        return None, None


def _target(base: str, location: bytes) -> str:
    """The absolute URL that a ``Location`` means, made of ASCII alone."""
    cleaned = location.strip(_AROUND).translate(None, _WITHIN)
    try:
        return safe_url_string(urljoin(base, safe_url_string(cleaned)))
    except ValueError as error:
        raise _rejected(Reason.URL_INVALID, f"redirects to {location[:500]!r}") from error


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _rejected(reason: Reason, detail: str) -> RefusedError:
    return RefusedError(Outcome.REJECTED, reason, detail)
