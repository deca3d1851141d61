"""Finds the documents of a site that may list its articles, and reads them."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from crawler.discovery import (
    Discovered,
    DocumentUnreadableError,
    Link,
    discover,
    find_feeds,
    guess_feeds,
    guess_sitemaps,
    read_listing,
)
from crawler.fetch import Fetched, Fetcher
from crawler.ingestion.identity import url_key
from crawler.outcomes import OF_THE_HOST, RefusedError
from crawler.probe.choice import is_news, is_stale
from crawler.probe.measures import measure
from crawler.probe.values import Candidate, Origin, Role
from crawler.reader import ReaderLostError
from crawler.sites import host_of, site_of
from crawler.source import Source

_MAX_FEEDS = 20  # of one page
_MAX_SITEMAPS = 10  # of robots.txt: each may have 50 MB
_MAX_LINKS = 5_000  # of one document: the newest tell enough, and ten sitemaps could have 50,000 each
_MAX_CHILDREN = 3  # of an index that are looked into
_POLLED_CHILDREN = 20  # of an index that a run asks for
_NEWS = re.compile(r"news|latest", re.IGNORECASE)


class Search:
    """One look around the site of ``url``.

    ``timezone`` is that of dates which name none; ``sites`` are the source's own beside that of its home page.
    """

    def __init__(self, fetcher: Fetcher, url: str, *, timezone: str, sites: Iterable[str] = ()) -> None:
        self._fetcher = fetcher
        self._url = url
        self.timezone = timezone
        self.sites = frozenset(sites)
        self._now = datetime.now(UTC)
        self._found: dict[str, Candidate] = {}
        self.home = _home_of(url)
        """Where the site begins. It moves if the URL given leads to another host, or is a feed of another site."""
        self.notes: list[str] = []

    @property
    def candidates(self) -> list[Candidate]:
        """What has been found so far, in the order in which it was."""
        return list(self._found.values())

    async def look_around(self) -> None:
        """Take up the URL given, whatever it is, and what its site's home page and robots.txt announce.

        Raises:
            RefusedError: neither can be had; the home page's reason, or that of a host that does not answer.
        """
        try:
            given = await self._fetcher.fetch(self._url)
        except RefusedError as error:
            if self._url == self.home or error.reason in OF_THE_HOST:
                raise
            self.notes.append(f"{self._url}: {error.reason}; its home page was asked instead")
            given = None
        if given is not None and not await self._is_document(given):
            self.home = _home_of(given.url)
            await self._announced(given, "page")
        await self._look_at_home(given)

    async def look_at_configured(self, source: Source) -> None:
        """Read the documents that a source names."""
        named: dict[Role, tuple[str, ...]] = {
            "feed": source.feeds,
            "sitemap": source.sitemaps,
            "listing": source.listings,
        }
        await self._read_all({url: role for role, urls in named.items() for url in urls}, "configured")

    async def look_at_usual_places(self) -> None:
        """Try where sites keep their feeds, if it announces none that is fresh; then the same for sitemaps."""
        if not self._has_fresh("feed"):
            await self._guess("feed", guess_feeds(self.home))
        if not self._has_fresh("sitemap"):
            await self._guess("sitemap", guess_sitemaps(self.home))

    async def _look_at_home(self, given: Fetched | None) -> None:
        home = given if given is not None and given.url == self.home else None
        try:
            home = home or await self._fetcher.fetch(self.home)
        except RefusedError as error:
            if not self._found and given is None:
                raise
            self.notes.append(f"the home page {self.home}: {error.reason}")
        else:
            await self._announced(home, "home")
            await self._take_listing(home)
        robots = await self._fetcher.robots(self.home)
        listed = [urljoin(self.home, url) for url in robots.rules.sitemaps] if robots.rules else []
        await self._read_all(dict.fromkeys(_news_first(listed)[:_MAX_SITEMAPS], "sitemap"), "robots")

    async def _is_document(self, given: Fetched) -> bool:
        """Whether what was given is itself a feed or sitemap, whose site is that of its links."""
        try:
            found = await self._discover(given)
        except (DocumentUnreadableError, ReaderLostError):
            return False
        if usual := _usual_link(found.links):
            self.home = _home_of(usual)
        role: Role = "sitemap" if found.kind.startswith("sitemap") else "feed"
        if given.url not in self._found:
            await self._take(given.url, role, "given", found)
        return True

    async def _announced(self, page: Fetched, origin: Origin) -> None:
        try:
            feeds = await self._fetcher.reader.run(find_feeds, page.body, page.url)
        except ReaderLostError:
            return
        await self._read_all(dict.fromkeys(feeds[:_MAX_FEEDS], "feed"), origin)

    async def _take_listing(self, home: Fetched) -> None:
        if home.url in self._found:
            return
        try:
            found = await self._fetcher.reader.run(
                read_listing, home.body, home.url, content_type=home.content_type, timezone=self.timezone
            )
        except (DocumentUnreadableError, ReaderLostError):
            return  # what no links can be read from may still be a home page
        await self._take(home.url, "listing", "home", found)

    async def _guess(self, role: Role, guesses: list[str]) -> None:
        """Ask one place after the other until one has something; what is not there is not told."""
        for url in guesses:
            if url in self._found:
                continue
            await self._read(url, role, "usual_place")
            candidate = self._found[url]
            if candidate.reason or not candidate.links:
                del self._found[url]
            if candidate.reason in OF_THE_HOST or self._has_fresh(role):
                return

    def _has_fresh(self, role: Role) -> bool:
        return any(
            candidate.role == role and candidate.links and not is_stale(candidate, self._now)
            for candidate in self.candidates
        )

    async def _read_all(self, roles: dict[str, Role], origin: Origin) -> None:
        await asyncio.gather(*(self._read(url, role, origin) for url, role in roles.items()))

    async def _read(self, url: str, role: Role, origin: Origin) -> None:
        if url in self._found:
            return
        self._found[url] = Candidate(url, role, origin)  # keeps its place, and is not asked for twice
        try:
            fetched = await self._fetcher.fetch(url, kind="page" if role == "listing" else role)
            found = await self._discover(fetched, role)
        except RefusedError as error:
            self._fail(url, error.reason, error.detail)
        except (DocumentUnreadableError, ReaderLostError) as error:
            self._fail(url, "unreadable", str(error))
        else:
            await self._take(url, role, origin, found)

    def _fail(self, url: str, reason: str, detail: str | None) -> None:
        self._found[url] = replace(self._found[url], reason=str(reason), detail=detail)

    async def _discover(self, fetched: Fetched, role: Role | None = None) -> Discovered:
        read = read_listing if role == "listing" else discover
        return await self._fetcher.reader.run(
            read, fetched.body, fetched.url, content_type=fetched.content_type, timezone=self.timezone
        )

    async def _take(self, url: str, role: Role, origin: Origin, found: Discovered) -> None:
        candidate = self._measured(Candidate(url, role, origin), found.links)
        self._found[url] = candidate
        if found.sitemaps and origin != "index":
            await self._look_into(candidate, found.sitemaps)

    async def _look_into(self, index: Candidate, sitemaps: list[str]) -> None:
        """Judge an index by its newest sitemaps. One of news that keeps its name stands for itself."""
        asked = [url for url in _news_first(sitemaps)[:_MAX_CHILDREN] if url not in self._found]
        await self._read_all(dict.fromkeys(asked, "sitemap"), "index")
        children = [self._found[url] for url in asked]
        links = [link for child in (index, *children) for link in child.links.values()]
        measured = self._measured(index, links)
        self._found[index.url] = replace(measured, num_requests=1 + min(len(sitemaps), _POLLED_CHILDREN))
        for child in children:
            if not is_news(child) or re.search(r"\d", urlsplit(child.url).path):
                del self._found[child.url]

    def _measured(self, candidate: Candidate, links: Iterable[Link]) -> Candidate:
        """With those of its links that are on the site, or on one other that it mostly leads to."""
        links = list(islice(links, _MAX_LINKS))
        sites, host = {site_of(self.home), *self.sites}, None
        usual = _usual_link(links)
        if usual and site_of(usual) not in sites:
            sites.add(site_of(usual))
            host = host_of(usual)
        own = {url_key(link.url): link for link in links if site_of(link.url) in sites}
        return replace(candidate, links=own, measures=measure(own.values(), self._now), host=host)


def _home_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _news_first(sitemaps: list[str]) -> list[str]:
    return sorted(sitemaps, key=lambda url: not _NEWS.search(urlsplit(url).path))


def _usual_link(links: Iterable[Link]) -> str | None:
    """The first of those links that lead to one host, if that is most of them."""
    hosts = [(host_of(link.url), link.url) for link in links]
    most = Counter(host for host, _ in hosts).most_common(1)
    if not most or most[0][1] * 2 <= len(hosts):
        return None
    return next(url for host, url in hosts if host == most[0][0])
