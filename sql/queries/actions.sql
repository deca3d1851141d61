-- What operators do by hand, and what was done.

-- name: record_action
-- An action was taken.
INSERT INTO tidings.actions (action, source, url, taken_by) VALUES (%(action)s, %(source)s, %(url)s, %(taken_by)s);

-- name: list_actions
-- The latest actions, of one source or of all, the newest first.
SELECT taken_at, action, source, url, taken_by
  FROM tidings.actions
 WHERE %(source)s::text IS NULL OR source = %(source)s
 ORDER BY action_id DESC
 LIMIT %(limit)s;

-- name: find_retried_url
-- A URL that somebody wants visited again, with its source.
SELECT u.url_id, u.url, u.outcome, u.reason, u.num_crashes >= 3 AS is_quarantined, s.name AS source, s.state
  FROM tidings.urls u
  JOIN tidings.sources s USING (source_id)
 WHERE u.url_key = decode(%(url_key)s, 'hex')
   FOR NO KEY UPDATE OF u;

-- name: retry_url
-- Have this visited by the next run of its source, and asked for in full, as if it had never failed. One that was
-- rejected counts as failed until then, for what is rejected is not visited.
UPDATE tidings.urls
   SET next_visit_at = now(), num_failures = 0, etag = NULL, last_modified = NULL,
       outcome = CASE WHEN outcome = 'rejected' THEN 'failed' ELSE outcome END
 WHERE url_id = %(url_id)s;
