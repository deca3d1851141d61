-- What the interval of a source is learned from. All of it is bounded, by a number of rows and by `since`.

-- name: list_known_shares
-- Of the latest good runs of the timetable, latest first, which share of the links was known already: of the feed or
-- page that renews itself fastest, or of the sitemaps if there is nothing else. What a document lists when it is first
-- asked for says nothing, and nothing new is listed by one that has not changed.
SELECT r.run_id,
       coalesce(min(s.known) FILTER (WHERE d.kind <> 'sitemap'), min(s.known))::float8 AS known_share,
       bool_or(p.is_gap) AS has_gap
  FROM (SELECT run_id, queued_at FROM tidings.runs
         WHERE source_id = %(source_id)s AND trigger = 'timetable' AND outcome IN ('succeeded', 'partial')
           AND queued_at > %(since)s
         ORDER BY queued_at DESC
         LIMIT %(limit)s) r
  JOIN tidings.polls p ON p.run_id = r.run_id AND p.polled_at > %(since)s
  JOIN tidings.documents d USING (document_id)
 CROSS JOIN LATERAL (
       SELECT CASE WHEN p.outcome = 'unchanged' THEN 1 ELSE 1 - p.num_unknown::float8 / nullif(p.num_links, 0) END AS known) s
 WHERE p.outcome <> 'failed' AND s.known IS NOT NULL AND (d.is_root OR d.kind = 'sitemap')
   AND EXISTS (SELECT FROM tidings.polls e
                WHERE e.document_id = p.document_id AND e.polled_at < p.polled_at
                  AND e.polled_at > %(since)s AND e.outcome <> 'failed')
 GROUP BY r.run_id, r.queued_at
 ORDER BY r.queued_at DESC;

-- name: list_publications
-- When the latest articles of a source were published, and first seen.
SELECT date_published, first_seen_at
  FROM tidings.article_urls
 WHERE source_id = %(source_id)s AND first_seen_at > %(since)s AND revision = 1
 ORDER BY first_seen_at DESC
 LIMIT %(limit)s;

-- name: list_arrivals
-- The latest dated articles that the timetable has brought: when they were published, at which good poll they were not
-- there yet, which poll brought them, and when they were stored. What is older than a day when it is first seen was not
-- waited for, nor was what the first run of a source finds.
SELECT u.date_published AS published, b.started_at AS polled_before, r.started_at AS polled_at,
       u.first_seen_at AS stored_at
  FROM (SELECT url_id, date_published, first_seen_at
          FROM tidings.article_urls
         WHERE source_id = %(source_id)s AND first_seen_at > %(since)s AND revision = 1
           AND date_published > first_seen_at - interval '1 day'
         ORDER BY first_seen_at DESC
         LIMIT %(max_arrivals)s) u
  JOIN tidings.pages p ON p.url_id = u.url_id AND p.fetched_at = u.first_seen_at
  JOIN tidings.runs r ON r.run_id = p.run_id AND r.trigger = 'timetable'
 CROSS JOIN LATERAL (
       SELECT started_at FROM tidings.runs
        WHERE source_id = %(source_id)s AND queued_at < r.queued_at AND outcome IN ('succeeded', 'partial')
          AND import_id IS NULL
        ORDER BY queued_at DESC
        LIMIT 1) b;

-- name: measure_polls
-- What the latest good runs of the timetable spent on feeds, sitemaps and listings, what they waited for before, and
-- how many sources share the host.
WITH latest AS (
    SELECT run_id, scheduled_for, queued_at, started_at
      FROM tidings.runs
     WHERE source_id = %(source_id)s AND trigger = 'timetable' AND outcome IN ('succeeded', 'partial')
       AND queued_at > %(since)s
     ORDER BY queued_at DESC
     LIMIT %(max_runs)s
), asked AS (
    SELECT count(*) AS num, max(p.polled_at + make_interval(secs => p.duration_ms / 1000.0)) - l.started_at AS took
      FROM latest l JOIN tidings.polls p ON p.run_id = l.run_id AND p.polled_at > %(since)s
     GROUP BY l.run_id, l.started_at
)
SELECT (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY num) FROM asked) AS num_requests,
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FROM asked) AS poll_time,
       (SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY started_at - queued_at) FROM latest) AS wait,
       (SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY queued_at - scheduled_for) FROM latest) AS put_off,
       (SELECT count(*) FROM tidings.sources o
         WHERE o.host_lock = s.host_lock AND o.state = 'enabled') AS num_sharing
  FROM tidings.sources s
 WHERE s.source_id = %(source_id)s;

-- name: list_freshness_targets
-- The sources that have a target, with how their last run ended, and why their host is left alone at present.
SELECT s.source_id, s.name, s.definition, s.learned_every, s.updated_at, s.state, r.outcome, r.reason,
       (SELECT h.pause_reason FROM tidings.hosts h
         WHERE h.host = split_part(split_part(s.url, '://', 2), '/', 1) AND h.paused_until > now()) AS pause
  FROM tidings.sources s
  LEFT JOIN LATERAL (SELECT outcome, reason FROM tidings.runs
                      WHERE source_id = s.source_id AND finished_at IS NOT NULL AND import_id IS NULL
                      ORDER BY queued_at DESC LIMIT 1) r ON true
 WHERE s.state <> 'removed' AND s.definition ? 'freshness'
 ORDER BY s.name;
