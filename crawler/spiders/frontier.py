"""Which links a run visits, newest first, known articles after them, and what becomes of the others."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from crawler.discovery import Link
from crawler.download.admission import Admission
from crawler.ingestion.identity import url_key
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.sites import host_of
from crawler.spiders.kept_links import entry_of, link_as_json, link_of_json
from crawler.spiders.revisits import Revisits, VisitFor, Wanted, revisit_of, time_for_revisits
from crawler.text import storable
from sql.patience import patiently

if TYPE_CHECKING:
    from crawler.assignment import Assignment

log = structlog.get_logger("crawler.spiders.frontier")

# Scrapy keeps 6 KB a waiting request: the links wait here, and only so many pages are under way at once. What is
# under way when the worker is killed is asked for again, so no more than keep a host and the reading busy.
_UNDER_WAY = (6, 16)
# Some sites call every page modified, always.
_MAX_REVISITS = 50
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
# What was decided without asking the page may be decided otherwise today: rules change, and so do our settings.
_JUDGED_ANEW = frozenset(
    {Reason.ROBOTS_DISALLOWED, Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED, Reason.TOO_OLD}
)

_QUARANTINED = RefusedError(
    Outcome.REJECTED, Reason.QUARANTINED, "'tidings quarantine' lists it, and sets it free"
)

Known = dict[str, Any]  # a row of find_known_urls


@dataclass(frozen=True, slots=True)
class _Waiting:
    time: datetime
    link: Link
    why: VisitFor = "listed"
    is_new: bool = True
    conditions: Mapping[str, bytes] = field(default_factory=dict)


class Frontier:
    """The links of one run that wait for a visit. No more are held than the run may visit pages."""

    def __init__(self, assignment: "Assignment", rules: Admission, *, concurrency: int, ends_at: float) -> None:
        least, most = _UNDER_WAY
        self._most_under_way = min(max(concurrency + 2, least), most)
        self._ends_at = ends_at  # of the event loop's time
        self._assignment = assignment
        self._rules = rules
        self._met: set[bytes] = set()
        self._passed_over: set[bytes] = set()
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._room = assignment.source.max_pages
        self._num_under_way = 0
        self._verdicts: dict[str, Reason] = {}
        self._revisits = Revisits(time_for_revisits(datetime.now(UTC), assignment.due_at))
        self._has_revisits = False

    @property
    def is_full(self) -> bool:
        """Whether the run has as many links as it may visit pages."""
        return len(self._waiting) >= self._room

    async def visits(self, *, until: asyncio.Future[Any]) -> AsyncIterator[Wanted]:
        """What to visit, as it comes in; for each :meth:`visited` is to be called.

        Known articles have their turn when ``until`` is done and no link waits. Ends when there is nothing more to
        visit, and nothing under way that might lead to more; when the run's time is up; or when it is not ours any
        more, for a page would be asked for twice.
        """
        while self._time_left > 0 and not self._assignment.tally.is_superseded:
            if until.done() and not self._waiting:
                await self._take_up_revisits()
            while self._has_next and self._num_under_way < self._most_under_way:
                self._room -= 1
                self._num_under_way += 1
                yield self._next()
            if until.done() and not self._num_under_way and not self._has_next:
                self._assignment.tally.num_known += self._revisits.leave()
                return
            self._arrived.clear()
            arrival = asyncio.ensure_future(self._arrived.wait())
            awaited = {arrival} if until.done() else {arrival, until}
            await asyncio.wait(awaited, timeout=self._time_left, return_when=asyncio.FIRST_COMPLETED)
            arrival.cancel()
        if not self._assignment.tally.is_superseded:
            await self._run_out_of_time()

    @property
    def _time_left(self) -> float:
        return max(self._ends_at - asyncio.get_running_loop().time(), 0.0)

    async def _run_out_of_time(self) -> None:
        """Leave to the next runs what waits, and what those visits lead to that are still under way."""
        self._assignment.tally.is_timed_out = True
        self._assignment.tally.num_known += self._revisits.leave()
        self._room = 0
        await self._queue([])

    @property
    def _has_next(self) -> bool:
        return self._room > 0 and (bool(self._waiting) or self._revisits.has_turn)

    def _next(self) -> Wanted:
        if not self._waiting:
            return self._revisits.pop()
        item = self._waiting.pop(0)
        return Wanted(item.link, item.conditions, item.why)

    def visited(self) -> None:
        """A visit has come to its end: there is room for another."""
        self._num_under_way -= 1
        self._arrived.set()

    def leave_alone(self, host: str) -> None:
        """Leave what earlier runs could not fetch from a host to later runs: it would fail as before."""
        kept = [item for item in self._waiting if item.is_new or host_of(item.link.url) != host]
        self._assignment.tally.num_known += len(self._waiting) - len(kept)
        self._waiting = kept
        self._assignment.tally.num_known += self._revisits.leave(host)

    def is_old_news(self, link: Link, reason: Reason) -> bool:
        """Whether a visit came to what is recorded of the URL already: then there is nothing to record."""
        if self._verdicts.get(link.url) != reason:
            return False
        self._pass_over(link)
        return True

    async def add_again(self, link: Link) -> None:
        """Take up a page, known or not; but once in a run."""
        ((key, _, refusal),) = await self._sorted_out([link])
        if key in self._met:
            return
        self._met.add(key)
        self._assignment.tally.num_links += 1
        refusal = refusal or await self.refusal_of_quarantined(link)
        if refusal:
            await self._reject([(link, refusal)])
        else:
            await self._queue([_Waiting(_time(link, undated=_BEFORE_ALL), link)])

    async def refusal_of_quarantined(self, link: Link) -> RefusedError | None:
        """Why a page is not to be visited out of turn; None if it may be."""
        known = await self._known([url_key(link.url)])
        return _QUARANTINED if any(row["is_quarantined"] for row in known.values()) else None

    async def take(self, url: str) -> None:
        """Count a page that is visited out of turn; one that waits need not wait any longer."""
        waiting = [item for item in self._waiting if item.link.url != url]
        is_another = len(waiting) == len(self._waiting)
        self._waiting = waiting
        self._met.add(url_key(url))
        self._assignment.tally.num_links += is_another
        self._room = max(self._room - 1, 0)
        await self._queue([])

    async def add_waiting(self) -> None:
        """Take up what earlier runs left: failed pages whose time has come, and those over the budget then."""
        params = {"source_id": self._assignment.visit.source_id, "now": datetime.now(UTC), "limit": self._room}
        rows = await self._fetch("list_waiting_urls", params)
        links = [link_of_json(row["url"], row["link"] or {}) for row in rows]
        sorted_out = await self._sorted_out(links)
        self._wait(((key, link, {}) for key, link, refusal in sorted_out if refusal is None), "retry")

    async def add_revisits(self) -> None:
        """Take up every article of the source again, however many pages a run may visit."""
        revisits = await self._find_revisits("list_all_revisits")
        self._room += self._wait(((key, item.link, item.conditions) for key, item in revisits), "revisit")

    async def _take_up_revisits(self) -> None:
        """Take up, once in a run, the articles whose time for another visit has come, listed or not."""
        if self._has_revisits or not self._assignment.visit.rhythm:
            return
        self._has_revisits = True
        for key, item in await self._find_revisits("list_due_revisits", limit=self._assignment.source.max_pages):
            if key in self._passed_over:  # it counts as known, and now as a visit
                self._passed_over.remove(key)
                self._assignment.tally.num_known -= 1
            elif key not in self._met:
                self._met.add(key)
                self._assignment.tally.num_links += 1
            else:
                continue
            self._revisits.add(item)

    async def _find_revisits(self, name: str, *, limit: int | None = None) -> list[tuple[bytes, Wanted]]:
        """With their keys. What may not be asked for any more is among them: that is refused, and recorded."""
        now = datetime.now(UTC)
        params = {"source_id": self._assignment.visit.source_id, "now": now, "limit": limit}
        found = [
            revisit_of(row, self._assignment, now, is_due=limit is not None)
            for row in await self._fetch(name, params)
        ]
        keys = [key for key, _, _ in await self._sorted_out([item.link for item in found])]
        return list(zip(keys, found, strict=True))

    def _wait(self, links: Iterable[tuple[bytes, Link, Mapping[str, bytes]]], why: VisitFor) -> int:
        fresh = {key: (link, conditions) for key, link, conditions in links if key not in self._met}
        self._met.update(fresh)
        self._assignment.tally.num_links += len(fresh)
        self._line_up(
            _Waiting(_time(link, undated=_BEFORE_ALL), link, why, is_new=False, conditions=conditions)
            for link, conditions in fresh.values()
        )
        return len(fresh)

    def _line_up(self, items: Iterable[_Waiting]) -> None:
        self._waiting = sorted([*self._waiting, *items], key=lambda item: item.time, reverse=True)

    async def add(self, links: list[Link], *, undated_is_new: bool, **found: Any) -> int:
        """Take up what a document lists; returns how many of these URLs were never seen before.

        Whatever is not going to be visited is recorded with its reason. ``undated_is_new`` says where links
        without a date belong: a feed lists what is new, a sitemap everything. ``found`` are fields of
        :class:`Link` that say where all of these were found.
        """
        # Claimed before the first await: another document of this run may list the same links right now.
        fresh: dict[bytes, tuple[Link, RefusedError | None]] = {}
        for key, link, refusal in await self._sorted_out(links):
            if key not in self._met:
                self._met.add(key)
                fresh[key] = (link, refusal)
        known = await self._known([key for key, (_, refusal) in fresh.items() if not _is_off_site(refusal)])
        self._assignment.tally.num_links += len(fresh)
        undated = datetime.now(UTC) if undated_is_new else _BEFORE_ALL
        wanted: list[_Waiting] = []
        num_unknown = num_revisits = 0
        rejected: list[tuple[Link, RefusedError]] = []
        for key, (link, ruled_out) in fresh.items():
            last = known.get(key)
            if last is None:
                link = replace(link, **found)  # noqa: PLW2901 (a sitemap lists thousands that are known)
            refusal = ruled_out or self._too_old(link)
            num_unknown += last is None and refusal is None
            if last is not None and last["is_quarantined"] and last["reason"] != Reason.QUARANTINED:
                rejected.append((link, _QUARANTINED))  # once: from then on it is known
                continue
            if refusal is not None and last is None:
                rejected.append((link, refusal))
                continue
            if refusal is not None or (last is not None and not self._is_due(link, last)):
                self._pass_over(link)
                if last is not None and last["has_article"]:
                    self._passed_over.add(key)
                continue
            num_revisits += last is not None and last["has_article"]
            if last is None or not last["has_article"] or num_revisits <= _MAX_REVISITS:
                wanted.append(_Waiting(_time(link, undated=undated), link))
        await self._reject(rejected)
        await self._queue(wanted)
        return num_unknown

    async def add_missed(self, links: list[Link], *, since: datetime, **found: Any) -> int:
        """Take up what came and went unseen: links dated after ``since``, and unknown ones without a date.

        Of the latter no more than the run may still visit: a sitemap may list all that the site ever had.
        """
        dated = [link for link in links if (time := link.date_published or link.date_modified) and time >= since]
        undated = [link for link in links if not (link.date_published or link.date_modified)]
        keyed = await self._sorted_out(undated)
        known = await self._known([key for key, _, _ in keyed])
        fresh = [link for key, link, refusal in keyed if key not in known and key not in self._met and not refusal]
        room = max(self._room - len(self._waiting) - len(dated), 0)
        return await self.add(dated + fresh[:room], undated_is_new=False, is_missed=True, **found)

    async def _queue(self, wanted: list[_Waiting]) -> None:
        self._line_up(wanted)
        over = self._waiting[self._room :]
        del self._waiting[self._room :]
        self._arrived.set()
        most = f"visits {self._assignment.source.max_pages:,} pages" if self._time_left else "has run out of time"
        detail = f"this run {most}; the next ones go on"
        refusal = RefusedError(Outcome.REJECTED, Reason.OVER_BUDGET, detail)
        new = [(item.link, refusal) for item in over if item.is_new]
        self._assignment.tally.num_known += len(over) - len(new)
        await self._reject(new)

    def _is_due(self, link: Link, last: Known) -> bool:
        """Whether a URL that was visited needs another visit."""
        if last["reason"] in _JUDGED_ANEW:
            self._verdicts[link.url] = Reason(last["reason"])
            return True
        return _is_edited(link, last)

    def _pass_over(self, link: Link) -> None:
        self._assignment.tally.num_known += 1
        # A poll of a feed meets fifty of them: not even a line that nobody writes is free.
        if logging.getLogger("crawler").isEnabledFor(logging.DEBUG):
            context = self._assignment.log_context
            log.debug("link.rejected", **context, url=link.url, outcome=Outcome.REJECTED, reason=Reason.KNOWN)

    def _too_old(self, link: Link) -> RefusedError | None:
        oldest, moment = self._assignment.source.max_age, link.date_published or link.date_modified
        if oldest is None or moment is None or moment >= datetime.now(UTC) - oldest:
            return None
        return RefusedError(Outcome.REJECTED, Reason.TOO_OLD, f"of {moment:%Y-%m-%d %H:%M} UTC")

    async def _reject(self, rejected: list[tuple[Link, RefusedError]]) -> None:
        """Record links that are not going to be visited; those of other sites only when they are listed first."""
        off_site = [storable(link.url) for link, refusal in rejected if _is_off_site(refusal)]
        params = {"source_id": self._assignment.visit.source_id, "urls": off_site}
        listed_before = {row["url"] for row in await self._fetch("find_off_site", params)} if off_site else set()
        now = datetime.now(UTC)
        for link, refusal in rejected:
            if _is_off_site(refusal) and storable(link.url) in listed_before:
                self._pass_over(link)
            else:
                await self._assignment.store(self._rejected_page(link, refusal, now))

    def _rejected_page(self, link: Link, refusal: RefusedError, now: datetime) -> Page:
        return Page(
            self._assignment.visit,
            link.url,
            now,
            outcome=refusal.outcome,
            reason=refusal.reason,
            detail=refusal.detail,
            is_ours=not _is_off_site(refusal),
            link=link_as_json(link) if refusal.reason is Reason.OVER_BUDGET else None,
            found_in=link.found_in,
            entry=entry_of(link),
            trace=_found(link) if _is_off_site(refusal) else None,
        )

    async def _known(self, keys: list[bytes]) -> dict[bytes, Known]:
        """Which of the links need no visit now, in one look-up, with how their last one went."""
        if not keys:
            return {}
        params = {"url_keys": [key.hex() for key in keys], "now": datetime.now(UTC)}
        return {bytes.fromhex(row["url_key"]): row for row in await self._fetch("find_known_urls", params)}

    async def _sorted_out(self, links: list[Link]) -> list[tuple[bytes, Link, RefusedError | None]]:
        # A key costs 6 microseconds: those of a large sitemap would hold up the loop for a third of a second.
        return await asyncio.to_thread(_sort_out, links, self._rules)

    async def _fetch(self, name: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return await patiently(partial(self._assignment.database.fetch, name, params), "a look-up of URLs")


def _sort_out(links: Iterable[Link], rules: Admission) -> list[tuple[bytes, Link, RefusedError | None]]:
    """Each link with its key, and the refusal if its URL alone rules it out."""
    return [(url_key(link.url), link, rules.refusal(link.url, on_site=True)) for link in links]


def _found(link: Link) -> dict[str, Any] | None:
    """Where a link was found whose URL is none of ours, and so has no other place for it."""
    found = {"found_in": link.found_in, "entry": entry_of(link)}
    return {name: value for name, value in found.items() if value} or None


def _is_off_site(refusal: RefusedError | None) -> bool:
    return refusal is not None and refusal.reason is Reason.OFF_SITE


def _is_edited(link: Link, last_visit: Known) -> bool:
    """Whether the document says that an article was modified after we saw it."""
    modified, seen = link.date_modified, last_visit["last_fetched_at"]
    return bool(last_visit["has_article"] and modified and seen and modified > seen)


def _time(link: Link, *, undated: datetime) -> datetime:
    return link.date_published or link.date_modified or undated
