"""Downloader middleware: shows at a source's own door what its operator has given it for that."""

from typing import TYPE_CHECKING, Any, Self

from scrapy.http import Request

from crawler.access import Access
from crawler.download.browser import settings_for_browser

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.source import Source


class AccessMiddleware:
    """Adds a source's headers, cookies and log-in, and sends its requests through its proxy.

    It sees every step of a redirect anew: what was added for one origin, ``redirects.py`` has taken off again.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Put on what this URL may be told, in place of what others have put there."""
        access: Access | None = getattr(self._crawler, "access", None)
        if access is None:
            return
        headers = access.headers_for(request.url)
        for name in request.meta.get("access_headers", ()):  # some, like Accept-Language, a redirect would keep
            request.headers.pop(name, None)
        for name, value in headers.items():
            request.headers[name] = value.encode("latin-1")
        request.meta["access_headers"] = tuple(headers)
        if access.proxy is not None:
            request.meta["proxy"] = access.proxy
        if access.proxy_authorization is not None:
            request.headers["Proxy-Authorization"] = access.proxy_authorization


def settings_for(source: "Source") -> dict[str, Any]:
    """Scrapy's settings that a source decides for its own crawler."""
    settings: dict[str, Any] = {}
    if source.user_agent is not None:
        settings["USER_AGENT"] = source.user_agent
    if source.delay is not None:
        settings["DOWNLOAD_DELAY"] = source.delay.total_seconds()
    if not source.verify_tls:
        settings["DOWNLOAD_VERIFY_CERTIFICATES"] = False
    if source.javascript:
        settings |= settings_for_browser()
    if source.http2:
        settings["DOWNLOAD_HANDLERS"] = {"https": "crawler.download.http2.Http2Handler"}
    return settings


def give_access(crawler: "Crawler", source: "Source", access: Access) -> None:
    """Let a crawler, before it is run, ask as the source says."""
    crawler.settings.setdict(settings_for(source), priority="cmdline")
    # Scrapy logs its settings, and copies them deeply: secrets travel on the crawler.
    crawler.access = access  # type: ignore[attr-defined]
