-- What an operator should know of.

-- name: watch_network
-- Of the sites asked last, how many failed as they would if our own network were down.
WITH latest AS (
    SELECT DISTINCT ON (s.host_lock) r.outcome, r.reason, r.finished_at
      FROM (SELECT source_id, outcome, reason, finished_at
              FROM tidings.runs
             WHERE finished_at > %(since)s AND outcome <> 'aborted' AND import_id IS NULL
             ORDER BY finished_at DESC
             LIMIT 200) r
      JOIN tidings.sources s USING (source_id)
     ORDER BY s.host_lock, r.finished_at DESC
)
SELECT count(*) AS num_sites,
       count(*) FILTER (WHERE outcome = 'failed' AND reason = ANY(%(reasons)s)) AS num_failing,
       EXISTS (SELECT 1 FROM tidings.alarms WHERE kind = 'own_network' AND cleared_at IS NULL) AS is_raised
  FROM (SELECT * FROM latest ORDER BY finished_at DESC LIMIT %(limit)s) last;

-- name: raise_alarm
-- Raise an alarm; if it is up already, its cause and evidence follow.
INSERT INTO tidings.alarms AS a (kind, source_id, raised_at, since, cause, evidence)
VALUES (%(kind)s, %(source_id)s, %(now)s, %(since)s, %(cause)s, %(evidence)s)
ON CONFLICT (kind, source_id) WHERE cleared_at IS NULL DO UPDATE
   SET cause = excluded.cause, evidence = excluded.evidence
 WHERE (a.cause, a.evidence) IS DISTINCT FROM (excluded.cause, excluded.evidence)
RETURNING a.alarm_id, xmax = 0 AS is_new;

-- name: clear_alarm
-- Clear an alarm that is up.
UPDATE tidings.alarms
   SET cleared_at = %(now)s
 WHERE kind = %(kind)s AND source_id IS NOT DISTINCT FROM %(source_id)s AND cleared_at IS NULL
RETURNING alarm_id;

-- name: list_alarms
-- The alarms that are up, oldest first.
SELECT a.alarm_id, a.kind, s.name AS source, a.raised_at, a.since, a.cause, a.evidence
  FROM tidings.alarms a LEFT JOIN tidings.sources s USING (source_id)
 WHERE a.cleared_at IS NULL
 ORDER BY a.raised_at, a.alarm_id;
