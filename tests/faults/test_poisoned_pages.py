"""Pages that crash, hang or bloat whoever reads them, among many that do not."""

from pathlib import Path

import psutil
import pytest
from aiohttp import web

from tests.faults.audit import audit
from tests.faults.daemon import Installation
from tests.faults.papers import Papers, page
from tests.support.cli import eventually
from tests.support.newsdesk import framed
from tests.support.pages import rss
from tests.support.processes import children

POISON = Path(__file__).parent.parent / "support" / "poison"
CRASH, HANG, BLOAT, RULED = (0, "/a/3"), (1, "/a/7"), (2, "/a/11"), (3, "/a/5")
REASONS = {
    CRASH: "extraction_crashed",
    HANG: "extraction_timeout",
    BLOAT: "extraction_memory",
    RULED: "extraction_timeout",
}
CUBIC = "//h1[count(//p[count(//p[count(//p) > 0]) > 0]) > 0]"
"""The headline, in a time that grows with the cube of how many paragraphs there are: nothing is injected."""


class RuledPapers(Papers):
    """Papers of which the last is read by a rule."""

    def sources(self, **keys):
        """A table for each."""
        *others, last = super().sources(**keys)
        return [*others, last | {"rules": [{"fields": {"headline": CUBIC}}]}]


@pytest.fixture
def papers():
    """Four papers."""
    with RuledPapers(sites=4, articles=12) as opened:
        yield opened


@pytest.fixture
def installation(papers, database_url, tmp_path):
    """Tidings with one worker, which all papers share."""
    crawl = {"extraction_timeout": "2s", "worker_memory": 300 * 2**20}
    made = Installation(papers, database_url, tmp_path, crawl=crawl)
    yield made
    made.end()


def answering(text):
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type="text/html")

    return answer


def poison(papers):
    """Poison a page of each paper; the URLs of all others."""
    for (site, path), kind in {CRASH: "CRASH", HANG: "HANG", BLOAT: "BLOAT"}.items():
        text = page(site, int(path[3:])).replace("</body>", f"<!-- POISON-{kind} --></body>")
        papers.answers[site, path] = answering(text)
    papers.answers[RULED] = answering(framed("The longest list", ["A ferry came in."] * 3000))
    return papers.expected - {papers.url(*place) for place in REASONS}


def list_again(papers, *, poisoned=None):
    """Have every feed list what it listed, in another order; reading that of one site then crashes."""
    for site in range(papers.num_sites):
        urls = [papers.url(site, f"/a/{n}") for n in reversed(range(papers.num_listed))]
        poison = "<!-- POISON-CRASH -->" if site == poisoned else ""
        papers.answers[site, "/feed"] = answering(rss(*urls) + poison)


def in_quarantine(installation):
    """Let what failed be tried at once; which pages are in quarantine, and why, after how many attempts."""
    with installation.connected() as connection:
        connection.execute("UPDATE tidings.urls SET next_visit_at = now() WHERE next_visit_at > now()")
        found = connection.execute("""
            SELECT u.url, q.reason, q.num_attempts FROM tidings.quarantine q JOIN tidings.urls u USING (url_id)""")
        return {url: (reason, attempts) for url, reason, attempts in found}


def test_a_poisoned_page_harms_nobody_else(installation, papers, figures):
    """The worker lives on, all other articles are stored, and the page ends in quarantine with its reason.

    A feed of that kind only fails.
    """
    expected = poison(papers)
    daemon = installation.start(PYTHONPATH=str(POISON))
    stored = lambda: installation.value("SELECT count(*) FROM tidings.copies")  # noqa: E731
    figures.within(30, "all other articles were stored within", lambda: stored() == len(expected))
    (worker,) = children(daemon.pid)
    eventually(lambda: len(in_quarantine(installation)) == len(REASONS))
    assert in_quarantine(installation) == {papers.url(*place): (why, 3) for place, why in REASONS.items()}
    (reader,) = children(worker)
    for name, pid in (("worker", worker), ("reader", reader)):
        figures.note(f"resident memory of the {name}", psutil.Process(pid).memory_info().rss / 2**20, "MiB")
    list_again(papers)
    listed_again = "SELECT count(*) FROM tidings.pages WHERE outcome = 'rejected' AND reason = 'quarantined'"
    eventually(lambda: installation.value(listed_again) == len(REASONS))
    list_again(papers, poisoned=1)
    eventually(lambda: installation.log("document.failed"))
    assert installation.log("document.failed")[-1]["reason"] == "extraction_crashed"
    installation.rest()
    assert children(daemon.pid) == [worker], "the worker is another one"
    assert len(installation.log("page.quarantined")) == len(REASONS)
    assert sum(papers.article_requests[papers.url(*place)] for place in REASONS) == 3 * len(REASONS)
    assert installation.stop(daemon) == 0
    audit(installation, expected=expected)
