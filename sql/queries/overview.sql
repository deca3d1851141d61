-- How all sources fare, on one screen.

-- name: list_source_health
-- Sources that are not removed, those with an alarm first, then by name; all of them, or those whose names are given,
-- apart by blanks. num_new and usual are of the 24 hours up to
-- now, hours holds the new articles of each of them (the oldest first), usual_hour what is usual of the present one;
-- usual is NULL where that is not known yet. p50 is of the time from publication to row, over the same 24 hours.
WITH up AS MATERIALIZED (
    SELECT source_id, array_agg(kind ORDER BY raised_at) AS alarms
      FROM tidings.alarms
     WHERE cleared_at IS NULL AND source_id IS NOT NULL
     GROUP BY source_id
), shown AS MATERIALIZED (
    SELECT s.*, coalesce(s.definition ->> 'timezone', 'UTC') AS timezone, coalesce(up.alarms, '{}') AS alarms
      FROM tidings.sources s LEFT JOIN up USING (source_id)
     WHERE s.state <> 'removed' AND (%(name)s::text IS NULL OR s.name = ANY (string_to_array(%(name)s, ' ')))
     ORDER BY up.alarms IS NULL, s.name
     LIMIT %(limit)s OFFSET %(offset)s
), lately AS MATERIALIZED (
    SELECT t.hour
      FROM generate_series(date_trunc('hour', %(now)s::timestamptz, 'UTC') - interval '23 hours',
                           %(now)s::timestamptz, interval '1 hour') AS t (hour)
)
SELECT s.source_id, s.name, s.url, s.state, s.origin, s.due_at, s.run_id, s.last_success_at, s.failing_since,
       s.failure_score, s.alarms,
       r.run_id AS last_run_id, r.finished_at AS last_finished_at, r.outcome AS last_outcome, r.reason AS last_reason,
       f.num_failed_since, c.last_article_at, c.p50, n.hours, n.num_new, b.usual, b.usual_hour
  FROM shown s
  LEFT JOIN LATERAL (SELECT run_id, finished_at, outcome, reason
                       FROM tidings.runs
                      WHERE source_id = s.source_id AND finished_at IS NOT NULL
                      ORDER BY queued_at DESC LIMIT 1) r ON true
 CROSS JOIN LATERAL (SELECT count(*) AS num_failed_since
                       FROM (SELECT FROM tidings.runs
                              WHERE s.failing_since IS NOT NULL AND source_id = s.source_id AND outcome = 'failed'
                                AND queued_at > coalesce(s.last_success_at, '-infinity')
                              LIMIT 1000) failed) f
 CROSS JOIN LATERAL (SELECT (SELECT max(first_seen_at) FROM tidings.article_urls
                              WHERE source_id = s.source_id) AS last_article_at,
                            (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY first_seen_at - published_before)
                               FROM tidings.article_urls
                              WHERE source_id = s.source_id AND first_seen_at > %(now)s - interval '24 hours'
                                AND published_before <= first_seen_at AND revision = 1) AS p50) c
 CROSS JOIN LATERAL (SELECT array_agg(coalesce(p.num_pages, 0) ORDER BY t.hour) AS hours,
                            coalesce(sum(p.num_pages), 0) AS num_new
                       FROM lately t
                       LEFT JOIN tidings.hourly_pages p
                         ON p.source_id = s.source_id AND p.hour = t.hour AND p.outcome = 'new' AND p.reason = 'new_text'
                        AND p.hour > %(now)s::timestamptz - interval '24 hours' AND p.hour <= %(now)s::timestamptz) n
  LEFT JOIN LATERAL (SELECT sum(l.usual[1 + h.i]) AS usual,
                            (array_agg(l.usual[1 + h.i] ORDER BY t.hour DESC))[1] AS usual_hour
                       FROM tidings.baselines l, lately t,
                            LATERAL (SELECT (extract(isodow FROM t.hour AT TIME ZONE s.timezone)::integer - 1) * 24
                                            + extract(hour FROM t.hour AT TIME ZONE s.timezone)::integer AS i) h
                      WHERE l.source_id = s.source_id AND l.num_weeks > 0) b ON true
 ORDER BY cardinality(s.alarms) = 0, s.name;
