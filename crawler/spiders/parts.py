"""Follows an article over its further pages, and joins them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.article import Article, Hints
from crawler.discovery import Link
from crawler.download.failures import refused
from crawler.download.headers import opt_outs_of, plain_headers
from crawler.extraction.pages.joining import MOST_TEXT, adds_text, has_room, is_same_article, join
from crawler.extraction.pages.pagination import MOST_PAGES
from crawler.ingestion.identity import url_key
from crawler.outcomes import OF_THE_HOST, POISONOUS, WALLS_THAT_OPEN, Outcome, Reason, RefusedError
from crawler.reading import Verdict, read_response
from crawler.sites import host_of
from crawler.spiders.traces import trace_of
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.assignment import Assignment
    from crawler.spiders.frontier import Frontier

# What may go better in a few minutes; meanwhile a text that is stored with more pages is the better one.
_PASSING = (
    OF_THE_HOST | WALLS_THAT_OPEN | POISONOUS | {Reason.TRUNCATED, Reason.EXTRACTION_ERROR, Reason.OVER_BUDGET}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A visit to a further page: why it is no row of its own; or its ``article``, should it be another one."""

    link: Link
    fetched_at: datetime
    error: RefusedError | None
    article: Article | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whole:
    """An article with its further pages; ``error`` says why it is not to be stored as it is this time.

    ``detail`` says what is missing, ``whole_body`` is the text with the boilerplate that was dropped from it,
    None if nothing was.
    """

    article: Article | None
    parts: list[Part]
    error: RefusedError | None = None
    detail: str | None = None
    whole_body: str | None = None


class Follower:
    """One per run."""

    def __init__(self, crawler: Any, assignment: "Assignment", frontier: "Frontier") -> None:
        self._crawler = crawler
        self._assignment = assignment
        self._frontier = frontier

    async def follow(self, link: Link, article: Article, first: Verdict, hints: Hints) -> Whole:
        """Visit the pages on which an article goes on, one after the other, and join them.

        ``link`` led to the first page. What follows a page that cannot be had is not known: there it ends.
        """
        pages, parts, shown = [article], [], [_shown(article, first)]
        seen = {url_key(link.url), url_key(article.url)}
        hints = replace(hints, headline=article.headline, article_body=None)
        further = first.next_page
        missing: RefusedError | None = None
        while further and url_key(further) not in seen:
            seen.add(url_key(further))
            part, verdict = await self._visit(Link(further, part_of=link.url), pages, hints, seen)
            parts.append(part)
            if verdict is None or verdict.article is None:
                missing = part.error if verdict else None
                break
            pages.append(verdict.article)
            shown.append(_shown(verdict.article, verdict))
            further = verdict.next_page
        whole = join(pages)
        whole_body = join(shown).article_body if shown != pages else None
        if missing is None:
            return Whole(whole, parts, whole_body=whole_body)
        detail = f"page {len(pages) + 1} ({parts[-1].link.url}): {missing.reason}"
        if missing.reason in _PASSING and await self._num_pages_stored(article.url) > whole.num_pages:
            return Whole(None, parts, RefusedError(Outcome.FAILED, missing.reason, detail))
        return Whole(whole, parts, detail=f"without {detail}", whole_body=whole_body)

    async def _visit(
        self, link: Link, pages: list[Article], hints: Hints, seen: set[bytes]
    ) -> tuple[Part, Verdict | None]:
        """Visit a further page; without a verdict it is none, and the article has come to its end."""
        number = len(pages) + 1
        where = f"page {number} of {link.part_of}"
        await self._frontier.take(link.url)
        if number > MOST_PAGES:
            return _left_out(link, f"{where}: of an article {MOST_PAGES} pages are read")
        if refusal := await self._frontier.refusal_of_quarantined(link):
            return Part(link, datetime.now(UTC), _at(where, refusal)), Verdict(error=refusal)
        try:
            meta = {"is_page": True, "visit_for": "further_page"}
            request = Request(link.url, callback=NO_CALLBACK, meta=meta)
            response = await self._crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (the boundary at which a page fails alone)
            refusal = refused(error)
            if refusal.reason in OF_THE_HOST:
                self._frontier.leave_alone(host_of(link.url))
            return Part(link, datetime.now(UTC), _at(where, refusal)), Verdict(error=refusal)
        key = url_key(response.url)
        if key != url_key(link.url) and key in seen:  # a page read already: that row is not to be touched
            refusal = _part_of_article(f"{where}: leads back to {response.url}")
            facts = {"http_status": response.status, "trace": self._trace(response)}
            return Part(link, datetime.now(UTC), refusal, facts=facts), None
        seen.add(key)
        return await self._read(link, where, response, pages, hints)

    async def _read(
        self, link: Link, where: str, response: Response, pages: list[Article], hints: Hints
    ) -> tuple[Part, Verdict | None]:
        """Read a further page, and judge whether it goes on with the article."""
        at, began = datetime.now(UTC), monotonic()
        moved_to = response.url if response.url != link.url else None
        verdict = await read_response(
            self._assignment,
            response.body,
            response.url,
            status=response.status,
            headers=plain_headers(response),
            hints=replace(hints, asked_url=link.url if moved_to else None),
            opt_outs=opt_outs_of(response),
        )
        article, facts = verdict.article, _facts(response, verdict, began, moved_to)
        facts["trace"] = self._trace(response, verdict, monotonic() - began)
        if article is None:
            return Part(link, at, _at(where, verdict.error), facts=facts), verdict
        if not is_same_article(pages[0], article):
            return Part(link, at, None, article, facts), None
        if not has_room(pages, article):
            return _left_out(link, f"{where}: of an article {MOST_TEXT:,} characters are kept", facts)
        if not adds_text(pages, article):
            return Part(link, at, _part_of_article(f"{where}: adds nothing to it"), facts=facts), None
        return Part(link, at, _part_of_article(where), facts=facts), verdict

    def _trace(
        self, response: Response, verdict: Verdict | None = None, seconds: float | None = None
    ) -> dict[str, Any]:
        visit = self._assignment.visit
        return trace_of(visit, response.request, response, verdict, read_seconds=seconds)

    async def _num_pages_stored(self, url: str) -> int:
        look_up = partial(self._assignment.database.fetch, "find_num_pages", {"url_key": url_key(url).hex()})
        rows = await patiently(look_up, "a look-up of an article")
        return max((row["num_pages"] for row in rows), default=0)


def _shown(article: Article, verdict: Verdict) -> Article:
    """The article with the boilerplate that was dropped from it."""
    return replace(article, article_body=verdict.whole_body) if verdict.whole_body else article


def _facts(response: Response, verdict: Verdict, began: float, moved_to: str | None) -> dict[str, Any]:
    took = response.meta.get("download_latency", 0.0) + monotonic() - began
    return {
        "final_url": moved_to,
        "http_status": response.status,
        "num_bytes": len(response.body),
        "duration_ms": round(took * 1000),
        "opt_outs": verdict.opt_outs,
        "paragraphs": verdict.paragraphs,
        "whole_body": verdict.whole_body,
    }


def _left_out(link: Link, detail: str, facts: dict[str, Any] | None = None) -> tuple[Part, Verdict]:
    refusal = _part_of_article(detail)
    return Part(link, datetime.now(UTC), refusal, facts=facts or {}), Verdict(error=refusal)


def _part_of_article(detail: str) -> RefusedError:
    return RefusedError(Outcome.REJECTED, Reason.PART_OF_ARTICLE, detail)


def _at(where: str, error: RefusedError | None) -> RefusedError | None:
    """The error, with the page at which it happened."""
    if error is None:
        return None
    return RefusedError(error.outcome, error.reason, f"{where}: {error.detail}" if error.detail else where)
