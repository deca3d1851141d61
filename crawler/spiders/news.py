"""The one spider: reads a source's feeds and sitemaps, and visits the pages that it does not know."""

from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog
from scrapy import Spider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.article import Article, Hints
from crawler.discovery import DocumentUnreadableError, Link, discover
from crawler.discovery.home import find_feeds
from crawler.download.failures import refused, refused_status
from crawler.download.robots import RobotsMiddleware
from crawler.extraction import extract
from crawler.extraction.thread import ExtractionTimeoutError
from crawler.ingestion.identity import url_key
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason, RefusedError
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.spiders.news")

# The most that browsers and servers agree on; also what fits a log line.
_MAX_URL = 2000
# Scrapy keeps 6 KB a waiting request. What is left over is still unknown at the next run, and is visited then.
_MAX_LINKS = 1000
# Some sites call every page modified, always.
_MAX_REVISITS = 50
_MAX_SITEMAPS = 20
_MAX_DEPTH = 2


class NewsSpider(Spider):
    """One run. ``crawler.assignment`` says for which source, and where everything goes."""

    name = "news"

    def __init__(self, source: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source_name = source
        self._met: set[bytes] = set()
        self._room = _MAX_LINKS
        self._sitemaps: set[str] = set()

    @property
    def assignment(self) -> "Assignment":
        """What this run works with."""
        return self.crawler.assignment  # type: ignore[attr-defined,no-any-return]

    @property
    def log_context(self) -> dict[str, str]:
        """What Scrapy's own log records about this spider carry (see crawler/logs.py)."""
        return self.assignment.log_context

    # Discovery

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every feed and sitemap; for a source that names none, for its home page."""
        source = self.assignment.source
        documents = (*source.feeds, *source.sitemaps)
        for url in documents:
            yield self._document_request(url)
        if not documents:
            yield self._document_request(source.url, callback=self.parse_home)
        if self.assignment.revisit:
            async for request in self._revisits():
                yield request

    async def parse_home(self, response: Response) -> AsyncIterator[Any]:
        """Read which feeds a home page announces; if none, which sitemaps the site's robots.txt lists."""
        async for item in self._bounded(response.url, self._read_home(response)):
            yield item

    async def parse_document(self, response: Response, depth: int = 0) -> AsyncIterator[Any]:
        """Read a feed or sitemap: ask for the pages in it that need a visit, and for the sitemaps of an index."""
        async for item in self._bounded(response.url, self._read_document(response, depth)):
            yield item

    async def _bounded(self, url: str, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The document's boundary: whatever breaks, the run must not end as if all its links had been met."""
        try:
            async for item in items:
                yield item
        except RefusedError as error:
            self._document_failed(url, error.reason, error.detail)
        except (DocumentUnreadableError, ExtractionTimeoutError) as error:
            self._document_failed(url, "unreadable", str(error))
        except Exception:
            log.exception("document.broken", **self.log_context, url=url)
            self.assignment.tally.document_errors.append("error")

    async def _read_home(self, response: Response) -> AsyncIterator[Any]:
        if not _is_ok(response):
            raise refused_status(response.status)
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        found = find_feeds(response.body, response.url) or (robots.sitemaps(response.url) if robots else [])
        if not found:
            self._document_failed(response.url, "no_feed_found", "name its feeds or sitemaps in the source")
        for request in self._document_requests(found[:_MAX_SITEMAPS]):
            yield request

    async def _read_document(self, response: Response, depth: int) -> AsyncIterator[Any]:
        if not _is_ok(response):
            raise refused_status(response.status)
        found = await self.assignment.reader.run(
            discover,
            response.body,
            response.url,
            content_type=_content_type(response),
            timezone=self.assignment.source.timezone,
        )
        if found.damage:
            log.warning("document.damaged", **self.log_context, url=response.url, error=found.damage)
        for request in self._document_requests(found.sitemaps if depth < _MAX_DEPTH else (), depth=depth + 1):
            yield request
        # A key costs 16 microseconds: those of a large sitemap would hold up the loop for most of a second.
        links = await self.assignment.reader.run(_keyed, found.links)
        async for item in self._pages_of(links):
            yield item

    async def document_failed(self, failure: Failure) -> None:
        """A feed or sitemap could not be fetched."""
        error = refused(_error(failure))
        self._document_failed(failure.request.url, error.reason, error.detail)  # type: ignore[attr-defined]

    def _document_requests(self, urls: Iterable[str], *, depth: int = 0) -> Iterator[Request]:
        """Ask for further documents, each once, and not for more than a run has room for."""
        for url in urls:
            if url in self._sitemaps or len(self._sitemaps) >= _MAX_SITEMAPS:
                continue
            try:
                yield self._document_request(url, depth=depth)
            except ValueError as error:
                self._document_failed(url, Reason.URL_INVALID, str(error))

    def _document_request(self, url: str, *, depth: int = 0, callback: Any = None) -> Request:
        self._sitemaps.add(url)
        self.assignment.tally.num_documents += 1
        return Request(
            url,
            callback=callback or self.parse_document,
            errback=self.document_failed,
            cb_kwargs={} if callback else {"depth": depth},
            meta={"download_maxsize": self.settings.getint("TIDINGS_MAX_SITEMAP_BYTES")},
            priority=10,
        )

    def _document_failed(self, url: str, reason: str, detail: str | None) -> None:
        self.assignment.tally.document_errors.append(reason)
        log.warning("document.failed", **self.log_context, url=url, reason=reason, error=detail)

    async def _pages_of(self, links: Iterable[tuple[bytes, Link]]) -> AsyncIterator[Any]:
        tally = self.assignment.tally
        # Claimed before the first await: another document of this run may list the same links right now.
        fresh: dict[bytes, Link] = {}
        for key, link in links:
            if key not in self._met:
                self._met.add(key)
                fresh[key] = link
        known = await self._known(fresh)
        tally.num_links += len(fresh)
        tally.num_known += len(known)
        wanted = [link for key, link in fresh.items() if key not in known]
        edited = [link for key, link in fresh.items() if key in known and _is_edited(link, known[key])]
        wanted += edited[:_MAX_REVISITS]
        if len(wanted) > self._room:
            log.info("links.postponed", **self.log_context, num_links=len(wanted) - self._room)
        for link in wanted[: self._room]:
            self._room -= 1
            yield self._page_request(link)

    async def _known(self, fresh: dict[bytes, Link]) -> dict[bytes, dict[str, Any]]:
        """Which of the links need no visit now, in one look-up, with how their last one went."""
        if not fresh:
            return {}
        params = {"url_keys": [key.hex() for key in fresh], "now": datetime.now(UTC)}
        look_up = partial(self.assignment.database.fetch, "find_known_urls", params)
        rows = await patiently(look_up, "the look-up of known URLs")
        return {bytes.fromhex(row["url_key"]): row for row in rows}

    async def _revisits(self) -> AsyncIterator[Request | Page]:
        params = {"source_id": self.assignment.visit.source_id}
        look_up = partial(self.assignment.database.fetch, "list_urls_to_revisit", params)
        for row in await patiently(look_up, "the look-up of articles to visit again"):
            key = url_key(row["url"])
            if key not in self._met:
                self._met.add(key)
                yield self._page_request(Link(row["url"]))

    # Pages

    async def parse_page(self, response: Response, link: Link) -> AsyncIterator[Page]:
        """Extract the article of a page, or say why there is none."""
        fetched_at = datetime.now(UTC)
        article: Article | None = None
        error: RefusedError | None = None
        try:
            article = await self._extract(response, link)
        except RefusedError as refusal:
            error = refusal
        latency = response.meta.get("download_latency", 0.0)
        took = latency + (datetime.now(UTC) - fetched_at).total_seconds()
        yield self._page(
            link,
            fetched_at,
            article,
            error,
            final_url=response.url if response.url != link.url else None,
            http_status=response.status,
            num_bytes=len(response.body),
            duration_ms=round(took * 1000),
        )

    async def page_failed(self, failure: Failure) -> AsyncIterator[Page]:
        """A page could not be fetched, or may not be."""
        link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]
        yield self._page(link, datetime.now(UTC), None, refused(_error(failure)))

    def _page_request(self, link: Link) -> Request | Page:
        """Ask for the page of a link; a link that cannot even become a request has come to its end."""
        reason = _refusal_of_url(link.url)
        if reason is None:
            try:
                return Request(
                    link.url, callback=self.parse_page, errback=self.page_failed, cb_kwargs={"link": link}
                )
            except ValueError:  # Scrapy knows more kinds of them
                reason = Reason.URL_INVALID
        return self._page(link, datetime.now(UTC), None, RefusedError(Outcome.REJECTED, reason))

    async def _extract(self, response: Response, link: Link) -> Article:
        if not _is_ok(response):
            raise refused_status(response.status)
        try:
            result = await self.assignment.reader.run(
                extract,
                response.body,
                response.url,
                content_type=_content_type(response),
                hints=_hints(link, self.assignment.source.timezone),
            )
        except ExtractionTimeoutError as error:
            raise RefusedError(Outcome.FAILED, Reason.EXTRACTION_TIMEOUT, str(error)) from error
        except Exception as error:
            log.exception("extraction.failed", **self.log_context, url=link.url)
            raise RefusedError(
                Outcome.FAILED, Reason.EXTRACTION_ERROR, f"{type(error).__name__}: {error}"
            ) from error
        if isinstance(result, Article):
            return result
        raise RefusedError(Outcome.REJECTED, Reason(result.reason), result.detail)

    def _page(
        self, link: Link, fetched_at: datetime, article: Article | None, error: RefusedError | None, **facts: Any
    ) -> Page:
        return Page(
            self.assignment.visit,
            link.url,
            fetched_at,
            article,
            outcome=error.outcome if error else None,
            reason=error.reason if error else None,
            detail=error.detail if error else None,
            **facts,
        )


def _keyed(links: Iterable[Link]) -> list[tuple[bytes, Link]]:
    return [(url_key(link.url), link) for link in links]


def _is_edited(link: Link, last_visit: dict[str, Any]) -> bool:
    """Whether the document says that an article was modified after we saw it."""
    modified, seen = link.date_modified, last_visit["last_fetched_at"]
    return bool(last_visit["has_article"] and modified and seen and modified > seen)


def _error(failure: Failure) -> BaseException:
    return failure.value or RuntimeError("a failure without an error")


def _refusal_of_url(url: str) -> Reason | None:
    if len(url) > _MAX_URL:
        return Reason.URL_TOO_LONG
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if valid and parts.scheme not in {"http", "https"}:
        return Reason.SCHEME_NOT_ALLOWED
    return None if valid else Reason.URL_INVALID


def _is_ok(response: Response) -> bool:
    return 200 <= response.status < 300  # noqa: PLR2004 (RFC 9110: successful)


def _content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None


def _hints(link: Link, timezone: str) -> Hints:
    return Hints(
        timezone=timezone,
        headline=link.headline,
        date_published=link.date_published,
        date_modified=link.date_modified,
        authors=link.authors,
        article_section=link.article_section,
        in_language=link.in_language,
    )
