"""What must hold when everything has come to rest, whatever happened before."""

import psycopg

from tests.faults.daemon import Installation
from tests.support.invariants import AS_LOADED

AT_REST = AS_LOADED | {
    "nothing is stuck": "SELECT run_id FROM tidings.runs WHERE finished_at IS NULL",
    "no source is held by a run that is over": """
        SELECT s.name FROM tidings.sources s JOIN tidings.runs r USING (run_id) WHERE r.finished_at IS NOT NULL""",
    "the queue is empty": """
        SELECT id FROM tidings.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = 'visit'""",
    "every attempt has one end": """
        SELECT r.run_id, r.attempt, r.outcome, r.reason, r.started_at, r.finished_at,
               ARRAY(SELECT l.attempt || ' ' || l.worker FROM tidings.lost_attempts l WHERE l.run_id = r.run_id)
          FROM tidings.runs r
         WHERE r.job_id IS NOT NULL AND r.attempt > 0
           AND (SELECT count(*) FROM tidings.lost_attempts l WHERE l.run_id = r.run_id AND l.attempt < r.attempt)
               <> r.attempt - 1""",
    "a link of a run is counted once": """
        SELECT run_id, attempt, num_links, num_known FROM tidings.runs
         WHERE num_links < num_known + num_new + num_changed + num_duplicate + num_unchanged
                           + num_rejected + num_failed""",
    "an attempt that was lost is none that ended the run": """
        SELECT l.run_id FROM tidings.lost_attempts l JOIN tidings.runs r USING (run_id)
         WHERE l.attempt > r.attempt OR (l.attempt = r.attempt AND r.outcome <> 'aborted')""",
    "a slot ran once": """
        SELECT source_id FROM tidings.runs WHERE trigger = 'timetable'
         GROUP BY source_id, scheduled_for HAVING count(*) > 1""",
    "a quarantined page is not visited": """
        SELECT q.url_id FROM tidings.quarantine q JOIN tidings.urls u USING (url_id)
         WHERE u.next_visit_at IS NOT NULL""",
}
"""Name, in English, to the statement that finds what breaks it."""


def audit(installation: Installation, *, expected: set[str] | None = None) -> None:
    """AssertionError for what is missing, doubled or stuck; ``expected`` are the URLs with an article each."""
    expected = installation.papers.expected if expected is None else expected
    with psycopg.connect(installation.database_url) as connection:
        broken = {
            name: rows
            for name, statement in AT_REST.items()
            if (rows := connection.execute(f"SELECT * FROM ({statement}) offending LIMIT 5").fetchall())
        }
        stored = [url for (url,) in connection.execute("SELECT url FROM tidings.copies WHERE is_current")]
    assert not broken, broken
    assert sorted(stored) == sorted(expected), {"missing": expected - set(stored), "more": set(stored) - expected}
