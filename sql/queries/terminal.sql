-- What `tidings status` and `tidings runs` show. Each of these is answered in a few hundredths of a second over
-- millions of runs and pages.

-- name: search_runs
-- The latest runs that fit, newest first; NULL asks for nothing. What is asked for is in indexes of its own where it is
-- rare: by source, by reason, those that did not succeed, those that a command began.
SELECT r.run_id, s.name AS source, r.trigger, r.attempt, r.worker, r.scheduled_for, r.queued_at, r.started_at,
       r.finished_at, r.outcome, r.reason, r.num_links, r.num_known, r.num_fetched, r.num_new, r.num_changed,
       r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed
  FROM (SELECT *
          FROM tidings.runs
         WHERE (%(source)s::text IS NULL OR source_id = (SELECT source_id FROM tidings.sources WHERE name = %(source)s))
           AND (%(outcomes)s::tidings.run_outcome[] IS NULL OR outcome = ANY (%(outcomes)s::tidings.run_outcome[]))
           AND (%(reason)s::text IS NULL OR reason = %(reason)s)
           AND (%(trigger)s::tidings.run_trigger IS NULL OR trigger = %(trigger)s::tidings.run_trigger)
           AND (%(worker)s::text IS NULL OR starts_with(worker, %(worker)s))
           AND (%(since)s::timestamptz IS NULL OR queued_at >= %(since)s)
           AND (%(until)s::timestamptz IS NULL OR queued_at < %(until)s)
         ORDER BY queued_at DESC
         LIMIT %(limit)s) r
  JOIN tidings.sources s USING (source_id)
 ORDER BY r.queued_at DESC;

-- name: estimate_everything
-- The size of the collection: counted while it is small, and then what the server's own statistics have of it.
SELECT CASE WHEN a.is_large THEN a.num ELSE (SELECT count(*) FROM tidings.articles) END AS num_articles,
       CASE WHEN c.is_large THEN c.num ELSE (SELECT count(*) FROM tidings.article_urls WHERE is_current) END AS num_copies,
       CASE WHEN u.is_large THEN u.num ELSE (SELECT count(*) FROM tidings.urls) END AS num_urls,
       a.is_large OR c.is_large OR u.is_large AS is_estimated
  FROM (SELECT reltuples::bigint AS num, reltuples > 20000 AS is_large
          FROM pg_class WHERE oid = 'tidings.articles'::regclass) a,
       (SELECT reltuples::bigint AS num, reltuples > 20000 AS is_large
          FROM pg_class WHERE oid = 'tidings."a URL has one current revision"'::regclass) c,
       (SELECT reltuples::bigint AS num, reltuples > 20000 AS is_large
          FROM pg_class WHERE oid = 'tidings.urls'::regclass) u;

-- name: measure_queue
-- What waits for a worker, what is under way, and what should be: sources that have been due for a while, and nobody
-- has queued them.
SELECT (SELECT count(*) FROM tidings.procrastinate_jobs WHERE status = 'todo' AND task_name = 'visit') AS num_queued,
       (SELECT count(*) FROM tidings.procrastinate_jobs WHERE status = 'doing' AND task_name = 'visit') AS num_running,
       (SELECT min(queued_at) FROM tidings.runs WHERE finished_at IS NULL AND started_at IS NULL AND import_id IS NULL)
           AS oldest_waiting,
       o.num_overdue, o.overdue_since
  FROM (SELECT count(*) AS num_overdue, min(due_at) AS overdue_since
          FROM tidings.sources
         WHERE state = 'enabled' AND run_id IS NULL AND due_at < now() - make_interval(secs => %(patience)s)) o;

-- name: list_workers
-- The workers that were heard of within a day, the liveliest first.
SELECT worker, started_at, heartbeat_at, heartbeat_at > now() - make_interval(secs => %(silence)s) AS is_alive
  FROM tidings.workers
 WHERE heartbeat_at > now() - interval '1 day'
 ORDER BY is_alive DESC, heartbeat_at DESC;

-- name: describe_server
-- The database itself.
SELECT current_setting('server_version') AS version,
       pg_database_size(current_database()) AS num_bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS num_connections,
       current_setting('max_connections')::integer AS max_connections,
       current_setting('transaction_read_only')::boolean AS is_read_only,
       now() AS now;

-- name: list_migrations
-- The migrations that the database has, each with the checksum of its file.
SELECT number, checksum FROM tidings.migrations ORDER BY number;
