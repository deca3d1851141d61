"""Rows of every kind that the operator page shows, and what of theirs a page must not obey."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from crawler.alarms import Evidence, Kind, raise_alarm
from crawler.article import Article
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page
from crawler.outcomes import Outcome, Reason
from tests.support.loading import open_visit

TEXT = "The bridge over the Lend reopened on Monday.\nThe mayor cut a red ribbon.\nTolls stay as they were."
EDITED = "The bridge over the Lend reopened on Tuesday.\nThe mayor cut a red ribbon.\nTolls stay as they were."
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202eevil\u2066 " + "w" * 10_000
"""Markup, marks that turn the direction of writing, and a word wider than any screen."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tests ask for by number."""

    run_id: UUID
    article_id: int
    """The text that came second at its URL, and stands at another one too."""
    first_article_id: int
    now: datetime


async def fill(database, database_url, *, now=None) -> Rows:
    """One source with a visit of every outcome, its feed, an edit, a copy elsewhere, alarms and a quarantine."""
    now = now or datetime.now(UTC)
    visit = open_visit(database_url, "gazette", now=now - timedelta(minutes=9))
    other = open_visit(database_url, "herald", now=now - timedelta(minutes=9))

    def page(url, minutes, text=None, *, of=visit, **fields):
        article = Article(url, "Bridge reopens", text, word_count=20, authors=("Ann Lee",),
                          origins={"headline": "json_ld", "authors": "meta"}, in_language="en",
                          date_published=now - timedelta(hours=1)) if text else None  # fmt: skip
        at = now - timedelta(minutes=9 - minutes)
        return Page(of, url, at, article, http_status=200, duration_ms=1500, **fields)

    crash = {"outcome": Outcome.FAILED, "reason": Reason.EXTRACTION_CRASHED, "detail": "ended by SIGSEGV"}
    away = {"outcome": Outcome.REJECTED, "reason": Reason.NOT_ARTICLE, "detail": "no text"}
    site = "https://gazette.example"
    (first,) = await load(database, [page(f"{site}/bridge", 1, TEXT)])
    (second,) = await load(database, [page(f"{site}/bridge", 2, EDITED)])
    await load(database, [page("https://herald.example/bridge", 3, EDITED, of=other)])
    await load(database, [page(f"{site}/about", 3, **away)])
    for minute in (4, 5, 6):
        await load(database, [page(f"{site}/poison", minute, **crash)])
    async with database.transaction() as connection:
        evidence = [
            Evidence("the last run", run_id=str(visit.run_id)),
            Evidence("the last article", url=f"{site}/bridge"),
            Evidence("its feed", document=f"{site}/feed", source="gazette"),
        ]
        await raise_alarm(connection, Kind.SILENCE, "Nothing new for 26 hours", now=now, source_id=visit.source_id,
                          since=now - timedelta(hours=26), evidence=evidence)  # fmt: skip
    with psycopg.connect(database_url) as connection:
        _finish(connection, visit, now)
    return Rows(visit.run_id, second.article_id, first.article_id, now)


def _finish(connection, visit, now):
    """What ends a run, and what past weeks have left."""
    params = {"run_id": visit.run_id, "source_id": visit.source_id, "now": now, "fields": _FIELDS}
    for statement in _ENDINGS.split(";"):
        connection.execute(statement, params)


_FIELDS = Jsonb({"author": {"median": 0.9, "mad": 0.1}})
_ENDINGS = """
UPDATE tidings.runs
   SET started_at = queued_at, finished_at = %(now)s, outcome = 'partial', num_links = 5
 WHERE run_id = %(run_id)s;
INSERT INTO tidings.workers (worker, started_at, heartbeat_at)
VALUES ('host-1', %(now)s, %(now)s::timestamptz + interval '1 hour');
INSERT INTO tidings.lost_attempts (run_id, attempt, worker, lost_at) VALUES (%(run_id)s, 1, 'host-1', %(now)s);
INSERT INTO tidings.documents (source_id, url, kind, is_root, moved_to, num_moves)
VALUES (%(source_id)s, 'https://gazette.example/feed', 'feed', true, 'https://gazette.example/rss', 2);
INSERT INTO tidings.polls (run_id, document_id, polled_at, outcome, reason, detail, duration_ms)
SELECT %(run_id)s, document_id, %(now)s, 'failed', 'http_5xx', 'bad gateway', 700 FROM tidings.documents;
INSERT INTO tidings.alarms (kind, source_id, raised_at, cleared_at, cause)
VALUES ('gap', %(source_id)s, %(now)s::timestamptz - interval '3 days', %(now)s, 'Its feed has lost articles');
INSERT INTO tidings.baselines (source_id, num_weeks, num_new, usual, spread, longest_quiet, fields, computed_at)
VALUES (%(source_id)s, 5, 210, array_fill(0.25::real, '{168}'), array_fill(0.1::real, '{168}'), 2,
        %(fields)s, %(now)s)
"""


def poison(database_url):
    """Put hostile text wherever others' text is kept."""
    evidence = {"text": HOSTILE, "url": "javascript:alert(1)", "document": "javascript:alert(2)"}
    evidence |= {"run_id": HOSTILE[:80], "source": HOSTILE[:80]}
    with psycopg.connect(database_url) as connection:
        for statement in _POISONINGS.split(";"):
            connection.execute(statement, {"text": HOSTILE, "evidence": Jsonb([evidence])})


_POISONINGS = """
UPDATE tidings.articles
   SET headline = %(text)s, description = %(text)s, article_section = %(text)s, keywords = ARRAY[%(text)s],
       article_body = %(text)s || article_id, in_language = left(%(text)s, 40), date_published_source = %(text)s,
       main_image_url = 'javascript:alert(3)', main_image_caption = %(text)s,
       origins = jsonb_build_object('headline', %(text)s::text);
UPDATE tidings.authors SET name = %(text)s;
UPDATE tidings.urls SET url = 'javascript:alert(' || url_id || ')//' || left(%(text)s, 1500);
UPDATE tidings.pages
   SET url = 'javascript:alert(' || page_id || ')//' || left(%(text)s, 1500), detail = %(text)s,
       final_url = 'data:text/html,' || left(%(text)s, 1500), opt_outs = ARRAY[%(text)s];
UPDATE tidings.quarantine SET detail = %(text)s;
UPDATE tidings.documents
   SET url = 'javascript:alert(5)' || left(%(text)s, 100), moved_to = 'javascript:alert(6)';
UPDATE tidings.polls SET detail = %(text)s, reason = %(text)s;
UPDATE tidings.alarms SET cause = %(text)s, evidence = %(evidence)s;
UPDATE tidings.runs SET worker = %(text)s, reason = %(text)s;
UPDATE tidings.lost_attempts SET worker = %(text)s;
UPDATE tidings.sources
   SET url = 'javascript:alert(7)',
       definition = definition || jsonb_build_object('feeds', jsonb_build_array(%(text)s::text))
"""


def add_runs(database_url, source, number):
    """So many runs of a source that succeeded, a minute apart; it must be there."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_RUNS, {"source": source, "number": number})


_RUNS = """
INSERT INTO tidings.runs
       (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at, outcome)
SELECT gen_random_uuid(), source_id, 'timetable', t, t, t, t, 'succeeded'
  FROM tidings.sources, generate_series(1, %(number)s) n,
       LATERAL (SELECT now() - make_interval(mins => 60 + n)) x (t)
 WHERE name = %(source)s
"""
