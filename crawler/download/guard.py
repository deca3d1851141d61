"""Downloader middleware: what may be asked for at all."""

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Request

from crawler.download.admission import Admission, admission, private_address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class GuardMiddleware:
    """Refuses what the URL alone rules out, and names those addresses that the resolver refused.

    It sees every request: pages, feeds, sitemaps, robots.txt and each step of a redirect.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._rules: Admission | None = None

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    @property
    def rules(self) -> Admission:
        """The rules of this run: those of the settings, and the ports and sites of the source's own URLs."""
        if self._rules is None:
            assignment = getattr(self._crawler, "assignment", None)
            settings = self._crawler.settings
            ports = set(map(int, settings.getlist("TIDINGS_ALLOW_PORTS")))
            networks = map(ip_network, settings.getlist("TIDINGS_ALLOW_NETWORKS"))
            source = assignment.source if assignment else None
            self._rules = admission(
                ports | (source.ports if source else set()), networks, source.sites if source else ()
            )
        return self._rules

    def process_request(self, request: Request) -> None:
        """Raise RefusedError for a URL that may not be fetched."""
        # What stands where a page redirects to another site is for that site to list.
        if refusal := self.rules.refusal(request.url, on_site=bool(request.meta.get("is_page"))):
            raise refusal

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Tell a refused address from a name that does not resolve."""
        from twisted.internet import reactor

        resolver: Any = reactor.nameResolver
        host = urlsplit(request.url).hostname or ""
        refused = getattr(resolver, "refused", {}).get(host)
        if isinstance(exception, CannotResolveHostError) and refused:
            raise private_address(host, refused) from exception
