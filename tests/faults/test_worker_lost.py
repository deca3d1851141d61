"""A worker is killed, or frozen and thawed: its runs go on elsewhere, and its late word counts nothing."""

import asyncio
import os
import signal
import threading
import time

import pytest
from aiohttp import web

from tests.faults.audit import audit
from tests.faults.papers import Papers, page
from tests.support.cli import eventually
from tests.support.newsdesk import framed

LATE = "This is what the frozen worker was told"


class FirstAskerWaits:
    """An article that its first asker is given late, and in words of its own."""

    def __init__(self, papers: Papers, site: int, path: str) -> None:
        self.released = threading.Event()
        self.num_asked = 0
        papers.answers[site, path] = self._answer
        lines = [f"{LATE} about the harbour and the ferry, number {n}. " * 8 for n in range(4)]
        self._text = framed("A late report", lines)

    async def _answer(self, _request: web.Request) -> web.Response:
        self.num_asked += 1
        if self.num_asked > 1:
            return web.Response(text=page(0, 0), content_type="text/html")
        while not self.released.is_set():
            await asyncio.sleep(0.05)
        return web.Response(text=self._text, content_type="text/html")


@pytest.fixture
def papers():
    """Four papers that take their time."""
    with Papers(sites=4, articles=20, latency=0.1) as opened:
        yield opened


def _worker_of(installation, source: str) -> int | None:
    """The process that works on a source's run."""
    rows = installation.fetch(
        """SELECT r.worker FROM tidings.sources s JOIN tidings.runs r USING (run_id)
            WHERE s.name = %s AND r.worker IS NOT NULL AND r.finished_at IS NULL""",
        source,
    )
    return int(rows[0][0].split(":")[1]) if rows else None


def _taken_up_again(installation, source: str):
    return lambda: [
        line for line in installation.log("run.started") if line["source"] == source and line["attempt"] == 2
    ]


def test_one_worker_of_two_is_killed(papers, installation, figures):
    """Its runs start again, and its hosts are asked again, within a minute; the other's go on as they were."""
    article = FirstAskerWaits(papers, 0, "/a/0")
    installation.start(TIDINGS_CRAWL_WORKERS="2")
    eventually(lambda: article.num_asked)
    worker = _worker_of(installation, "paper-0")
    since = time.monotonic()
    os.kill(worker, signal.SIGKILL)
    figures.within(60, "its runs have started again", _taken_up_again(installation, "paper-0"), since=since)
    figures.within(60, "its host is asked again", lambda: article.num_asked > 1, since=since)
    article.released.set()
    assert installation.log("worker.died")[0]["exit_code"] == -signal.SIGKILL
    assert {line["reason"] for line in installation.log("run.requeued")} == {"worker_lost"}
    installation.come_to_rest()
    audit(installation)


def test_a_frozen_worker_is_too_late(papers, installation, figures, full):
    """All of tidings on one of two hosts is frozen: its runs go on at the other, its late pages are dropped."""
    article = FirstAskerWaits(papers, 0, "/a/0")
    for _ in range(2):
        installation.start(TIDINGS_CRAWL_TIMEOUT="5m")
    eventually(lambda: article.num_asked)
    worker = _worker_of(installation, "paper-0")
    since = time.monotonic()
    os.killpg(os.getpgid(worker), signal.SIGSTOP)
    try:
        figures.within(60, "its runs have started again", _taken_up_again(installation, "paper-0"), since=since)
        figures.within(60, "its host is asked again", lambda: article.num_asked > 1, since=since)
        time.sleep(max(0.0, (120 if full else 20) - (time.monotonic() - since)))
    finally:
        os.killpg(os.getpgid(worker), signal.SIGCONT)
    article.released.set()
    run_id = _taken_up_again(installation, "paper-0")()[0]["run_id"]
    eventually(
        lambda: [
            line
            for event in ("page.discarded", "run.superseded")
            for line in installation.log(event)
            if line["run_id"] == run_id
        ]
    )
    installation.come_to_rest()
    audit(installation)
    late = f"%{LATE}%"
    assert installation.fetch("SELECT article_id FROM tidings.articles WHERE article_body LIKE %s", late) == []
