"""Asks a source's feeds, sitemaps and listings for links."""

import asyncio
import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.discovery import Discovered, DocumentUnreadableError, discover, find_feeds
from crawler.document import Answer, Document, DocumentKind, Poll, after_answer, after_failure
from crawler.download.failures import refused, refused_status
from crawler.download.robots import RobotsMiddleware
from crawler.extraction.thread import ExtractionTimeoutError
from crawler.ingestion.documents import put_documents, root_documents
from crawler.outcomes import RefusedError

if TYPE_CHECKING:
    from crawler.assignment import Assignment
    from crawler.spiders.frontier import Frontier

log = structlog.get_logger("crawler.spiders.scout")

_MAX_POLLS = 50  # a run
_MAX_ROOTS = 20  # found by ourselves
_MAX_CHILDREN = 20  # of one index of sitemaps
_MAX_SITEMAP_DEPTH = 2
_MAX_FURTHER_PAGES = 10
_HOME_EVERY = timedelta(days=1)

_NOT_MODIFIED = 304
_PERMANENT = {301, 308}
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")
_ACCEPT = {
    "feed": "application/rss+xml,application/atom+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.8",
    "sitemap": "application/xml,text/xml;q=0.9,*/*;q=0.8",
}


class Scout:
    """One per run: polls the source's documents, and gives what they list to the frontier."""

    def __init__(self, crawler: Any, assignment: "Assignment", frontier: "Frontier") -> None:
        self._crawler = crawler
        self._assignment = assignment
        self._frontier = frontier
        self._asked: set[str] = set()

    async def run(self) -> None:
        """Poll what the source names; what it does not name, or what is gone, is looked for on its home page."""
        named = await self._put(_named(self._assignment.source), is_root=True)
        found = [] if named else await self._found_before()
        polls = await self._poll_all(named or found)
        if self._is_home_due(found, polls):
            await self._poll_home()

    async def _found_before(self) -> list[Document]:
        """What earlier runs found on the home page."""
        documents = await root_documents(self._assignment.database, self._assignment.visit.source_id)
        return [document for document in documents if document.kind != "home" and document.retired_at is None]

    def _is_home_due(self, found: list[Document], polls: list[Poll]) -> bool:
        source = self._assignment.source
        if not any(poll.outcome != "failed" for poll in polls):
            # Nothing could be read. Of a site that is down the home page would tell no more than its feeds did.
            return not polls or any(poll.is_gone for poll in polls)
        if any(poll.is_gone and poll.document.needs_replacing for poll in polls):
            return True
        # What we found by ourselves is looked over again every day.
        oldest = datetime.now(UTC) - _HOME_EVERY
        return not source.documents and all((d.polled_at or oldest) <= oldest for d in found)

    # One document

    async def _poll_all(self, documents: Iterable[Document], *, depth: int = 0) -> list[Poll]:
        asked = [document for document in documents if document.retired_at is None and self._claim(document)]
        return await asyncio.gather(*(self._poll(document, depth) for document in asked))

    def _claim(self, document: Document) -> bool:
        if document.url in self._asked or len(self._asked) >= _MAX_POLLS:
            return False
        self._asked.add(document.url)
        return True

    async def _poll(self, document: Document, depth: int) -> Poll:
        """Ask for one document and take up what it lists: the boundary at which it fails alone."""
        at, started = datetime.now(UTC), monotonic()
        try:
            response = await self._fetch(document)
            poll, found = await self._read(document, response, at)
            if found is not None:
                num_unknown = await self._frontier.add(found.links, undated_is_new=document.kind != "sitemap")
                poll = replace(poll, num_links=len(found.links), num_unknown=num_unknown)
        except RefusedError as error:
            poll, found = self._failed(document, at, error.reason, error.detail), None
        except (DocumentUnreadableError, ExtractionTimeoutError) as error:
            poll, found = self._failed(document, at, "unreadable", str(error)), None
        except Exception as error:
            log.exception("document.broken", **self._assignment.log_context, url=document.url)
            poll, found = self._failed(document, at, "error", f"{type(error).__name__}: {error}"), None
        poll = replace(poll, duration_ms=round((monotonic() - started) * 1000))
        self._assignment.tally.polls.append(poll)
        if found is not None:
            await self._follow(document, found, poll, depth)
        return poll

    async def _fetch(self, document: Document) -> Response:
        """The answer of a document's server; raises RefusedError for none, or one that is no success."""
        limit = {"feed": "TIDINGS_MAX_FEED_BYTES", "sitemap": "TIDINGS_MAX_SITEMAP_BYTES"}.get(document.kind)
        headers = {} if self._assignment.revisit else document.validators
        accept = _ACCEPT.get(document.kind)
        try:
            request = Request(
                document.place,
                callback=NO_CALLBACK,
                headers=headers | ({"Accept": accept} if accept else {}),
                meta={"document": document.kind}
                | ({"download_maxsize": self._crawler.settings.getint(limit)} if limit else {}),
                priority=10,
            )
            response: Response = await self._crawler.engine.download_async(request)
        except Exception as error:
            raise refused(error) from error
        if response.status == _NOT_MODIFIED and headers:
            return response
        if not 200 <= response.status < 300:  # noqa: PLR2004 (RFC 9110: successful)
            raise refused_status(response.status)
        return response

    async def _read(self, document: Document, response: Response, at: datetime) -> tuple[Poll, Discovered | None]:
        answer = Answer(at, moved_to=_moved_to(response, document.place), refresh=_refresh(response, at))
        if response.status == _NOT_MODIFIED:
            poll = Poll(after_answer(document, answer), at, "unchanged", http_status=response.status)
            return poll, None
        body_hash = hashlib.sha256(response.body).digest()
        answer = replace(
            answer,
            body_hash=body_hash,
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
        )
        seen = {"http_status": response.status, "num_bytes": len(response.body)}
        if body_hash == document.body_hash and not self._assignment.revisit:
            return Poll(after_answer(document, answer), at, "unchanged", **seen), None  # type: ignore[arg-type]
        found = await self._discover(response)
        if found.damage:
            context = self._assignment.log_context
            log.warning("document.damaged", **context, url=document.url, error=found.damage)
        if found.sitemaps:
            # That an index stays as it is says nothing of the sitemaps in it: it is always read.
            answer = replace(answer, body_hash=None)
        if found.refresh:
            answer = replace(answer, refresh=max(found.refresh, answer.refresh or found.refresh))
        after = after_answer(document, answer)
        self._tell_of_move(document, after)
        return Poll(after, at, "read", damage=found.damage, **seen), found  # type: ignore[arg-type]

    async def _discover(self, response: Response) -> Discovered:
        return await self._assignment.reader.run(
            discover,
            response.body,
            response.url,
            content_type=_header(response, "Content-Type"),
            timezone=self._assignment.source.timezone,
        )

    def _failed(self, document: Document, at: datetime, reason: str, detail: str | None) -> Poll:
        context = self._assignment.log_context
        log.warning("document.failed", **context, url=document.url, reason=reason, error=detail)
        after = after_failure(document, reason, at)
        if after.retired_at:
            log.warning("document.retired", **context, url=document.url, reason=reason)
        status = re.fullmatch(r"http_(\d{3})", reason)
        return Poll(after, at, "failed", reason, detail, http_status=int(status[1]) if status else None)

    def _tell_of_move(self, before: Document, after: Document) -> None:
        if after.promoted_at and not before.promoted_at:
            log.info("document.moved", **self._assignment.log_context, url=before.url, moved_to=after.moved_to)

    # What a document leads to

    async def _follow(self, document: Document, found: Discovered, poll: Poll, depth: int) -> None:
        """Ask for the sitemaps of an index, and for what comes before a document whose links are all new to us."""
        if found.sitemaps and depth < _MAX_SITEMAP_DEPTH:
            children = await self._children(found.sitemaps)
            await self._poll_all(children, depth=depth + 1)
        if found.pages and depth < _MAX_FURTHER_PAGES and self._is_gap(document, poll):
            pages = await self._put({found.pages[0]: document.kind}, is_root=False)
            await self._poll_all(pages, depth=depth + 1)

    def _is_gap(self, document: Document, poll: Poll) -> bool:
        """Whether there is more to be had on the next page of this document."""
        if self._frontier.is_full or not poll.num_unknown:
            return False
        return document.kind == "listing" or (document.num_polls > 0 and poll.num_unknown == poll.num_links)

    async def _children(self, sitemaps: list[str]) -> list[Document]:
        """Which sitemaps of an index to ask for: the newest, and those asked for longest ago, or never."""
        documents = await self._put(dict.fromkeys(sitemaps, "sitemap"), is_root=False)
        if len(documents) <= _MAX_CHILDREN:
            return documents
        newest, others = documents[: _MAX_CHILDREN // 2], documents[_MAX_CHILDREN // 2 :]
        never = datetime.min.replace(tzinfo=UTC)
        others.sort(key=lambda document: document.polled_at or never)
        return newest + others[: _MAX_CHILDREN - len(newest)]

    # The home page

    async def _poll_home(self) -> None:
        """Look on the home page for feeds, else in robots.txt for sitemaps."""
        source = self._assignment.source
        (home,) = await self._put({source.url: "home"}, is_root=True)
        if not self._claim(home):
            return
        at, started = datetime.now(UTC), monotonic()
        found: dict[str, DocumentKind] = {}
        try:
            response = await self._fetch(replace(home, body_hash=None))
            found = self._announced(response)
            answer = Answer(at, moved_to=_moved_to(response, home.place))
            after = after_answer(home, answer)
            self._tell_of_move(home, after)
            poll = Poll(after, at, "read", http_status=response.status, num_bytes=len(response.body))
        except RefusedError as error:
            poll = self._failed(home, at, error.reason, error.detail)
        if poll.outcome == "read" and not found:
            detail = "name its feeds, sitemaps or listings in the source"
            poll = self._failed(home, at, "no_feed_found", detail)
        self._assignment.tally.polls.append(replace(poll, duration_ms=round((monotonic() - started) * 1000)))
        await self._poll_all(await self._put(found, is_root=not source.documents))

    def _announced(self, response: Response) -> dict[str, DocumentKind]:
        feeds = find_feeds(response.body, response.url)
        if feeds:
            return dict.fromkeys(feeds[:_MAX_ROOTS], "feed")
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        sitemaps = robots.sitemaps(response.url) if robots else []
        return dict.fromkeys(sitemaps[:_MAX_ROOTS], "sitemap")

    async def _put(self, wanted: dict[str, DocumentKind], *, is_root: bool) -> list[Document]:
        if not wanted:
            return []
        source_id = self._assignment.visit.source_id
        return await put_documents(self._assignment.database, source_id, wanted, is_root=is_root)


def _named(source: Any) -> dict[str, DocumentKind]:
    """What the operator named, feeds first: of two documents that list a page, they say more of it."""
    return (
        dict.fromkeys(source.feeds, "feed")
        | dict.fromkeys(source.sitemaps, "sitemap")
        | dict.fromkeys(source.listings, "listing")
    )


def _moved_to(response: Response, asked: str) -> str | None:
    """Where permanent redirects alone have led."""
    meta = response.request.meta if response.request else {}
    reasons = meta.get("redirect_reasons", [])
    moved = reasons and all(reason in _PERMANENT for reason in reasons) and response.url != asked
    return response.url if moved else None


def _refresh(response: Response, at: datetime) -> timedelta | None:
    """For how long the answer says that it stays as it is (``Cache-Control: max-age``, else ``Expires``)."""
    if found := _MAX_AGE.search(_header(response, "Cache-Control") or ""):
        return timedelta(seconds=int(found[1])) or None
    try:
        expires = parsedate_to_datetime(_header(response, "Expires") or "")
    except (ValueError, TypeError, OverflowError):
        return None
    left = (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - at
    return left if left > timedelta(0) else None


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
