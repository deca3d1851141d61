"""Papers through a whole day: their feeds move on, and of what they publish some goes wrong."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.faults.papers import Papers, page
from tests.support.pages import rss

_WINDOW = 300
"""How many articles a feed lists: far more than come while a long run is under way."""
_NEVER = frozenset({3, 73})
"""Of a hundred articles, those that are not to be had: one is gone, one is no article."""

Mishap = Callable[[web.Request, int, int], Awaitable[web.StreamResponse]]


def html(text: str, status: int = 200) -> web.Response:
    """A page."""
    return web.Response(text=text, status=status, content_type="text/html")


class Day(Papers):
    """``sites`` papers which bring out ``articles`` each, as far as :meth:`publish` says.

    Of a hundred articles one is a 404, one no article, one broken HTML, one the text of another paper, and one
    nearly that. What fails the first time it is asked for: one with a 500, one that breaks off, and of 400 one
    that hangs. One poll in 25 finds no feed. The first paper edits every tenth article after it was read.
    """

    def __init__(self, *, sites: int, articles: int) -> None:
        super().__init__(sites=sites, articles=articles, listed=0)
        self._asked: Counter[str] = Counter()
        self._over = asyncio.Event()
        self._mishaps: dict[int, Mishap] = {
            3: self._gone,
            13: self._broken_server,
            33: self._hangs,
            43: self._breaks_off,
            53: self._same_text,
            63: self._nearly_same_text,
            73: self._no_article,
            83: self._broken_html,
        }

    def publish(self, share: float) -> None:
        """Bring out so much of the day's articles, from 0 to 1."""
        self.num_listed = max(self.num_listed, round(share * self.num_articles))

    @property
    def expected(self) -> set[str]:
        """The URLs of all articles that are out, but for those that are not to be had."""
        there = [n for n in range(self.num_listed) if n % 100 not in _NEVER]
        return {self.url(site, f"/a/{n}") for site in range(self.num_sites) for n in there}

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        super().__exit__(*exception)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        url = self.url(site := self._site(request), request.path)
        self._asked[url] += 1
        if request.path == "/feed":
            return self._feed(site, self._asked[url])
        if not request.path.startswith("/a/"):
            return web.Response(status=404, text="not here")
        number = int(request.path[3:])
        if mishap := self._mishaps.get(number % 100):
            return await mishap(request, site, number)
        edited = site == 0 and number % 10 == 5 and self._asked[url] > 1
        return html(page(site, number, int(edited)))

    def _feed(self, site: int, poll: int) -> web.Response:
        if poll % 25 == 24:
            return web.Response(status=500, text="later")
        latest = range(max(0, self.num_listed - _WINDOW), self.num_listed)
        return web.Response(text=rss(*(self.url(site, f"/a/{n}") for n in latest)), content_type="text/xml")

    def _is_first(self, site: int, number: int) -> bool:
        return self._asked[self.url(site, f"/a/{number}")] == 1

    async def _gone(self, _request: web.Request, _site: int, _number: int) -> web.StreamResponse:
        return html("gone", 404)

    async def _broken_server(self, _request: web.Request, site: int, number: int) -> web.StreamResponse:
        return html("broken", 500) if self._is_first(site, number) else html(page(site, number))

    async def _hangs(self, _request: web.Request, site: int, number: int) -> web.StreamResponse:
        if number % 400 == 33 and self._is_first(site, number):
            await self._over.wait()
        return html(page(site, number))

    async def _breaks_off(self, request: web.Request, site: int, number: int) -> web.StreamResponse:
        body = page(site, number).encode()
        response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": str(len(body))})
        await response.prepare(request)
        if self._is_first(site, number):
            await response.write(body[:400])
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write(body)
        return response

    async def _same_text(self, _request: web.Request, _site: int, number: int) -> web.StreamResponse:
        return html(page(0, number))

    async def _nearly_same_text(self, _request: web.Request, site: int, number: int) -> web.StreamResponse:
        return html(
            page(0, number).replace("</article>", f"<p>Paper {site} of this town adds a line.</p></article>")
        )

    async def _no_article(self, _request: web.Request, _site: int, _number: int) -> web.StreamResponse:
        return html("<title>Puzzles</title><nav>one, two, three</nav>")

    async def _broken_html(self, _request: web.Request, site: int, number: int) -> web.StreamResponse:
        return html(
            page(site, number).replace("</p>", "").replace("</article>", "</div></b>").replace("</body>", "")
        )
