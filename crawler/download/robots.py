"""Downloader middleware: robots.txt, as RFC 9309 says."""

import asyncio
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from protego import Protego
from scrapy import signals
from scrapy.exceptions import StopDownload
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.download.agents import AI_AGENTS, product_token
from crawler.download.downloader import PacedDownloader
from crawler.download.failures import refused
from crawler.download.rules import RobotsCache, Rules
from crawler.outcomes import Outcome, Reason, RefusedError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# RFC 9309, 2.5: a crawler may stop reading after 500 KiB.
_MAX_BYTES = 500 * 1024
# From so many bytes on, parsing takes longer than the event loop should stand still (0.4 microseconds a byte).
_LONG_BYTES = 32 * 1024

_TOO_MANY_REQUESTS = 429


class RobotsMiddleware:
    """Fetches a site's robots.txt before its first page, and obeys it."""

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._user_agent: str = crawler.settings["USER_AGENT"]
        self._agent = product_token(self._user_agent)
        self._obeys_for_ai = "ai_user_agents" in crawler.settings.getlist("TIDINGS_OBEY_OPT_OUTS")
        self._sites: dict[str, asyncio.Future[Rules]] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        """Scrapy's way to build it."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.read_enough, signals.bytes_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Raise RefusedError for a page that robots.txt disallows, or whose robots.txt cannot be had."""
        if request.meta.get("is_robots_txt"):
            return
        site = _site(request.url)
        found = await self._rules(site)
        if found.rules is None:
            raise RefusedError(found.outcome, found.reason, found.detail)
        is_allowed = found.allow(request.url, self._agent)
        request.meta["robots"] = found.judgement(request.url, self._agent, is_allowed=is_allowed)
        if not is_allowed:
            raise RefusedError(Outcome.REJECTED, Reason.ROBOTS_DISALLOWED, f"by {site}/robots.txt")
        if shut_out := next((agent for agent in found.ai_agents if not found.allow(request.url, agent)), None):
            request.meta["ai_agent_disallowed"] = shut_out
            if self._obeys_for_ai:
                request.meta["robots"] = found.judgement(request.url, shut_out, is_allowed=False)
                detail = f"to {shut_out} by {site}/robots.txt; [crawl] obey_opt_outs heeds that"
                raise RefusedError(Outcome.REJECTED, Reason.ROBOTS_DISALLOWED, detail)
        if (delay := found.delay(self._agent)) and isinstance(self._downloader, PacedDownloader):
            self._downloader.slow_down(request.url, delay)

    def read_enough(self, data: bytes, request: Request) -> None:
        """Stop reading a robots.txt at the limit, and make do with what there is."""
        if request.meta.get("is_robots_txt"):
            request.meta["num_bytes"] = request.meta.get("num_bytes", 0) + len(data)
            if request.meta["num_bytes"] > _MAX_BYTES:
                raise StopDownload(fail=False)

    def sitemaps(self, url: str) -> list[str]:
        """The sitemaps that the site's robots.txt lists, once any page of the site has been asked for."""
        found = self._sites.get(_site(url))
        rules = found.result().rules if found and found.done() and not found.exception() else None
        return [urljoin(url, sitemap) for sitemap in rules.sitemaps] if rules else []

    async def rules_for(self, url: str) -> Rules:
        """What the robots.txt of the site of ``url`` says; it is asked for unless that has been done."""
        return await self._rules(_site(url))

    async def _rules(self, site: str) -> Rules:
        if site not in self._sites:
            self._sites[site] = asyncio.ensure_future(self._find(site))
        return await asyncio.shield(self._sites[site])

    async def _find(self, site: str) -> Rules:
        assignment = getattr(self._crawler, "assignment", None)
        cache: RobotsCache = assignment.robots if assignment else RobotsCache()
        kept = cache.find(site, self._user_agent)
        if kept is None:
            kept = await self._fetch(site)
            cache.keep(site, self._user_agent, kept)
        return kept

    async def _fetch(self, site: str) -> Rules:
        request = Request(
            f"{site}/robots.txt",
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
            headers={"Accept-Encoding": "identity", "Accept": "text/plain,*/*;q=0.8"},
            meta={"is_robots_txt": True, "download_maxsize": 2 * _MAX_BYTES},
        )
        try:
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (whatever it is, the site cannot be asked)
            # A name that does not resolve, a certificate: the site's own trouble, not that of its robots.txt.
            trouble = refused(error)
            if trouble.reason is Reason.REDIRECT_LOOP:  # RFC 9309, 2.3.1.2: may be taken as unavailable
                return Rules(Protego.parse(""))
            if trouble.reason is Reason.OVER_BUDGET:  # it was never asked for: the run's time was up
                return Rules(None, trouble.reason, trouble.detail, trouble.outcome)
            host = urlsplit(request.url).hostname or ""
            if trouble.outcome is Outcome.REJECTED and host not in (trouble.detail or ""):
                return Rules(None, detail=f"{site}/robots.txt: {trouble.detail}")
            return Rules(None, trouble.reason, trouble.detail, trouble.outcome)
        return await self._read(site, response)

    async def _read(self, site: str, response: Response) -> Rules:
        # RFC 9309, 2.3.1: 4xx means there are no rules; 5xx means that we must assume complete disallow. A host
        # that is asked too often has not said that it has no rules.
        if response.status >= 500 or response.status == _TOO_MANY_REQUESTS:  # noqa: PLR2004
            return Rules(None, detail=f"{site}/robots.txt answered {response.status}")
        if response.status != 200:  # noqa: PLR2004
            return Rules(Protego.parse(""), status=response.status)
        body = response.body[:_MAX_BYTES]
        if len(body) == _MAX_BYTES:
            body = body.rpartition(b"\n")[0]  # half a rule could say the opposite of the whole
        text = body.decode("utf-8-sig", "replace")
        named = tuple(agent for agent in AI_AGENTS if agent.lower() in text.lower())
        if len(body) < _LONG_BYTES:
            return Rules(Protego.parse(text), ai_agents=named)
        return Rules(await asyncio.to_thread(Protego.parse, text), is_long=True, ai_agents=named)

    @property
    def _downloader(self) -> Any:
        return self._crawler.engine.downloader


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
