-- What the metrics, the health endpoints and systemd are told of the whole installation.

-- name: read_vitals
-- How everything stands, in one row. Whoever holds the advisory lock leads; its number stands in two halves in pg_locks.
SELECT j.num_waiting, j.num_running, r.queue_oldest_seconds, s.num_enabled, s.num_disabled, s.num_failing,
       d.num_due, d.num_overdue, d.due_oldest_seconds, l.has_leader, a.alarms, a.alarms_named, q.num_quarantined,
       pg_database_size(current_database()) AS num_bytes
  FROM (SELECT count(*) FILTER (WHERE status = 'todo') AS num_waiting,
               count(*) FILTER (WHERE status = 'doing') AS num_running
          FROM tidings.procrastinate_jobs
         WHERE status IN ('todo', 'doing') AND task_name = 'visit') j
 CROSS JOIN (SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float8 AS queue_oldest_seconds
               FROM tidings.runs
              WHERE finished_at IS NULL AND started_at IS NULL) r
 CROSS JOIN (SELECT count(*) FILTER (WHERE state = 'enabled') AS num_enabled,
                    count(*) FILTER (WHERE state = 'disabled') AS num_disabled,
                    count(*) FILTER (WHERE state = 'enabled' AND failure_score > 0) AS num_failing
               FROM tidings.sources) s
 CROSS JOIN (SELECT count(*) AS num_due,
                    count(*) FILTER (WHERE due_at < now() - interval '1 minute') AS num_overdue,
                    coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8 AS due_oldest_seconds
               FROM tidings.sources
              WHERE state = 'enabled' AND run_id IS NULL AND due_at <= now()) d
 CROSS JOIN (SELECT EXISTS (SELECT FROM pg_locks
                             WHERE locktype = 'advisory' AND granted AND objsubid = 1
                               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                               AND (classid::bigint << 32) + objid::bigint = %(lock)s) AS has_leader) l
 CROSS JOIN (SELECT coalesce(jsonb_object_agg(kind, num) FILTER (WHERE kind IS NOT NULL), '{}') AS alarms,
                    (SELECT coalesce(jsonb_agg(jsonb_build_array(n.kind, n.source)), '[]')
                       FROM (SELECT a.kind, coalesce(s.name, '') AS source
                               FROM tidings.alarms a LEFT JOIN tidings.sources s USING (source_id)
                              WHERE a.cleared_at IS NULL
                              ORDER BY a.raised_at, a.alarm_id
                              LIMIT %(limit)s) n) AS alarms_named
               FROM (SELECT kind, count(*) AS num FROM tidings.alarms WHERE cleared_at IS NULL GROUP BY kind) k) a
 CROSS JOIN (SELECT count(*) AS num_quarantined FROM tidings.quarantine) q;
