-- What operators look at.

-- name: ping
-- Does the database answer, and may it be written to?
SELECT current_setting('transaction_read_only')::boolean AS read_only;

-- name: list_runs
-- The latest runs, newest first.
SELECT r.run_id, s.name AS source, r.trigger, r.attempt, r.scheduled_for, r.queued_at, r.started_at, r.finished_at,
       r.outcome, r.reason, r.num_links, r.num_known, r.num_fetched, r.num_new, r.num_changed, r.num_duplicate,
       r.num_unchanged, r.num_rejected, r.num_failed
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE (%(source)s::text IS NULL OR s.name = %(source)s)
   AND (%(outcome)s::text IS NULL OR r.outcome::text = %(outcome)s)
 ORDER BY r.queued_at DESC
 LIMIT %(limit)s;

-- name: find_run
-- One run, by its id or the beginning of it.
SELECT r.run_id, s.name AS source, r.trigger, r.revisit, r.attempt, r.worker, r.scheduled_for, r.queued_at,
       r.started_at, r.finished_at, r.outcome, r.reason, r.num_links, r.num_known, r.num_fetched, r.num_new,
       r.num_changed, r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE r.run_id BETWEEN CASE WHEN replace(lower(%(prefix)s), '-', '') ~ '^[0-9a-f]{1,32}$'
                             THEN rpad(replace(lower(%(prefix)s), '-', ''), 32, '0')::uuid END
                    AND CASE WHEN replace(lower(%(prefix)s), '-', '') ~ '^[0-9a-f]{1,32}$'
                             THEN rpad(replace(lower(%(prefix)s), '-', ''), 32, 'f')::uuid END
 ORDER BY r.queued_at DESC
 LIMIT 2;

-- name: list_polls
-- Every request of a run for a feed, sitemap or listing, in their order.
SELECT p.polled_at, d.kind, d.url, p.outcome, p.reason, p.detail, p.damage, p.http_status, p.num_bytes, p.num_links,
       p.num_unknown, p.duration_ms
  FROM tidings.polls p JOIN tidings.documents d USING (document_id)
 WHERE p.run_id = %(run_id)s
 ORDER BY p.polled_at, d.url;

-- name: list_pages
-- Every page of a run, in the order of the visits.
SELECT p.url, p.final_url, p.outcome, p.reason, p.detail, p.http_status, p.num_bytes, p.fetched_at, p.duration_ms,
       p.article_id
  FROM tidings.pages p
 WHERE p.run_id = %(run_id)s
 ORDER BY p.fetched_at, p.page_id;

-- name: list_articles
-- The latest articles, newest first.
SELECT c.article_id, c.source, c.url, c.headline, c.authors, c.article_section, c.date_published, c.first_seen_at,
       left(c.article_body, 200) AS beginning
  FROM tidings.copies c
 WHERE c.is_current
 ORDER BY c.first_seen_at DESC, c.article_id DESC
 LIMIT %(limit)s;

-- name: count_outcomes
-- How visits ended since a moment.
SELECT outcome, reason, count(*) AS num_pages
  FROM tidings.pages
 WHERE fetched_at >= %(since)s
 GROUP BY outcome, reason
 ORDER BY outcome, num_pages DESC, reason;

-- name: count_visited_sources
-- How many sources have a finished run.
SELECT count(DISTINCT source_id) AS num_sources FROM tidings.runs WHERE finished_at IS NOT NULL;

-- name: list_pages_since
-- The visits since a moment, in their order.
SELECT p.fetched_at, p.outcome, p.reason, p.detail, p.url, s.name AS source, a.headline
  FROM tidings.pages p
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.articles a USING (article_id)
 WHERE p.fetched_at > %(since)s
 ORDER BY p.page_id;
