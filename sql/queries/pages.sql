-- What the operator page shows. Each of these is answered in a few hundredths of a second over months of history:
-- what is counted is counted in tidings.hourly_pages, and long lists are cut into pages.

-- name: rank_sources
-- The names of the sources that a filter lets through, those in trouble first: with an alarm, failing, then the others.
SELECT s.name
  FROM tidings.sources s
 CROSS JOIN LATERAL (SELECT EXISTS (SELECT 1 FROM tidings.alarms a
                                     WHERE a.source_id = s.source_id AND a.cleared_at IS NULL) AS has_alarm) t
 WHERE s.state <> 'removed'
   AND (%(state)s::text IS NULL OR s.state::text = %(state)s)
   AND (%(text)s::text IS NULL OR strpos(s.name || ' ' || lower(s.url), lower(%(text)s)) > 0)
   AND (NOT %(troubled)s OR t.has_alarm OR s.failing_since IS NOT NULL)
 ORDER BY NOT t.has_alarm, s.state <> 'enabled' OR s.failing_since IS NULL, s.name
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: suggest_sources
-- Names of sources that a form suggests: the first ones.
SELECT name FROM tidings.sources WHERE state <> 'removed' ORDER BY name LIMIT %(limit)s;

-- name: count_sources
-- How many sources there are, and how they fare.
SELECT count(*) AS num_sources,
       count(*) FILTER (WHERE state = 'enabled') AS num_enabled,
       count(*) FILTER (WHERE state = 'enabled' AND failing_since IS NOT NULL) AS num_failing,
       count(*) FILTER (WHERE state = 'enabled' AND run_id IS NULL AND due_at < now() - interval '5 minutes') AS num_late,
       max(last_success_at) AS last_success_at
  FROM tidings.sources
 WHERE state <> 'removed';

-- name: estimate_collection
-- The size of the collection, as the planner takes it to be where counting would take long; and what the queue holds.
SELECT CASE WHEN a.reltuples > 20000 THEN a.reltuples::bigint ELSE (SELECT count(*) FROM tidings.articles) END
           AS num_articles,
       a.reltuples > 20000 AS is_estimated,
       (SELECT count(*) FROM tidings.runs WHERE finished_at IS NULL AND started_at IS NULL) AS num_waiting,
       (SELECT count(*) FROM tidings.runs WHERE finished_at IS NULL AND started_at IS NOT NULL) AS num_running,
       (SELECT count(*) FROM tidings.workers
         WHERE heartbeat_at > now() - make_interval(secs => %(silence)s)) AS num_workers,
       (SELECT count(*) FROM tidings.quarantine) AS num_quarantined
  FROM pg_class a
 WHERE a.oid = 'tidings.articles'::regclass;

-- name: count_hours
-- How visits ended in each hour since a moment, over all sources or of one.
SELECT hour, outcome, reason, sum(num_pages)::bigint AS num_pages, sum(num_articles)::bigint AS num_articles
  FROM tidings.hourly_pages
 WHERE hour >= %(since)s AND (%(source_id)s::bigint IS NULL OR source_id = %(source_id)s)
 GROUP BY hour, outcome, reason
 ORDER BY hour;

-- name: list_latest_articles
-- The articles seen first of late, newest first, with the copy that was seen first.
SELECT a.article_id, a.headline, a.first_seen_at, a.date_published, a.in_language, s.name AS source, u.url,
       ARRAY(SELECT w.name FROM tidings.article_authors aa JOIN tidings.authors w USING (author_id)
              WHERE aa.article_id = a.article_id ORDER BY aa.position LIMIT 5) AS authors
  FROM (SELECT * FROM tidings.articles ORDER BY first_seen_at DESC LIMIT %(limit)s) a
  JOIN tidings.urls u ON u.url_id = a.first_seen_url_id
  JOIN tidings.sources s USING (source_id)
 ORDER BY a.first_seen_at DESC, a.article_id DESC;

-- name: list_source_articles
-- The texts that a source had new of late, newest first; revision tells those that are edits of an earlier one.
SELECT c.article_id, a.headline, c.first_seen_at, c.date_published, c.revision, c.edit_kind,
       a.first_seen_url_id = c.url_id AS is_first_seen
  FROM (SELECT * FROM tidings.article_urls
         WHERE source_id = %(source_id)s
         ORDER BY first_seen_at DESC LIMIT %(limit)s) c
  JOIN tidings.articles a USING (article_id)
 ORDER BY c.first_seen_at DESC, c.article_id DESC;

-- name: search_alarms
-- The alarms that are up or were since a moment: those that are up first, then the latest.
SELECT a.alarm_id, a.kind, s.name AS source, a.raised_at, a.cleared_at, a.since, a.cause, a.evidence
  FROM tidings.alarms a LEFT JOIN tidings.sources s USING (source_id)
 WHERE (a.cleared_at IS NULL OR a.raised_at >= %(since)s OR a.cleared_at >= %(since)s)
   AND (%(kind)s::text IS NULL OR a.kind = %(kind)s)
   AND (%(source)s::text IS NULL OR s.name = %(source)s)
 ORDER BY a.cleared_at IS NOT NULL, a.raised_at DESC, a.alarm_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: find_source_as_is
-- One source by its name, removed ones too: what was stored of it stays.
SELECT source_id, name, url, state, origin, definition, slot_at, due_at, host_lock, run_id, created_at, updated_at,
       failure_score, failing_since, last_success_at, edit_rate, learned_every
  FROM tidings.sources
 WHERE name = %(name)s;

-- name: list_source_documents
-- The feeds, sitemaps and listings of a source with their last poll: those that a run begins with first.
SELECT d.url, d.kind, d.is_root, d.num_polls, d.polled_at, d.changed_at, d.fresh_until, d.moved_to, d.num_moves,
       d.promoted_at, d.retired_at, d.num_failures, p.outcome, p.reason, p.detail, p.damage, p.http_status,
       p.polled_at AS asked_at, p.num_links, p.num_unknown, p.is_gap, p.run_id
  FROM (SELECT * FROM tidings.documents
         WHERE source_id = %(source_id)s
         ORDER BY is_root DESC, polled_at DESC NULLS LAST LIMIT %(limit)s) d
  LEFT JOIN LATERAL (SELECT * FROM tidings.polls
                      WHERE document_id = d.document_id ORDER BY polled_at DESC LIMIT 1) p ON true
 ORDER BY d.is_root DESC, d.kind, d.url;

-- name: count_fields
-- How many of the articles that a source had, in each day since a moment, have which field.
SELECT date_trunc('day', hour, 'UTC') AS day, sum(num_articles)::bigint AS num_articles,
       sum(num_headlined)::bigint AS num_headlined, sum(num_dated)::bigint AS num_dated,
       sum(num_signed)::bigint AS num_signed, sum(num_in_language)::bigint AS num_in_language,
       sum(num_words)::bigint AS num_words
  FROM tidings.hourly_pages
 WHERE source_id = %(source_id)s AND hour >= %(since)s
 GROUP BY day
HAVING sum(num_articles) > 0
 ORDER BY day;

-- name: find_usual
-- What is usual of a source, by the hour of the week on its own clocks.
SELECT usual, spread, longest_silence, fields, num_weeks, computed_at
  FROM tidings.baselines
 WHERE source_id = %(source_id)s;

-- name: measure_freshness
-- How long after their publication a source's articles were stored, of those dated that came since a moment.
SELECT count(*) AS num_articles,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY first_seen_at - published_before) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY first_seen_at - published_before) AS p95
  FROM tidings.article_urls
 WHERE source_id = %(source_id)s AND first_seen_at >= %(since)s
   AND published_before <= first_seen_at AND revision = 1;

-- name: page_runs
-- Runs, newest first, up to a moment; a filter by outcome 'unfinished' stands for those that have none yet.
SELECT r.run_id, s.name AS source, r.trigger, r.attempt, r.scheduled_for, r.queued_at, r.started_at, r.finished_at,
       r.outcome, r.reason, r.num_links, r.num_fetched, r.num_new, r.num_changed, r.num_duplicate, r.num_unchanged,
       r.num_rejected, r.num_failed
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE (%(source)s::text IS NULL OR r.source_id = (SELECT source_id FROM tidings.sources WHERE name = %(source)s))
   AND (%(outcome)s::tidings.run_outcome IS NULL OR r.outcome = %(outcome)s::tidings.run_outcome)
   AND (%(trigger)s::tidings.run_trigger IS NULL OR r.trigger = %(trigger)s::tidings.run_trigger)
   AND (%(reason)s::text IS NULL OR r.reason = %(reason)s)
   AND (%(until)s::timestamptz IS NULL OR r.queued_at < %(until)s)
 ORDER BY r.queued_at DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: list_unfinished_runs
-- Runs that wait or are under way, the latest first.
SELECT r.run_id, s.name AS source, r.trigger, r.attempt, r.scheduled_for, r.queued_at, r.started_at, r.finished_at,
       r.outcome, r.reason, r.num_links, r.num_fetched, r.num_new, r.num_changed, r.num_duplicate, r.num_unchanged,
       r.num_rejected, r.num_failed
  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
 WHERE r.finished_at IS NULL AND (%(source)s::text IS NULL OR s.name = %(source)s)
 ORDER BY r.queued_at DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: find_run_between
-- The runs whose ids lie between two: what a beginning of an id comes to, by the index.
SELECT r.run_id, s.name AS source, r.trigger, r.revisit, r.attempt, r.worker, r.scheduled_for, r.queued_at,
       r.started_at, r.finished_at, r.outcome, r.reason, r.num_links, r.num_known, r.num_fetched, r.num_new,
       r.num_changed, r.num_duplicate, r.num_unchanged, r.num_rejected, r.num_failed, w.file AS archive
  FROM tidings.runs r
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.warc_imports w USING (import_id)
 WHERE r.run_id BETWEEN %(lowest)s::uuid AND %(highest)s::uuid
 LIMIT 2;

-- name: list_run_polls
-- Every request of a run for a feed, sitemap or listing, in their order.
SELECT p.polled_at, d.kind, d.url, p.outcome, p.reason, p.detail, p.damage, p.http_status, p.num_bytes, p.num_links,
       p.num_unknown, p.duration_ms, p.is_gap
  FROM tidings.polls p JOIN tidings.documents d USING (document_id)
 WHERE p.run_id = %(run_id)s
 ORDER BY p.polled_at, d.url
 LIMIT %(limit)s;

-- name: plot_run_pages
-- When a run visited what, without the words, for the drawing: its first visits, of an import that has millions.
SELECT fetched_at, duration_ms, outcome, reason
  FROM tidings.pages
 WHERE run_id = %(run_id)s
 ORDER BY fetched_at
 LIMIT %(limit)s;

-- name: count_run_pages
-- How the visits of a run ended, the most first.
SELECT outcome, reason, count(*) AS num_pages
  FROM tidings.pages
 WHERE run_id = %(run_id)s
 GROUP BY outcome, reason
 ORDER BY num_pages DESC, outcome, reason;

-- name: page_run_pages
-- The pages of a run, in the order of the visits.
SELECT page_id, url, final_url, outcome, reason, detail, http_status, num_bytes, fetched_at, duration_ms, article_id,
       opt_outs
  FROM tidings.pages
 WHERE run_id = %(run_id)s AND (%(outcome)s::text IS NULL OR outcome::text = %(outcome)s)
   AND (%(reason)s::text IS NULL OR reason::text = %(reason)s)
 ORDER BY fetched_at, page_id
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: list_lost_attempts
-- The attempts at a run that ended with their worker.
SELECT attempt, worker, lost_at, with_host FROM tidings.lost_attempts WHERE run_id = %(run_id)s ORDER BY attempt;

-- name: list_story_articles
-- The other articles of a story, the first of it first.
SELECT a.article_id, a.headline, a.story_role, a.first_seen_at, a.word_count,
       (SELECT s.name FROM tidings.urls u JOIN tidings.sources s USING (source_id)
         WHERE u.url_id = a.first_seen_url_id) AS source
  FROM tidings.articles a
 WHERE a.story_id = %(story_id)s AND a.article_id <> %(article_id)s
 ORDER BY a.story_role, a.first_seen_at
 LIMIT %(limit)s;

-- name: page_quarantine
-- What is in quarantine, of all sources or of one, the latest first.
SELECT q.url_id, s.name AS source, q.reason, q.quarantined_at, q.num_attempts, u.url, q.detail
  FROM tidings.quarantine q
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.sources s USING (source_id)
 WHERE %(source)s::text IS NULL OR s.name = %(source)s
 ORDER BY q.quarantined_at DESC, q.url_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: list_visits_of
-- The latest visits to each of these URLs, the latest first.
SELECT u.url_id, v.fetched_at, v.run_id, v.outcome, v.reason, v.http_status, v.num_bytes, v.duration_ms, v.detail
  FROM unnest(%(url_ids)s::bigint[]) u (url_id)
 CROSS JOIN LATERAL (SELECT * FROM tidings.pages p
                      WHERE p.url_id = u.url_id ORDER BY p.fetched_at DESC LIMIT 5) v
 ORDER BY u.url_id, v.fetched_at DESC;
