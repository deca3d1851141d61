"""The one spider: asks a source's documents for links, and visits the pages that it does not know."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from scrapy import Spider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from crawler.article import Article, Hints
from crawler.discovery import DocumentUnreadableError, Link
from crawler.download.failures import refused
from crawler.download.guard import GuardMiddleware
from crawler.download.headers import opt_outs_of, plain_headers
from crawler.ingestion.identity import url_key
from crawler.ingestion.page import Page
from crawler.outcomes import OF_THE_HOST, Outcome, Reason, RefusedError
from crawler.reader import ReaderLostError
from crawler.reading import Verdict, hints_of, read_response
from crawler.sites import host_of
from crawler.spiders.documents import Reader
from crawler.spiders.frontier import Frontier
from crawler.spiders.kept_links import entry_of, link_as_json
from crawler.spiders.parts import Follower, Whole
from crawler.spiders.revisits import Wanted
from crawler.spiders.scout import Scout
from crawler.spiders.traces import trace_of
from crawler.validators import NOT_MODIFIED, is_conditional, validators_of

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.spiders.news")


class NewsSpider(Spider):
    """One run. ``crawler.assignment`` says for which source, and where everything goes."""

    name = "news"

    def __init__(self, source: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source_name = source

    @property
    def assignment(self) -> "Assignment":
        """What this run works with."""
        return self.crawler.assignment  # type: ignore[attr-defined,no-any-return]

    @property
    def log_context(self) -> dict[str, str]:
        """What Scrapy's own log records about this spider carry (see crawler/logs/)."""
        return self.assignment.log_context

    async def start(self) -> AsyncIterator[Any]:
        """Conduct the run: poll the documents, and ask for the pages they list as soon as one has listed them."""
        guard: Any = self.crawler.get_downloader_middleware(GuardMiddleware)
        concurrency = self.crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        engine: Any = self.crawler.engine
        frontier = self._frontier = Frontier(
            self.assignment, guard.rules, concurrency=concurrency, ends_at=engine.downloader.ends_at
        )
        self._reader = Reader(self.crawler, self.assignment)
        self._follower = Follower(self.crawler, self.assignment, frontier)
        scout = Scout(self.assignment, self._reader, frontier)
        scouting: asyncio.Task[None] | None = None
        try:
            guard.rules.own(await scout.prepare())
            await frontier.add_waiting()
            if self.assignment.revisit:
                await frontier.add_revisits()
            scouting = asyncio.create_task(scout.run(), name="scout")
            async for visit in frontier.visits(until=scouting):
                yield self._page_request(visit)
            await scouting
        except Exception:
            # The boundary of discovery: the run must not end as if all links had been met.
            log.exception("run.broken", **self.log_context)
            self.assignment.tally.is_broken = True
        finally:
            if scouting is not None:
                scouting.cancel()

    def _page_request(self, visit: Wanted) -> Request | Page:
        """Ask for the page of a link; a link that cannot even become a request has come to its end."""
        link = visit.link
        try:
            return Request(
                link.url,
                headers=visit.conditions,
                callback=self.parse_page,
                errback=self.page_failed,
                cb_kwargs={"link": link},
                meta={"is_page": True, "visit_for": visit.why},
            )
        except ValueError:  # Scrapy knows more kinds of them than we do
            self._frontier.visited()
            return self._page(link, datetime.now(UTC), None, RefusedError(Outcome.REJECTED, Reason.URL_INVALID))

    async def parse_page(self, response: Response, link: Link) -> AsyncIterator[Page]:
        """Extract the article of a page, or say why there is none."""
        fetched_at, began = datetime.now(UTC), monotonic()
        if _is_unmodified(response):
            self._frontier.visited()
            yield self._unmodified_page(link, fetched_at, response)
            return
        source = self.assignment.source
        hints = hints_of(link, response.url, source.timezone, source.rules_at(fetched_at))
        try:
            verdict = await read_response(
                self.assignment,
                response.body,
                response.url,
                status=response.status,
                headers=plain_headers(response),
                hints=hints,
                opt_outs=opt_outs_of(response),
            )
            read_seconds = monotonic() - began
            took = response.meta.get("download_latency", 0.0) + read_seconds
            whole = await self._whole(link, response.url, verdict, hints)
            if link.depth < source.max_depth:
                await self._wander(response, link)
        finally:
            self._frontier.visited()
        for part in whole.parts:
            yield self._page(part.link, part.fetched_at, part.article, part.error, **part.facts)
        yield self._page(
            link,
            fetched_at,
            whole.article,
            whole.error,
            detail="; ".join(filter(None, (verdict.note, whole.detail))) or None,
            final_url=response.url if response.url != link.url else None,
            http_status=response.status,
            num_bytes=len(response.body),
            duration_ms=round(took * 1000),
            opt_outs=verdict.opt_outs,
            paragraphs=verdict.paragraphs,
            whole_body=whole.whole_body,
            validators=validators_of(response.headers) if whole.article and not verdict.next_page else None,
            trace=trace_of(
                self.assignment.visit,
                response.request,
                response,
                verdict,
                read_seconds=read_seconds,
                num_pages=whole.article.num_pages if whole.article else 1,
            ),
        )

    def _unmodified_page(self, link: Link, fetched_at: datetime, response: Response) -> Page:
        return Page(
            self.assignment.visit,
            link.url,
            fetched_at,
            outcome=Outcome.UNCHANGED,
            reason=Reason.NOT_MODIFIED,
            http_status=response.status,
            duration_ms=round(response.meta.get("download_latency", 0.0) * 1000),
            trace=trace_of(self.assignment.visit, response.request, response),
        )

    async def _whole(self, link: Link, url: str, verdict: Verdict, hints: Hints) -> Whole:
        """An article with its further pages. One that is itself such a page has its first page visited instead."""
        first = verdict.first_page or link.part_of
        if verdict.article and first and url_key(first) != url_key(url):
            await self._frontier.add_again(replace(link, url=first, part_of=None, found_in=None, found_on=url))
            return Whole(None, [], RefusedError(Outcome.REJECTED, Reason.PART_OF_ARTICLE, f"a page of {first}"))
        if verdict.article and verdict.next_page:
            return await self._follower.follow(link, verdict.article, verdict, hints)
        return Whole(verdict.article, [], verdict.error, whole_body=verdict.whole_body)

    async def _wander(self, response: Response, link: Link) -> None:
        """Take up the links of a page; that they cannot be had is no reason to lose the page."""
        try:
            found = await self._reader.links_of(response)
            links = [replace(further, depth=link.depth + 1) for further in found.links]
            await self._frontier.add(links, undated_is_new=False, found_on=response.url)
        except (DocumentUnreadableError, ReaderLostError):
            return  # what it is, its outcome says
        except Exception:
            log.exception("document.broken", **self.log_context, url=response.url)
            self.assignment.tally.is_broken = True

    async def page_failed(self, failure: Failure) -> AsyncIterator[Page]:
        """A page could not be fetched, or may not be."""
        self._frontier.visited()
        link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]
        error = refused(failure.value or RuntimeError("a failure without an error"))
        if error.reason in OF_THE_HOST:
            self._frontier.leave_alone(host_of(link.url))
        if self._frontier.is_old_news(link, error.reason):
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        yield self._page(link, datetime.now(UTC), None, error, trace=trace_of(self.assignment.visit, request))

    def _page(
        self,
        link: Link,
        fetched_at: datetime,
        article: Article | None,
        error: RefusedError | None,
        *,
        detail: str | None = None,
        **facts: Any,
    ) -> Page:
        pause = self.assignment.pace.pause_left(host_of(link.url))
        return Page(
            self.assignment.visit,
            link.url,
            fetched_at,
            article,
            outcome=error.outcome if error else None,
            reason=error.reason if error else None,
            detail=error.detail if error else detail,
            retry_at=fetched_at + timedelta(seconds=pause) if error and pause else None,
            link=link_as_json(link) if error is None or _is_put_off(error) else None,
            found_in=link.found_in,
            entry=entry_of(link),
            **facts,
        )


def _is_put_off(error: RefusedError) -> bool:
    return error.outcome is Outcome.FAILED or error.reason is Reason.OVER_BUDGET


def _is_unmodified(response: Response) -> bool:
    """Whether it is the answer 304 to a question that allows for it; to any other question it is a failure."""
    asked = response.request
    return response.status == NOT_MODIFIED and asked is not None and is_conditional(asked.headers)
