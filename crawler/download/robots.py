"""Downloader middleware: robots.txt, as RFC 9309 says."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.download.failures import refused
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# RFC 9309, 2.5: a crawler may stop reading after 500 KiB.
_MAX_BYTES = 500 * 1024
# A longer Crawl-delay would turn a run of fifty pages into a day; nobody who sets one means that.
_MAX_CRAWL_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What one site's robots.txt says to us, or why it could not be had: then nothing is allowed."""

    rules: Protego | None
    reason: Reason = Reason.ROBOTS_UNREACHABLE
    detail: str | None = None
    outcome: Outcome = Outcome.FAILED


class RobotsMiddleware:
    """Fetches a site's robots.txt before its first page, once a run, and obeys it."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._user_agent: str = crawler.settings["USER_AGENT"]
        self._sites: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RefusedError for a page that robots.txt disallows, or whose robots.txt cannot be had."""
        if request.meta.get("is_robots_txt"):
            return
        site = _site(request.url)
        if site not in self._sites:
            self._sites[site] = asyncio.ensure_future(self._fetch(site))
        found = await asyncio.shield(self._sites[site])
        if found.rules is None:
            raise RefusedError(found.outcome, found.reason, found.detail)
        if not found.rules.can_fetch(request.url, self._user_agent):
            raise RefusedError(Outcome.REJECTED, Reason.ROBOTS_DISALLOWED, f"by {site}/robots.txt")
        self._keep_crawl_delay(found.rules, urlsplit(request.url).hostname or "")

    def sitemaps(self, url: str) -> list[str]:
        """The sitemaps that the site's robots.txt lists, once any page of the site has been asked for."""
        found = self._sites.get(_site(url))
        rules = found.result().rules if found and found.done() and not found.exception() else None
        return [urljoin(url, sitemap) for sitemap in rules.sitemaps] if rules else []

    async def _fetch(self, site: str) -> Rules:
        request = Request(
            f"{site}/robots.txt",
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            meta={"is_robots_txt": True, "download_maxsize": _MAX_BYTES * 2},
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (whatever it is, the site cannot be asked)
            # A name that does not resolve, a certificate: the site's own trouble, not that of its robots.txt.
            trouble = refused(error)
            return Rules(None, trouble.reason, trouble.detail, trouble.outcome)
        return _read(site, response)

    def _keep_crawl_delay(self, rules: Protego, host: str) -> None:
        delay = rules.crawl_delay(self._user_agent)
        slot: Any = self._crawler.engine.downloader.slots.get(host)
        if delay and slot is not None:
            slot.delay = max(slot.delay, min(float(delay), _MAX_CRAWL_DELAY))


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _read(site: str, response: Response) -> Rules:
    # RFC 9309, 2.3.1: 4xx means there are no rules; 5xx means that we must assume complete disallow.
    if response.status >= 500:  # noqa: PLR2004
        return Rules(None, detail=f"{site}/robots.txt answered {response.status}")
    if response.status != 200:  # noqa: PLR2004
        return Rules(Protego.parse(""))
    return Rules(Protego.parse(response.body[:_MAX_BYTES].decode("utf-8", "replace")))
