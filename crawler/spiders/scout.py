"""Looks through a source's feeds, sitemaps and listings for links: which of them to ask, and what they lead to."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.discovery import Discovered, Link
from crawler.document import Document, DocumentKind, Poll
from crawler.ingestion.documents import put_documents, root_documents
from crawler.sites import site_of
from crawler.spiders.documents import Reader
from crawler.spiders.gaps import Gaps

if TYPE_CHECKING:
    from crawler.assignment import Assignment
    from crawler.spiders.frontier import Frontier

_MAX_POLLS = 50  # a run
_MAX_ROOTS = 20  # found by ourselves
_MAX_CHILDREN = 20  # of one index of sitemaps
_MAX_SITEMAP_DEPTH = 2
_MAX_FURTHER_PAGES = 10
_HOME_EVERY = timedelta(days=1)


class Scout:
    """One per run: gives the frontier what the documents list."""

    def __init__(self, assignment: "Assignment", reader: Reader, frontier: "Frontier") -> None:
        self._assignment = assignment
        self._reader = reader
        self._frontier = frontier
        self._asked: set[str] = set()
        self._named: list[Document] = []
        self._found: list[Document] = []
        self._home: Document | None = None
        self._gaps = Gaps(assignment)
        self._is_filling = False

    async def prepare(self) -> frozenset[str]:
        """Look up the source's documents; returns the sites that some have moved to for good."""
        source = self._assignment.source
        self._named = await self._put(_kinds(source.feeds, source.sitemaps, source.listings), is_root=True)
        named = {document.url for document in self._named}
        roots = await root_documents(self._assignment.database, self._assignment.visit.source_id)
        others = [document for document in roots if document.url not in named]
        self._found = [document for document in others if document.kind != "home"]
        self._home = next((document for document in roots if document.kind == "home"), None)
        return frozenset(site_of(document.place) for document in roots if document.promoted_at)

    async def run(self) -> None:
        """Poll what the source names; in place of what it does not name, or is gone, what its home page knows."""
        polls = await self._poll_all(self._named)
        if not polls or any(poll.is_gone for poll in polls):
            polls += await self._poll_all(self._found)
        if self._is_home_due(polls):
            await self._poll_all(await self._put({self._assignment.source.url: "home"}, is_root=True))
        if self._gaps.is_open:
            await self._fill(polls)
        self._gaps.close()

    async def _fill(self, polls: list[Poll]) -> None:
        """Look elsewhere for what a feed has lost, in the order of what it costs, until something has it.

        A sitemap or listing that the run has read anyway has brought it already. Else there are those that earlier
        runs found; the sitemaps that robots.txt names; and what the home page announces, or links to.
        """
        if any(poll.document.kind in {"sitemap", "listing"} and poll.outcome == "read" for poll in polls):
            return
        self._is_filling = True
        for look in (self._known_elsewhere, self._sitemaps_of_site, self._home_page):
            await self._poll_all(await look())
            if any(gap.num_filled for gap in self._assignment.tally.gaps):
                return

    async def _known_elsewhere(self) -> list[Document]:
        return [document for document in self._found if document.kind in {"sitemap", "listing"}]

    async def _sitemaps_of_site(self) -> list[Document]:
        sitemaps = (await self._reader.sitemaps_of_site())[:_MAX_ROOTS]
        return await self._put(_kinds(sitemaps=sitemaps), is_root=False)

    async def _home_page(self) -> list[Document]:
        """The home page as one that lists articles, whatever it announces: that is asked for in vain by now."""
        home = self._home or (await self._put({self._assignment.source.url: "home"}, is_root=False))[0]
        return [replace(home, kind="listing", body_hash=None)]

    def _is_home_due(self, polls: list[Poll]) -> bool:
        if not any(poll.outcome != "failed" for poll in polls):
            # Nothing could be read. Of a site that is down the home page would tell no more than its feeds did.
            return not polls or any(poll.is_gone for poll in polls)
        if any(poll.is_gone and poll.document.needs_replacing for poll in polls):
            return True
        # What we found by ourselves is looked over again every day.
        looked_at = self._home.polled_at if self._home else None
        is_long_ago = looked_at is None or looked_at <= datetime.now(UTC) - _HOME_EVERY
        return not self._assignment.source.documents and is_long_ago

    async def _poll_all(self, documents: Iterable[Document], *, depth: int = 0, page: int = 0) -> list[Poll]:
        asked = [document for document in documents if document.retired_at is None and self._claim(document)]
        return await asyncio.gather(*(self._poll(document, depth, page) for document in asked))

    def _claim(self, document: Document) -> bool:
        if document.url in self._asked or len(self._asked) >= _MAX_POLLS:
            return False
        self._asked.add(document.url)
        return True

    async def _poll(self, document: Document, depth: int, page: int) -> Poll:
        """Ask for a document, take up its links, and ask for what it leads to."""
        poll, found = await self._reader.poll(document)
        if found is not None:
            num_unknown = await self._take_up(document, found.links)
            poll = replace(poll, num_links=len(found.links), num_unknown=num_unknown)
            if document.kind == "feed" and page:
                self._gaps.bridge(document.url, found.links, num_unknown)
            elif document.kind == "feed":
                poll = await self._gaps.compare(document, poll, found.links)
        self._assignment.tally.polls.append(poll)
        if found is not None:
            await self._follow(document, found, poll, depth, page)
        return poll

    async def _take_up(self, document: Document, links: list[Link]) -> int:
        """Give the frontier what a document lists; returns how many of these URLs were never seen before."""
        if not self._is_filling:
            is_new = document.kind != "sitemap"
            return await self._frontier.add(links, undated_is_new=is_new, found_in=document.document_id)
        found_in = document.document_id
        num_unknown = await self._frontier.add_missed(links, since=self._gaps.oldest, found_in=found_in)
        self._gaps.fill(document.url, num_unknown)
        return num_unknown

    async def _follow(self, document: Document, found: Discovered, poll: Poll, depth: int, page: int) -> None:
        if document.kind == "home" and (found.feeds or found.sitemaps):
            roots = _kinds(found.feeds[:_MAX_ROOTS], found.sitemaps[:_MAX_ROOTS])
            await self._poll_all(await self._put(roots, is_root=True))
        elif found.sitemaps and depth < _MAX_SITEMAP_DEPTH:
            await self._poll_all(await self._children(found.sitemaps), depth=depth + 1)
        if found.sections and depth < self._assignment.source.max_depth:
            sections = await self._put(_kinds(listings=found.sections), is_root=False)
            await self._poll_all(sections, depth=depth + 1)
        if found.pages and page < _MAX_FURTHER_PAGES and self._is_gap(document, poll):
            kind: DocumentKind = "listing" if document.kind == "home" else document.kind
            further = await self._put({found.pages[0]: kind}, is_root=False)
            await self._poll_all(further, depth=depth, page=page + 1)

    def _is_gap(self, document: Document, poll: Poll) -> bool:
        """Whether there is more to be had on the next page of this document."""
        if self._frontier.is_full or not poll.num_unknown:
            return False
        if document.kind in {"home", "listing"}:
            return True
        return document.num_polls > 0 and poll.num_unknown == poll.num_links

    async def _children(self, sitemaps: list[str]) -> list[Document]:
        """Which sitemaps of an index to ask for: the newest, and those asked for longest ago, or never."""
        documents = await self._put(dict.fromkeys(sitemaps, "sitemap"), is_root=False)
        if len(documents) <= _MAX_CHILDREN:
            return documents
        newest, others = documents[: _MAX_CHILDREN // 2], documents[_MAX_CHILDREN // 2 :]
        never = datetime.min.replace(tzinfo=UTC)
        others.sort(key=lambda document: document.polled_at or never)
        return newest + others[: _MAX_CHILDREN - len(newest)]

    async def _put(self, wanted: dict[str, DocumentKind], *, is_root: bool) -> list[Document]:
        if not wanted:
            return []
        source_id = self._assignment.visit.source_id
        return await put_documents(self._assignment.database, source_id, wanted, is_root=is_root)


def _kinds(
    feeds: Iterable[str] = (), sitemaps: Iterable[str] = (), listings: Iterable[str] = ()
) -> dict[str, DocumentKind]:
    """Feeds first: of two documents that list a page, they say more of it."""
    kinds: dict[str, DocumentKind] = dict.fromkeys(feeds, "feed")
    kinds |= dict.fromkeys(sitemaps, "sitemap")
    kinds |= dict.fromkeys(listings, "listing")
    return kinds
