-- From "due" to "queued", and back from "lost".

-- name: claim_due_sources
-- The sources whose slot has come and that have no run under way. The time is a parameter: with a volatile
-- clock in its place the planner could not use the index.
SELECT source_id, name, definition, host_lock, due_at
  FROM tidings.sources
 WHERE state = 'enabled' AND run_id IS NULL AND due_at <= %(now)s
 ORDER BY due_at
 LIMIT %(limit)s
   FOR UPDATE SKIP LOCKED;

-- name: claim_named_sources
-- These sources, due or not, unless a run is under way.
SELECT source_id, name, definition, host_lock, due_at
  FROM tidings.sources
 WHERE name = ANY(%(names)s) AND state <> 'removed' AND run_id IS NULL
 ORDER BY name
   FOR UPDATE;

-- name: insert_runs
-- Open a run for each slot that has none yet.
INSERT INTO tidings.runs (run_id, source_id, trigger, revisit, scheduled_for, queued_at)
SELECT r.run_id, r.source_id, r.trigger, r.revisit, r.scheduled_for, %(now)s
  FROM jsonb_to_recordset(%(rows)s)
       AS r(run_id uuid, source_id bigint, trigger tidings.run_trigger, revisit boolean, scheduled_for timestamptz)
ON CONFLICT (source_id, trigger, scheduled_for) DO NOTHING
RETURNING run_id;

-- name: set_jobs
-- Which job of the queue carries which run.
UPDATE tidings.runs r
   SET job_id = j.job_id
  FROM jsonb_to_recordset(%(rows)s) AS j(run_id uuid, job_id bigint)
 WHERE r.run_id = j.run_id;

-- name: mark_claimed
-- The run that now serves these sources, and their next slot.
UPDATE tidings.sources s
   SET run_id = r.run_id, due_at = r.due_at
  FROM jsonb_to_recordset(%(rows)s) AS r(source_id bigint, run_id uuid, due_at timestamptz)
 WHERE s.source_id = r.source_id;

-- name: find_lost_runs
-- Unfinished runs that nobody works on: their job is gone, or its worker has not been heard of for a while.
SELECT r.run_id, r.attempt, r.job_id, s.source_id, s.name, s.host_lock, j.status::text AS job_status
  FROM tidings.runs r
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.procrastinate_jobs j ON j.id = r.job_id
  LEFT JOIN tidings.procrastinate_workers w ON w.id = j.worker_id
 WHERE r.finished_at IS NULL
   AND r.job_id IS NOT NULL
   AND (j.id IS NULL
        OR j.status NOT IN ('todo', 'doing')
        OR (j.status = 'doing'
            AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(silence)s))))
 ORDER BY r.run_id
   FOR UPDATE OF r SKIP LOCKED;

-- name: end_job
-- Take a lost job out of the queue, so that its lock is free.
SELECT tidings.procrastinate_finish_job_v1(%(job_id)s, 'failed', true);

-- name: abandon_run
-- Close a run that no worker could bring to its end.
UPDATE tidings.runs
   SET finished_at = %(now)s, outcome = 'aborted', reason = 'worker_lost'
 WHERE run_id = %(run_id)s AND finished_at IS NULL;
