"""How soon a URL is explained, and what is recorded for it.

``python -m tests.benchmarks.explain [DATABASE_URL]`` prints microseconds of CPU and bytes of a visit's trace; and
of a database with a history (``tests.benchmarks.history``) milliseconds from the URL to the explanation, by what
the URL came to: the median of nine, and the first.
"""

import asyncio
import json
import sys
import time
from statistics import median
from uuid import UUID

import psycopg
from scrapy.http import HtmlResponse, Request

from crawler.article import Article
from crawler.ingestion.page import Visit
from crawler.reading import Verdict
from crawler.spiders.traces import trace_of
from scheduler.explain import explain
from sql.database import open_database

_TIMES = 9
_ANY = "SELECT u.url FROM tidings.urls u"
_PICKS = {
    "stored": f"{_ANY} WHERE outcome = 'unchanged' LIMIT 1",
    "edited": f"{_ANY} JOIN tidings.article_urls USING (url_id) WHERE revision > 1 LIMIT 1",
    "most visits": f"{_ANY} JOIN (SELECT url_id FROM tidings.pages GROUP BY 1 ORDER BY count(*) DESC LIMIT 1) p "
    "USING (url_id)",
    "most copies": f"{_ANY} JOIN tidings.article_urls USING (url_id) WHERE article_id = (SELECT article_id "
    "FROM tidings.article_urls GROUP BY 1 ORDER BY count(*) DESC LIMIT 1) LIMIT 1",
    "failed": f"{_ANY} WHERE outcome = 'failed' LIMIT 1",
    "rejected": f"{_ANY} WHERE outcome = 'rejected' LIMIT 1",
    "quarantined": f"{_ANY} JOIN tidings.quarantine USING (url_id) LIMIT 1",
    "never seen": "SELECT url || 'never-heard-of' FROM tidings.sources ORDER BY source_id DESC LIMIT 1",
    "unwatched": "SELECT 'https://nobody.example/'",
}


def main() -> None:
    """Print both."""
    _print_trace()
    if len(sys.argv) > 1:
        asyncio.run(_print_times(sys.argv[1]))


def _print_trace() -> None:
    visit, url = Visit(UUID(int=1), 1, 1, "gazette"), "https://gazette.example/1"
    met = {"visit_for": "listed", "robots": {"group": "*"}, "turn_seconds": 0.9, "download_seconds": 0.2}
    request = Request(url, headers={"If-None-Match": '"x"'}, meta=met)
    headers = {"Content-Type": "text/html; charset=utf-8", "ETag": '"x"', "Last-Modified": "yesterday"}
    response = HtmlResponse(url, headers=headers, body=b"page", request=request)
    verdict = Verdict(Article(url, "Ferry sails", "It sails."), reader="blocks")
    begun = time.process_time()
    for _ in range(10_000):
        trace = trace_of(visit, request, response, verdict, read_seconds=0.03)
    took = time.process_time() - begun
    print(f"a trace: {took * 100:.0f} microseconds, {len(json.dumps(trace))} bytes of JSON")


async def _print_times(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        picks = {kind: connection.execute(statement).fetchone() for kind, statement in _PICKS.items()}
    async with open_database(database_url, application_name="benchmark") as database:
        for kind, row in picks.items():
            if row is None:
                print(f"{kind:12} none there")
                continue
            times = []
            for _ in range(_TIMES):
                begun = time.perf_counter()
                explanation = await explain(database.fetch, row[0])
                times.append((time.perf_counter() - begun) * 1000)
            print(f"{kind:12} {median(times):6.1f} ms, at first {times[0]:6.1f} ms  {explanation.state}")


if __name__ == "__main__":
    main()
