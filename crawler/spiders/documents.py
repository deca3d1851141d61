"""Asks for one document of a source, and reads what it lists."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.discovery import Discovered, DocumentUnreadableError, discover, find_feeds, learn_shapes, read_listing
from crawler.document import Answer, Document, Poll, after_answer, after_failure
from crawler.download.failures import refused, refused_status
from crawler.download.kinds import accepted, bounds
from crawler.download.robots import RobotsMiddleware
from crawler.outcomes import RefusedError
from crawler.reader import ReaderLostError
from crawler.validators import NOT_MODIFIED, validators_of
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.spiders.documents")

_PERMANENT = {301, 308}
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")


class _NothingFoundError(Exception):
    """The home page neither announces a feed nor lists articles."""


class Reader:
    """One per run."""

    def __init__(self, crawler: Any, assignment: "Assignment") -> None:
        self._crawler = crawler
        self._assignment = assignment
        self._shapes: Any = None

    async def poll(self, document: Document) -> tuple[Poll, Discovered | None]:
        """Ask for a document: the boundary at which it fails alone. None is found where nothing has changed."""
        at, started = datetime.now(UTC), monotonic()
        found: Discovered | None = None
        try:
            response = await self._fetch(document)
            poll, found = await self._read(document, response, at)
        except RefusedError as error:
            poll = self._failed(document, at, error.reason, error.detail)
        except DocumentUnreadableError as error:
            poll = self._failed(document, at, "unreadable", str(error))
        except ReaderLostError as error:
            poll = self._failed(document, at, error.reason, str(error))
        except _NothingFoundError:
            detail = "name its feeds, sitemaps or listings in the source"
            poll = self._failed(document, at, "no_feed_found", detail)
        except Exception as error:
            log.exception("document.broken", **self._assignment.log_context, url=document.url)
            poll = self._failed(document, at, "error", f"{type(error).__name__}: {error}")
        self._tell_of_changes(document, poll)
        return replace(poll, duration_ms=round((monotonic() - started) * 1000)), found

    async def links_of(self, response: Response) -> Discovered:
        """The links to articles on any web page; raises DocumentUnreadableError for what is none."""
        if self._shapes is None:
            params = {"source_id": self._assignment.visit.source_id}
            look_up = partial(self._assignment.database.fetch, "list_article_urls", params)
            self._shapes = learn_shapes(row["url"] for row in await patiently(look_up, "the URLs of articles"))
        return await self._aside(read_listing, response, shapes=self._shapes)

    async def sitemaps_of_site(self) -> list[str]:
        """The sitemaps that the robots.txt of the source's site lists, those of news first."""
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        await robots.rules_for(self._assignment.source.url)
        return sorted(robots.sitemaps(self._assignment.source.url), key=lambda url: "news" not in url.lower())

    async def _fetch(self, document: Document) -> Response:
        """The answer of a document's server; raises RefusedError for none, or one that is no success."""
        validators = {} if self._assignment.revisit else document.validators
        try:
            request = Request(
                document.place,
                callback=NO_CALLBACK,
                headers=validators | accepted(document.kind),
                meta={"document": document.kind, **bounds(document.kind, self._crawler.settings)},
                priority=10,
            )
            response: Response = await self._crawler.engine.download_async(request)
        except Exception as error:
            raise refused(error) from error
        if response.status == NOT_MODIFIED and validators:
            return response
        if not 200 <= response.status < 300:  # noqa: PLR2004 (RFC 9110: successful)
            raise refused_status(response.status)
        return response

    async def _read(self, document: Document, response: Response, at: datetime) -> tuple[Poll, Discovered | None]:
        answer = Answer(at, moved_to=_moved_to(response, document.place), refresh=_refresh(response, at))
        if response.status == NOT_MODIFIED:
            return Poll(after_answer(document, answer), at, "unchanged", http_status=response.status), None
        body_hash = hashlib.sha256(response.body).digest()
        said = validators_of(response.headers)
        answer = replace(answer, body_hash=body_hash, etag=said.etag, last_modified=said.last_modified)
        seen: dict[str, Any] = {"http_status": response.status, "num_bytes": len(response.body)}
        if body_hash == document.body_hash and not self._assignment.revisit:
            return Poll(after_answer(document, answer), at, "unchanged", **seen), None
        found = await self._discover(document, response)
        if found.sitemaps:
            # That an index stays as it is says nothing of the sitemaps in it: it is always read.
            answer = replace(answer, body_hash=None)
        if found.refresh:
            answer = replace(answer, refresh=max(found.refresh, answer.refresh or found.refresh))
        return Poll(after_answer(document, answer), at, "read", damage=found.damage, **seen), found

    async def _discover(self, document: Document, response: Response) -> Discovered:
        if document.kind == "listing":
            return await self.links_of(response)
        if document.kind == "home":
            return await self._discover_home(response)
        return await self._aside(discover, response)

    async def _discover_home(self, response: Response) -> Discovered:
        """The feeds that the page announces, the sitemaps in robots.txt; of a site with neither, its links."""
        feeds = await self._assignment.reader.run(find_feeds, response.body, response.url)
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        sitemaps = [url for url in robots.sitemaps(response.url) if not feeds or "news" in url.lower()]
        if feeds or sitemaps:
            return Discovered("listing", feeds=feeds, sitemaps=sitemaps)
        found = await self.links_of(response)
        if not found.links and not found.sections:
            raise _NothingFoundError
        return found

    async def _aside(self, read: Any, response: Response, **options: Any) -> Discovered:
        """Read beside the loop."""
        return await self._assignment.reader.run(
            read,
            response.body,
            response.url,
            content_type=_header(response, "Content-Type"),
            timezone=self._assignment.source.timezone,
            **options,
        )

    def _failed(self, document: Document, at: datetime, reason: str, detail: str | None) -> Poll:
        after = after_failure(document, reason, at)
        status = re.fullmatch(r"http_(\d{3})", reason)
        return Poll(after, at, "failed", reason, detail, http_status=int(status[1]) if status else None)

    def _tell_of_changes(self, before: Document, poll: Poll) -> None:
        after, about = poll.document, {**self._assignment.log_context, "url": before.url}
        if poll.outcome == "failed":
            log.warning("document.failed", **about, reason=poll.reason, error=poll.detail)
        if poll.damage:
            log.warning("document.damaged", **about, error=poll.damage)
        if after.promoted_at and not before.promoted_at:
            log.info("document.moved", **about, moved_to=after.moved_to)
        if after.retired_at:
            log.warning("document.retired", **about, reason=poll.reason)


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
