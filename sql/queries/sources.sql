-- Sources as operators configure them.

-- name: list_sources
-- All sources that are not removed, by name, with their last run.
SELECT s.source_id, s.name, s.url, s.state, s.origin, s.definition, s.due_at, s.host_lock,
       s.run_id, r.finished_at AS last_finished_at, r.outcome AS last_outcome, r.reason AS last_reason,
       (SELECT max(c.first_seen_at) FROM tidings.article_urls c WHERE c.source_id = s.source_id) AS last_article_at
  FROM tidings.sources s
  LEFT JOIN LATERAL (SELECT finished_at, outcome, reason FROM tidings.runs
                      WHERE source_id = s.source_id AND finished_at IS NOT NULL
                      ORDER BY queued_at DESC LIMIT 1) r ON true
 WHERE s.state <> 'removed'
 ORDER BY s.name;

-- name: find_source
-- One source by its name.
SELECT source_id, name, url, state, origin, definition, slot_at, due_at, host_lock, run_id
  FROM tidings.sources
 WHERE name = %(name)s AND state <> 'removed';

-- name: lock_sources
-- Every source, removed ones too, held against other changes while we compare.
SELECT source_id, name, state, origin, definition
  FROM tidings.sources
 ORDER BY name
   FOR NO KEY UPDATE;

-- name: put_source
-- Add a source, or change it. One that was removed comes back enabled; a disabled one stays disabled.
INSERT INTO tidings.sources (name, url, origin, definition, host_lock, slot_at, due_at, timed_at, created_at, updated_at)
VALUES (%(name)s, %(url)s, %(origin)s, %(definition)s, %(host_lock)s, %(slot_at)s, %(due_at)s, now(), %(now)s, %(now)s)
ON CONFLICT (name) DO UPDATE
   SET url = excluded.url,
       origin = excluded.origin,
       definition = excluded.definition,
       host_lock = excluded.host_lock,
       state = CASE WHEN sources.state = 'removed' THEN 'enabled' ELSE sources.state END,
       slot_at = excluded.slot_at,
       due_at = excluded.due_at,
       timed_at = CASE WHEN excluded.slot_at = sources.slot_at THEN greatest(sources.timed_at, excluded.timed_at)
                       ELSE excluded.timed_at END,
       updated_at = excluded.updated_at;

-- name: set_source_state
-- Enable, disable or remove a source. Its articles, pages and runs stay.
UPDATE tidings.sources
   SET state = %(state)s, slot_at = coalesce(%(slot_at)s, slot_at), due_at = coalesce(%(slot_at)s, due_at),
       timed_at = now(), updated_at = %(now)s
 WHERE name = %(name)s AND state <> 'removed';

-- name: list_source_names
-- The names of all sources that are not removed.
SELECT name FROM tidings.sources WHERE state <> 'removed' ORDER BY name;
