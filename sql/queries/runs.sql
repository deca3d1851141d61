-- A run from taken up to finished.

-- name: insert_run
-- Open a run outside the queue, for `scrapy crawl`.
INSERT INTO tidings.runs (run_id, source_id, trigger, revisit, scheduled_for, queued_at)
VALUES (%(run_id)s, %(source_id)s, 'command', %(revisit)s, %(now)s, %(now)s);

-- name: start_run
-- Take a run up. The attempt it returns is the key to every later write; one that had it before is lost.
WITH lost AS (
    INSERT INTO tidings.lost_attempts (run_id, attempt, worker, lost_at)
    SELECT run_id, attempt, worker, now()
      FROM tidings.runs
     WHERE run_id = %(run_id)s AND finished_at IS NULL AND attempt > 0
    ON CONFLICT (run_id, attempt) DO NOTHING
)
UPDATE tidings.runs r
   SET started_at = coalesce(r.started_at, now()), attempt = r.attempt + 1, worker = %(worker)s
  FROM tidings.sources s
 WHERE r.run_id = %(run_id)s AND r.finished_at IS NULL AND s.source_id = r.source_id
RETURNING r.attempt, r.queued_at, r.started_at, r.revisit, r.trigger, s.source_id, s.definition, s.updated_at, s.due_at,
          s.edit_rate, s.learned_every;

-- name: lock_run
-- Before a run is closed: whatever batch still has pages of it is loaded first, and counted by the next statement.
SELECT FROM tidings.runs WHERE run_id = %(run_id)s FOR UPDATE;

-- name: finish_run
-- Close a run with what its pages came to; nothing happens if another attempt has it now. What an attempt that was lost
-- had stored is known to the last one, and counted among the pages.
UPDATE tidings.runs r
   SET finished_at = %(now)s, outcome = %(outcome)s, reason = %(reason)s,
       num_links = greatest(%(num_links)s, p.num_pages),
       num_known = least(%(num_known)s, greatest(%(num_links)s, p.num_pages) - p.num_pages),
       num_fetched = p.num_fetched, num_new = p.num_new, num_changed = p.num_changed,
       num_duplicate = p.num_duplicate, num_unchanged = p.num_unchanged,
       num_rejected = p.num_rejected, num_failed = p.num_failed
  FROM (SELECT count(*) AS num_pages,
               count(*) FILTER (WHERE reason::text <> ALL(%(never_fetched)s)) AS num_fetched,
               count(*) FILTER (WHERE outcome = 'new') AS num_new,
               count(*) FILTER (WHERE outcome = 'changed') AS num_changed,
               count(*) FILTER (WHERE outcome = 'duplicate') AS num_duplicate,
               count(*) FILTER (WHERE outcome = 'unchanged') AS num_unchanged,
               count(*) FILTER (WHERE outcome = 'rejected') AS num_rejected,
               count(*) FILTER (WHERE outcome = 'failed') AS num_failed
          FROM tidings.pages WHERE run_id = %(run_id)s) p
 WHERE r.run_id = %(run_id)s AND r.attempt = %(attempt)s AND r.finished_at IS NULL
RETURNING r.attempt, r.started_at, r.outcome, r.reason, r.num_links, r.num_known, r.num_fetched, r.num_new, r.num_changed,
          r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed;

-- name: release_source
-- The source's run is over. A failure puts the next one off once the score has a full point; one that a shutdown cut
-- short is due again at once. What its visits to known articles found becomes part of its edit rate. The slot of an
-- adaptive source is settled only now, unless what the operator says of it was changed meanwhile. A slot that stays
-- keeps the time at which it was set: should a clock have been set back since, it is recalled by that. The source is
-- locked before its slot is read: whoever moves it meanwhile (a recall, an operator) would be undone otherwise.
UPDATE tidings.sources s
   SET run_id = NULL,
       edit_rate = s.edit_rate + %(edit_weight)s * (%(edit_share)s - s.edit_rate),
       failure_score = o.failure_score,
       failing_since = CASE WHEN %(good)s THEN NULL WHEN %(weight)s > 0 THEN coalesce(s.failing_since, %(now)s)
                            ELSE s.failing_since END,
       last_success_at = CASE WHEN %(good)s THEN %(now)s ELSE s.last_success_at END,
       learned_every = CASE WHEN w.is_learned THEN %(learned_every)s ELSE s.learned_every END,
       slot_at = CASE WHEN w.is_learned THEN o.slot ELSE s.slot_at END,
       due_at = n.due_at,
       timed_at = CASE WHEN w.is_learned THEN now() ELSE greatest(s.timed_at, now()) END
  FROM (SELECT source_id, c.failure_score, r.queued_at, coalesce(c.slot_at, c.due_at) AS slot,
               %(slot_at)s::timestamptz IS NOT NULL AND c.state = 'enabled'
               AND c.updated_at = %(changed_at)s::timestamptz AS is_learned
          FROM tidings.sources c JOIN tidings.runs r USING (source_id, run_id)
         WHERE c.run_id = %(run_id)s
           FOR NO KEY UPDATE OF c) w
 CROSS JOIN LATERAL (
       SELECT CASE WHEN w.is_learned THEN %(slot_at)s ELSE w.slot END AS slot,
              coalesce(%(every)s, greatest(w.slot - w.queued_at, %(default_every)s)) AS every,
              CASE WHEN %(good)s THEN 0 ELSE w.failure_score + %(weight)s END AS failure_score) o
 CROSS JOIN LATERAL (
       SELECT CASE WHEN %(again)s THEN least(o.slot, %(now)s)
                   ELSE greatest(o.slot, %(due_after)s,
                                 CASE WHEN o.failure_score >= 1
                                      THEN %(now)s + least(o.every * 2 ^ least(floor(o.failure_score), 12),
                                                           interval '30 days') END) END AS due_at) n
 WHERE s.source_id = w.source_id
RETURNING s.failure_score, s.due_at, s.due_at > o.slot AS put_off;

-- name: find_runs
-- These runs, for one who waits for them.
SELECT r.run_id, s.name AS source, r.outcome, r.reason, r.finished_at, r.num_links, r.num_known, r.num_fetched,
       r.num_new, r.num_changed, r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE r.run_id = ANY(%(run_ids)s::uuid[])
 ORDER BY s.name;

-- name: find_waiting_runs
-- Runs that the queue carries, of these sources or of all.
SELECT r.run_id
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE r.finished_at IS NULL AND r.job_id IS NOT NULL
   AND (cardinality(%(names)s::text[]) = 0 OR s.name = ANY(%(names)s));
