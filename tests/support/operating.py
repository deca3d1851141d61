"""The operator page on loopback, in a thread of its own, with rows of which some mean harm."""

import asyncio
import threading
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from crawler.alarms import Evidence, Kind, raise_alarm
from crawler.article import Article
from crawler.configuration import Configuration
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason
from scheduler.pool import WorkerPool
from scheduler.queue import queue_app
from scheduler.vitals.progress import Progress
from scheduler.vitals.readings import Readings
from scheduler.vitals.vitals import Vitals
from scheduler.web.credentials import obtain
from scheduler.web.server import WebServer
from sql.database import Database, open_database
from sql.line import Watch
from tests.support.loading import open_visit

ELSEWHERE = "evil.example"
HARM = (
    f'"\'><img src="https://{ELSEWHERE}/image" onerror="window.harmed = 1"><script>window.harmed = 1</script>'
    f'<style>@import "https://{ELSEWHERE}/style";</style></textarea></title><base href="https://{ELSEWHERE}/">'
    '{{ 7777 * 7777 }}<a href="javascript:window.harmed = 1" accesskey="x">a</a>\u202e\u0000'.replace("\u0000", "")
)
"""Text that would run, load or mend something, were it not shown as text."""

BAD_URLS = (
    "javascript:window.harmed=1",
    f"data:text/html,<script src=https://{ELSEWHERE}/></script>",
    'https://gazette.example/"onmouseover="window.harmed=1',
    "https://gazette.example/<script>window.harmed=1</script>",
    f"//{ELSEWHERE}/no-scheme",
)


class OperatorPage:
    """A listener on the database at ``url``; ``web`` is its configuration, ``folder`` keeps its token."""

    def __init__(self, url: str, folder: Path, *, acts: bool = True, error: str | None = None, **web: Any) -> None:
        settings = {"listen": "127.0.0.1:0"} | web
        self.configuration = Configuration.model_validate(
            {"database": {"data_dir": folder}, "crawl": {"spool_dir": folder / "spool"}, "web": settings}
        )
        self.address = ""
        self.database: Database
        self.database_url = url
        self._acts = acts
        self._error = error
        self._opened = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def token(self) -> str:
        """The one that it asks for."""
        return obtain(self.configuration).token or ""

    @property
    def paths(self) -> list[str]:
        """The paths of all pages that can be asked for, with their places for names."""
        routes = self.server.routes
        return sorted({route.resource.canonical for route in routes if route.method == "GET" and route.resource})

    def do(self, work) -> Any:
        """Await something in the listener's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def __enter__(self) -> Self:
        self._thread.start()
        self.do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        await self._opened.aclose()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self) -> None:
        opening = open_database(self.database_url, application_name="tests page", patient=True)
        self.database = await self._opened.enter_async_context(opening)
        watch = Watch(self.database_url)
        watch.error = self._error
        watch.alarm = (datetime.now(UTC), self._error) if self._error else None
        pool = WorkerPool(self.configuration, self.database_url)
        self.server = WebServer(
            self.database, self.configuration, Vitals(pool, watch, Progress(), Readings(self.database))
        )
        self.address = (await self.server.start()).rstrip("/")
        self._opened.push_async_callback(self.server.stop)
        if self._acts:
            queue = queue_app(self.database_url, application_name="tests queue")
            await self._opened.enter_async_context(queue.open_async())
            self.server.accept_actions(queue, self.database_url)


async def fill(url: str, database: Database) -> dict[str, str]:
    """A source with all that may befall it; returns what the places in routes stand for."""
    visit = open_visit(url, now=datetime.now(UTC) - timedelta(minutes=30))
    began = datetime.now(UTC) - timedelta(minutes=20)
    pages = [
        Page(visit, f"https://gazette.example/{n}", began, _article(n), http_status=200, duration_ms=40 + n)
        for n in range(4)
    ]
    pages += [Page(visit, bad, began, _article(10 + n, url=bad)) for n, bad in enumerate(BAD_URLS)]
    rejected = {"outcome": Outcome.REJECTED, "reason": Reason.NOT_ARTICLE, "detail": HARM}
    pages += [Page(visit, "https://gazette.example/about", began, final_url=BAD_URLS[0], **rejected)]
    stored = await load(database, pages)
    again = began + timedelta(minutes=5)
    await load(database, [Page(visit, "https://gazette.example/0", again, _article(0, edited=True))])
    crash = {"outcome": Outcome.FAILED, "reason": Reason.EXTRACTION_CRASHED, "detail": HARM}
    for minute in range(3):
        at = again + timedelta(minutes=minute)
        await load(database, [Page(visit, f"https://gazette.example/{HARM}", at, **crash)])
    async with database.transaction() as connection:
        await _raise_alarms(connection, visit.source_id, visit.run_id)
    return {"name": "gazette", "run_id": str(visit.run_id), "article_id": str(stored[0].article_id)}


async def _raise_alarms(connection: Any, source_id: int, run_id: UUID) -> None:
    now = datetime.now(UTC)
    evidence = [
        Evidence(HARM, run_id=str(run_id)),
        Evidence(HARM, url=BAD_URLS[0]),
        Evidence(HARM, document=BAD_URLS[1], source="gazette"),
    ]
    for kind in (Kind.SILENCE, Kind.GAP):
        await raise_alarm(connection, kind, HARM, now=now, source_id=source_id, evidence=evidence)
    await raise_alarm(connection, Kind.OWN_NETWORK, HARM, now=now)
    await connection.execute(
        "INSERT INTO tidings.actions (action, source, url, taken_by) VALUES ('drop', 'gazette', %s, %s)",
        (BAD_URLS[0], HARM),
    )


def _article(number: int, *, url: str | None = None, edited: bool = False) -> Article:
    words = "reopened on Tuesday after all" if edited else "reopened on Monday"
    return Article(
        url or f"https://gazette.example/{number}",
        f"Bridge {number} reopens {HARM}",
        f"The bridge number {number} over the Lend {words}.\n{HARM}\nThe mayor was there, number {number}.",
        description=HARM,
        authors=(HARM, "Ada Reed"),
        article_section=HARM,
        keywords=(HARM, "bridges"),
        in_language="en",
        date_published=datetime.now(UTC) - timedelta(hours=1),
        main_image_url=BAD_URLS[0],
        main_image_caption=HARM,
        main_image_credit=HARM,
        dateline=HARM,
        canonical_url=BAD_URLS[0],
        word_count=17,
        origins={"headline": "json_ld", "article_body": "html"},
    )
