"""Papers on loopback, a host each, with as many articles as wanted; they count what they are asked for."""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from tests.support.newsdesk import PLACES, THINGS, framed
from tests.support.pages import rss

_VERBS = ("opened", "closed", "sold", "painted", "repaired", "flooded", "praised", "measured", "moved", "counted")
_PEOPLE = ("mayor", "ferryman", "baker", "teacher", "surveyor", "choir", "council", "harbour master", "printer")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page(site: int, number: int, revision: int = 0) -> str:
    """The page of an article that no other site and number have; another revision has another text."""
    draw = random.Random(f"{site} {number} {revision}")
    lines = [
        " ".join(
            f"The {draw.choice(_PEOPLE)} of {draw.choice(PLACES)} {draw.choice(_VERBS)} {draw.randint(2, 999)}"
            f" times the {draw.choice(THINGS)} at {draw.choice(PLACES)} number {draw.randint(1000, 99999)}."
            for _ in range(4)
        )
        for _ in range(4)
    ]
    return framed(f"Report {site}-{number}: the {draw.choice(THINGS)} of {draw.choice(PLACES)}", lines)


class Papers:
    """``sites`` hosts (127.0.1.1 and so on, one port), each with a feed of its first ``num_listed`` articles.

    Every article answers after ``latency`` seconds. ``answers`` overrules what stands at (site, path).
    """

    def __init__(
        self,
        *,
        sites: int,
        articles: int,
        latency: float = 0.0,
        listed: int | None = None,
        network: str = "127.0.1",
    ) -> None:
        self.network = network
        self.num_sites = sites
        self.num_articles = articles
        self.num_listed = articles if listed is None else listed
        self.latency = latency
        self.answers: dict[tuple[int, str], Answer] = {}
        self.keys: dict = {}
        """What the sources of all these papers have beside what :meth:`sources` gives them."""
        self.requests: list[tuple[float, int, str]] = []
        """When (``time.monotonic()``), which site, which path."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    def host(self, site: int) -> str:
        """The address of a site; they count from 0."""
        return f"{self.network}.{site + 1}"

    def url(self, site: int, path: str = "/") -> str:
        """The address of a path."""
        return f"http://{self.host(site)}:{self.port}{path}"

    @property
    def expected(self) -> set[str]:
        """The URLs of all articles that are listed."""
        return {self.url(site, f"/a/{n}") for site in range(self.num_sites) for n in range(self.num_listed)}

    @property
    def article_requests(self) -> Counter[str]:
        """How often each article was asked for."""
        return Counter(self.url(site, path) for _, site, path in self.requests if path.startswith("/a/"))

    def first_request_after(self, moment: float) -> float | None:
        """When the first request since ``moment`` came in (``time.monotonic()``)."""
        return next((at for at, _, _ in self.requests if at >= moment), None)

    def sources(self, **keys) -> list[dict]:
        """A ``[[source]]`` table for each site."""
        given = self.keys | keys
        timetable = {} if {"cron", "freshness"} & given.keys() else {"every": "2s"}
        return [
            {
                "name": f"paper-{site}",
                "url": self.url(site),
                "feeds": [self.url(site, "/feed")],
                "revisit": False,
            }
            | timetable
            | given
            for site in range(self.num_sites)
        ]

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        for site in range(self.num_sites):
            await web.TCPSite(self._runner, self.host(site), self.port).start()
            self.port = self._runner.addresses[0][1]

    @staticmethod
    def _site(request: web.Request) -> int:
        return int(request.host.partition(":")[0].rpartition(".")[2]) - 1

    async def _take_time(self) -> None:
        """Until the latency is over, which may be changed meanwhile."""
        began = time.monotonic()
        while (left := began + self.latency - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 0.1))

    async def _stop(self) -> None:
        await self._runner.cleanup()
        answering = asyncio.all_tasks() - {asyncio.current_task()}
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        site = self._site(request)
        self.requests.append((time.monotonic(), site, request.path))
        if (given := self.answers.get((site, request.path))) is not None:
            return await given(request)
        if request.path == "/feed":
            urls = (self.url(site, f"/a/{n}") for n in range(self.num_listed))
            return web.Response(text=rss(*urls), content_type="text/xml")
        if request.path.startswith("/a/"):
            await self._take_time()
            return web.Response(text=page(site, int(request.path[3:])), content_type="text/html")
        return web.Response(status=404, text="not here")
