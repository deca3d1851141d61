-- From "due" to "queued", and back from "lost".

-- name: claim_due_sources
-- The sources whose slot has come and that have no run under way. The slot that a run serves is, of those that passed
-- meanwhile, the first, for the source may have been put off; one that takes the place of a run that was cut short comes
-- before its slot. A slot may have been served before the clock was set back. The time is a parameter: with a volatile
-- clock in its place the planner could not use the index. While our own network fails only a few are tried, and in the
-- minute after that not all at once.
SELECT s.source_id, s.name, s.definition, s.host_lock, s.slot_at, s.due_at, s.learned_every, s.failure_score,
       least(s.due_at, s.slot_at) AS slot_served,
       EXISTS (SELECT FROM tidings.runs r
                WHERE r.source_id = s.source_id AND r.trigger = 'timetable'
                  AND r.scheduled_for = least(s.due_at, s.slot_at)) AS is_served
  FROM tidings.sources s
 WHERE s.state = 'enabled' AND s.run_id IS NULL AND s.due_at <= %(now)s
 ORDER BY s.due_at
 LIMIT (SELECT CASE WHEN count(*) = 0 THEN %(limit)s WHEN bool_or(cleared_at IS NULL) THEN 5 ELSE 20 END
          FROM tidings.alarms
         WHERE kind = 'own_network' AND (cleared_at IS NULL OR cleared_at > %(now)s - interval '1 minute'))
   FOR NO KEY UPDATE OF s SKIP LOCKED;

-- name: claim_named_sources
-- These sources, due or not, unless a run is under way.
SELECT source_id, name, definition, host_lock, slot_at, due_at, learned_every, failure_score,
       NULL AS slot_served, false AS is_served
  FROM tidings.sources
 WHERE name = ANY(%(names)s) AND state <> 'removed' AND run_id IS NULL
 ORDER BY name
   FOR NO KEY UPDATE;

-- name: open_runs
-- Open a run for each of these claimed sources, and set its next slot. What has no job, or whose slot has a run after
-- all, only moves on. One statement, so that every row is written once.
WITH claimed AS (
    SELECT * FROM unnest(%(source_ids)b::bigint[], %(run_ids)b::uuid[], %(job_ids)b::bigint[],
                         %(scheduled_for)b::timestamptz[], %(slot_at)b::timestamptz[], %(due_at)b::timestamptz[])
                  AS c(source_id, run_id, job_id, scheduled_for, slot_at, due_at)
), opened AS (
    INSERT INTO tidings.runs (run_id, source_id, trigger, revisit, scheduled_for, queued_at, job_id)
    SELECT run_id, source_id, %(trigger)s, %(revisit)s, scheduled_for, %(now)s, job_id
      FROM claimed
     WHERE job_id IS NOT NULL
    ON CONFLICT (source_id, trigger, scheduled_for) DO NOTHING
    RETURNING run_id
)
UPDATE tidings.sources s
   SET run_id = o.run_id, slot_at = c.slot_at, due_at = c.due_at, timed_at = now()
  FROM claimed c LEFT JOIN opened o USING (run_id)
 WHERE s.source_id = c.source_id
RETURNING o.run_id;

-- name: find_served_slots
-- Of these sources those that have had a run for their next slot, too.
SELECT r.source_id
  FROM unnest(%(source_ids)s::bigint[], %(slot_at)s::timestamptz[]) AS r(source_id, slot_at)
 WHERE EXISTS (SELECT FROM tidings.runs o
                WHERE o.source_id = r.source_id AND o.trigger = 'timetable' AND o.scheduled_for = r.slot_at);

-- name: set_jobs
-- Which job of the queue carries which run.
UPDATE tidings.runs r
   SET job_id = j.job_id
  FROM jsonb_to_recordset(%(rows)s) AS j(run_id uuid, job_id bigint)
 WHERE r.run_id = j.run_id;

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
  LEFT JOIN tidings.runs r ON r.run_id = (j.args ->> 'run_id')::uuid AND r.job_id = j.id
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

-- name: read_latest_time
-- The database's time, and the latest that a slot was set at.
SELECT now() AS now, (SELECT max(timed_at) FROM tidings.sources WHERE state = 'enabled') AS timed_at;

-- name: find_timed_ahead
-- The next sources, in their order, whose slots were set at a time that is yet to come.
SELECT source_id, definition, slot_at, due_at
  FROM tidings.sources
 WHERE state = 'enabled' AND source_id > %(source_id)s AND timed_at > %(later)s
 ORDER BY source_id
 LIMIT %(limit)s
   FOR NO KEY UPDATE;

-- name: recall_sources
-- Set the slots of sources anew.
UPDATE tidings.sources s
   SET slot_at = r.slot_at, due_at = r.due_at, timed_at = now()
  FROM jsonb_to_recordset(%(rows)s) AS r(source_id bigint, slot_at timestamptz, due_at timestamptz)
 WHERE s.source_id = r.source_id;

-- name: recall_turns
-- A clock was set back: hosts that were asked by it as it was are not to wait until it shows that time again, and
-- their pauses end after as long as they were to last.
UPDATE tidings.hosts
   SET turn_at = turn_at + %(jump)s, paused_until = paused_until + %(jump)s
 WHERE turn_at > %(later)s;

-- name: recall_heartbeats
-- A clock was set back: who dies now must not seem to live until it shows that time again.
WITH queue AS (UPDATE tidings.procrastinate_workers SET last_heartbeat = now() WHERE last_heartbeat > %(later)s)
UPDATE tidings.workers SET heartbeat_at = now() WHERE heartbeat_at > %(later)s;

-- name: recall_alarms
-- A clock was set back: an alarm that was cleared by it as it was is over, and not about to be.
UPDATE tidings.alarms SET cleared_at = now() WHERE cleared_at > %(later)s;
