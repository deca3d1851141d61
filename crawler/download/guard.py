"""Downloader middleware: what may be asked for at all."""

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Request

from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_DEFAULT_PORTS = {"http": 80, "https": 443}


class GuardMiddleware:
    """Refuses schemes and ports that are not allowed, and names those addresses that the resolver refused.

    It sees every request: pages, feeds, sitemaps, robots.txt and each step of a redirect.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler: Any = crawler
        self._allow_ports = frozenset(map(int, crawler.settings.getlist("TIDINGS_ALLOW_PORTS")))

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Allow the ports of the setting ``TIDINGS_ALLOW_PORTS``, and those of the source's own URLs."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise RefusedError for a URL that may not be fetched."""
        parts = urlsplit(request.url)
        if parts.scheme not in _DEFAULT_PORTS:
            raise RefusedError(Outcome.REJECTED, Reason.SCHEME_NOT_ALLOWED, f"the scheme {parts.scheme!r}")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        assignment = getattr(self._crawler, "assignment", None)
        if port not in self._allow_ports | (assignment.source.ports if assignment else frozenset()):
            raise RefusedError(
                Outcome.REJECTED, Reason.PORT_NOT_ALLOWED, f"port {port}; [crawl] allow_ports would allow it"
            )

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell a refused address from a name that does not resolve."""
        from twisted.internet import reactor

        host = urlsplit(request.url).hostname or ""
        refused = getattr(reactor.nameResolver, "refused", {}).get(host)
        if isinstance(exception, CannotResolveHostError) and refused:
            raise RefusedError(
                Outcome.REJECTED,
                Reason.PRIVATE_ADDRESS,
                f"{host} is at {refused}, which is not public; [crawl] allow_networks would allow it",
            ) from exception
