-- From "due" to "queued", and back from "lost".

-- name: claim_due_sources
-- The sources whose slot has come and that have no run under way. The time is a parameter: with a volatile
-- clock in its place the planner could not use the index. While our own network fails only a few are tried, and in
-- the minute after that not all at once.
SELECT source_id, name, definition, host_lock, due_at, failure_score
  FROM tidings.sources
 WHERE state = 'enabled' AND run_id IS NULL AND due_at <= %(now)s
 ORDER BY due_at
 LIMIT (SELECT CASE WHEN count(*) = 0 THEN %(limit)s WHEN bool_or(cleared_at IS NULL) THEN 5 ELSE 20 END
          FROM tidings.alarms
         WHERE kind = 'own_network' AND (cleared_at IS NULL OR cleared_at > %(now)s - interval '1 minute'))
   FOR NO KEY UPDATE SKIP LOCKED;

-- name: claim_named_sources
-- These sources, due or not, unless a run is under way.
SELECT source_id, name, definition, host_lock, due_at, failure_score
  FROM tidings.sources
 WHERE name = ANY(%(names)s) AND state <> 'removed' AND run_id IS NULL
 ORDER BY name
   FOR NO KEY UPDATE;

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
-- Unfinished runs that nobody works on: their job is gone, or neither the queue nor we have heard of its worker
-- for a while. (The queue's own worker falls silent before its runs do, when it has lost its connection.) Workers in a
-- row that were lost over a run are those since one that went down with its whole host.
SELECT r.run_id, r.attempt, r.job_id, s.source_id, s.name, s.host_lock, j.status::text AS job_status,
       r.attempt - coalesce((SELECT max(l.attempt) FROM tidings.lost_attempts l
                              WHERE l.run_id = r.run_id AND l.with_host), 0) AS num_in_a_row
  FROM tidings.runs r
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.procrastinate_jobs j ON j.id = r.job_id
  LEFT JOIN tidings.procrastinate_workers q ON q.id = j.worker_id
  LEFT JOIN tidings.workers w ON w.worker = r.worker
 WHERE r.finished_at IS NULL
   -- An import is taken up again by the command that began it.
   AND r.import_id IS NULL
   -- A run without a job is a `scrapy crawl`, which has no heartbeat.
   AND (r.job_id IS NOT NULL OR r.queued_at < now() - interval '1 day')
   AND (j.id IS NULL
        OR j.status NOT IN ('todo', 'doing')
        OR (j.status = 'doing'
            AND coalesce(greatest(q.last_heartbeat, w.heartbeat_at), '-infinity')
                < now() - make_interval(secs => %(silence)s)))
 ORDER BY r.run_id
   FOR UPDATE OF r SKIP LOCKED;

-- name: find_left_jobs
-- Jobs that nobody will end any more: their run is over, or their worker is gone. A worker that cannot reach the
-- database at the end of a run leaves such a job, and with it the lock on its host.
SELECT j.id AS job_id
  FROM tidings.procrastinate_jobs j
  LEFT JOIN tidings.runs r ON r.job_id = j.id
  LEFT JOIN tidings.procrastinate_workers q ON q.id = j.worker_id
 WHERE j.status = 'doing'
   AND CASE WHEN r.run_id IS NOT NULL
            THEN r.finished_at IS NOT NULL AND (q.id IS NULL OR r.finished_at < now() - make_interval(secs => %(silence)s))
            ELSE q.id IS NULL OR q.last_heartbeat < now() - make_interval(secs => %(silence)s) END
 ORDER BY j.id
   FOR UPDATE OF j SKIP LOCKED;

-- name: beat
-- A worker says that it lives.
INSERT INTO tidings.workers (worker, started_at, heartbeat_at) VALUES (%(worker)s, now(), now())
ON CONFLICT (worker) DO UPDATE SET heartbeat_at = now()
RETURNING heartbeat_at;

-- name: forget_worker
-- A worker has ended in good order.
DELETE FROM tidings.workers WHERE worker = %(worker)s;

-- name: end_worker
-- A worker has died, for certain. Once neither we nor the queue know of it any more, its runs are lost.
WITH lost AS (
    SELECT run_id, attempt FROM tidings.runs
     WHERE finished_at IS NULL AND worker = %(worker)s AND attempt > 0
       FOR UPDATE
), noted AS (
    INSERT INTO tidings.lost_attempts (run_id, attempt, worker, lost_at, with_host)
    SELECT run_id, attempt, %(worker)s, now(), %(with_host)s FROM lost
    ON CONFLICT (run_id, attempt) DO NOTHING
), unregistered AS (
    DELETE FROM tidings.procrastinate_workers WHERE id = ANY(%(queue_ids)s::bigint[])
)
DELETE FROM tidings.workers WHERE worker = %(worker)s;

-- name: forget_dead_workers
-- Workers that have been silent for a day.
DELETE FROM tidings.workers WHERE heartbeat_at < now() - interval '1 day';

-- name: end_job
-- Take a lost job out of the queue, so that its lock is free.
SELECT tidings.procrastinate_finish_job_v1(%(job_id)s, 'failed', true);
