-- Pages that crashed, hung or bloated whoever read them, time and again. The loader puts them here (finish_urls).

-- name: list_quarantine
-- All of them, the latest first.
SELECT s.name AS source, q.reason, q.quarantined_at AS since, q.num_attempts AS attempts, u.url, q.detail
  FROM tidings.quarantine q
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.sources s USING (source_id)
 ORDER BY q.quarantined_at DESC, u.url;

-- name: find_quarantined
-- Those with these URLs, or all.
SELECT u.url_id, encode(u.url_key, 'hex') AS url_key, u.url, s.name AS source, q.reason, q.detail,
       q.num_attempts AS attempts, q.quarantined_at AS since
  FROM tidings.quarantine q
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.sources s USING (source_id)
 WHERE %(every)s OR u.url_key = ANY(SELECT decode(unnest(%(url_keys)s::text[]), 'hex'))
 ORDER BY u.url;

-- name: list_visits
-- Every visit to a URL that is still recorded, the latest first.
SELECT fetched_at, run_id, outcome, reason, http_status, num_bytes, duration_ms, detail
  FROM tidings.pages
 WHERE url_id = %(url_id)s
 ORDER BY fetched_at DESC;

-- name: retry_quarantined
-- Have these visited by the next run of their source, as if none of them had ever failed.
WITH locked AS (
    SELECT u.url_id, q.reason
      FROM tidings.quarantine q JOIN tidings.urls u USING (url_id)
     WHERE u.url_id = ANY(%(url_ids)s)
     ORDER BY u.url_key
       FOR UPDATE OF u
), freed AS (
    UPDATE tidings.urls u
       SET num_crashes = 0, num_failures = 0, outcome = 'failed', reason = l.reason, next_visit_at = %(now)s
      FROM locked l
     WHERE u.url_id = l.url_id
    RETURNING u.url_id
)
DELETE FROM tidings.quarantine q USING freed f WHERE q.url_id = f.url_id;

-- name: drop_quarantined
-- Take these off the list. They are visited no more, for their URLs keep the count that brought them here.
DELETE FROM tidings.quarantine WHERE url_id = ANY(%(url_ids)s);
