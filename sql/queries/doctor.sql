-- What 'tidings doctor' asks a database.

-- name: read_server
-- The server, and this database of it.
SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS version_text,
       current_setting('server_encoding') AS encoding, current_setting('transaction_read_only')::boolean AS read_only,
       pg_is_in_recovery() AS is_standby, current_database() AS name, current_user AS role,
       pg_database_size(current_database()) AS num_bytes,
       has_database_privilege(current_database(), 'CREATE') AS may_create,
       to_regnamespace('tidings') IS NOT NULL AS has_schema;

-- name: list_missing_rights
-- Tables of ours that the role may not use in full, and whose they are.
SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS is_owner
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'tidings' AND c.relkind IN ('r', 'p', 'v')
   AND NOT (pg_has_role(c.relowner, 'USAGE')
            AND has_schema_privilege(n.oid, 'USAGE, CREATE')
            AND has_table_privilege(c.oid, 'SELECT'))
 ORDER BY c.relname;

-- name: count_connections
-- How many connections there may be, and are; and the longest that a transaction of this database has been open.
SELECT current_setting('max_connections')::integer
           - current_setting('superuser_reserved_connections')::integer AS num_allowed,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS num_open,
       (SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'tidings%%'
           AND application_name <> 'tidings doctor') AS num_ours,
       (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS limit_of_role,
       (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()) AS limit_of_database,
       (SELECT max(now() - xact_start) FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%%') AS longest_idle,
       (SELECT min(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
           AND now() - xact_start > interval '10 minutes') AS idle_pid;

-- name: examine_daemon
-- Who leads, who works, and what nobody has visited though it is due.
SELECT (SELECT count(*) FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND objsubid = 1
           AND (SELECT oid FROM pg_database WHERE datname = current_database()) = database
           AND (classid::bigint << 32) | objid::bigint = %(lead)s) AS num_leaders,
       (SELECT count(*) FROM tidings.workers
         WHERE heartbeat_at > now() - make_interval(secs => %(silence)s)) AS num_workers,
       (SELECT max(heartbeat_at) FROM tidings.workers) AS last_heartbeat_at,
       (SELECT max(finished_at) FROM tidings.runs WHERE finished_at IS NOT NULL) AS last_finished_at,
       count(*) AS num_enabled,
       count(*) FILTER (WHERE run_id IS NULL AND due_at < now() - %(patience)s) AS num_overdue,
       min(due_at) FILTER (WHERE run_id IS NULL) AS first_due_at
  FROM tidings.sources
 WHERE state = 'enabled';

-- name: examine_queue
-- Runs that wait or go on for very long, and those whose worker is silent.
SELECT count(*) FILTER (WHERE r.started_at IS NULL) AS num_waiting,
       min(r.queued_at) FILTER (WHERE r.started_at IS NULL) AS waiting_since,
       count(*) FILTER (WHERE r.started_at < now() - %(limit)s) AS num_long,
       min(r.started_at) AS running_since,
       count(*) FILTER (WHERE r.started_at IS NOT NULL
                          AND coalesce(w.heartbeat_at, '-infinity') < now() - make_interval(secs => %(silence)s))
           AS num_lost,
       count(*) AS num_open
  FROM tidings.runs r
  LEFT JOIN tidings.workers w ON w.worker = r.worker
 WHERE r.finished_at IS NULL AND r.import_id IS NULL AND r.job_id IS NOT NULL;

-- name: examine_pages
-- Pages in quarantine, and messages of alarms that did not arrive.
SELECT (SELECT count(*) FROM tidings.quarantine) AS num_quarantined,
       (SELECT count(*) FROM tidings.quarantine WHERE quarantined_at > now() - interval '1 day') AS num_of_today,
       (SELECT count(*) FROM tidings.notices WHERE state = 'waiting' AND error IS NOT NULL) AS num_delayed,
       (SELECT max(error) FROM tidings.notices WHERE state = 'waiting') AS notice_error,
       (SELECT count(*) FROM tidings.notices
         WHERE state = 'given_up' AND settled_at > now() - interval '7 days') AS num_given_up;
