-- What is usual of each source, and the counts that it is learned from.

-- name: list_hours
-- The hours of these sources, each column a list with one element an hour, the oldest first; of eight weeks (`weeks`)
-- before the last new article, or before now.
SELECT h.source_id, array_agg(h.hour ORDER BY h.hour) AS hours,
       array_agg(h.num_new ORDER BY h.hour) AS num_new,
       array_agg(h.num_articles ORDER BY h.hour) AS num_articles,
       array_agg(h.num_headlined ORDER BY h.hour) AS num_headlined,
       array_agg(h.num_dated ORDER BY h.hour) AS num_dated,
       array_agg(h.num_signed ORDER BY h.hour) AS num_signed,
       array_agg(h.num_in_language ORDER BY h.hour) AS num_in_language,
       array_agg(h.num_words ORDER BY h.hour) AS num_words,
       array_agg(h.num_read ORDER BY h.hour) AS num_read,
       array_agg(h.num_asked ORDER BY h.hour) AS num_asked,
       array_agg(h.num_refused ORDER BY h.hour) AS num_refused
  FROM unnest(%(source_ids)s::bigint[]) AS i (source_id)
  LEFT JOIN LATERAL (SELECT n.hour FROM tidings.hourly_pages n
                      WHERE n.source_id = i.source_id AND n.outcome = 'new' AND n.hour <= %(now)s
                      ORDER BY n.hour DESC LIMIT 1) l ON true
 CROSS JOIN LATERAL (
       SELECT p.source_id, extract(epoch FROM p.hour)::bigint / 3600 AS hour,
              coalesce(sum(p.num_pages) FILTER (WHERE p.outcome = 'new'), 0)::integer AS num_new,
              sum(p.num_articles)::integer AS num_articles, sum(p.num_headlined)::integer AS num_headlined,
              sum(p.num_dated)::integer AS num_dated, sum(p.num_signed)::integer AS num_signed,
              sum(p.num_in_language)::integer AS num_in_language, sum(p.num_words)::bigint AS num_words,
              (sum(p.num_articles) + coalesce(sum(p.num_pages) FILTER (
                  WHERE p.reason::text = ANY(%(no_article)s)), 0))::integer AS num_read,
              coalesce(sum(p.num_pages) FILTER (WHERE p.reason::text <> ALL(%(not_asked)s)), 0)::integer AS num_asked,
              coalesce(sum(p.num_pages) FILTER (WHERE p.reason::text = ANY(%(refusals)s)), 0)::integer AS num_refused
         FROM tidings.hourly_pages p
        WHERE p.source_id = i.source_id AND p.hour <= %(now)s
          AND p.hour > coalesce(l.hour, %(now)s) - make_interval(days => 7 * %(weeks)s + 2)
        GROUP BY p.source_id, p.hour) h
 GROUP BY h.source_id;

-- name: list_latest_hours
-- The same of the latest visits of these sources: of 600 rows, which are three days and more of a source that is visited
-- all the time, and of three weeks at the most.
SELECT h.source_id, array_agg(h.hour ORDER BY h.hour) AS hours,
       array_agg(h.num_new ORDER BY h.hour) AS num_new,
       array_agg(h.num_articles ORDER BY h.hour) AS num_articles,
       array_agg(h.num_headlined ORDER BY h.hour) AS num_headlined,
       array_agg(h.num_dated ORDER BY h.hour) AS num_dated,
       array_agg(h.num_signed ORDER BY h.hour) AS num_signed,
       array_agg(h.num_in_language ORDER BY h.hour) AS num_in_language,
       array_agg(h.num_words ORDER BY h.hour) AS num_words,
       array_agg(h.num_read ORDER BY h.hour) AS num_read,
       array_agg(h.num_asked ORDER BY h.hour) AS num_asked,
       array_agg(h.num_refused ORDER BY h.hour) AS num_refused
  FROM unnest(%(source_ids)s::bigint[]) AS i (source_id)
 CROSS JOIN LATERAL (
       SELECT p.source_id, extract(epoch FROM p.hour)::bigint / 3600 AS hour,
              coalesce(sum(p.num_pages) FILTER (WHERE p.outcome = 'new'), 0)::integer AS num_new,
              sum(p.num_articles)::integer AS num_articles, sum(p.num_headlined)::integer AS num_headlined,
              sum(p.num_dated)::integer AS num_dated, sum(p.num_signed)::integer AS num_signed,
              sum(p.num_in_language)::integer AS num_in_language, sum(p.num_words)::bigint AS num_words,
              (sum(p.num_articles) + coalesce(sum(p.num_pages) FILTER (
                  WHERE p.reason::text = ANY(%(no_article)s)), 0))::integer AS num_read,
              coalesce(sum(p.num_pages) FILTER (WHERE p.reason::text <> ALL(%(not_asked)s)), 0)::integer AS num_asked,
              coalesce(sum(p.num_pages) FILTER (WHERE p.reason::text = ANY(%(refusals)s)), 0)::integer AS num_refused
         FROM (SELECT * FROM tidings.hourly_pages q
                WHERE q.source_id = i.source_id AND q.hour <= %(now)s AND q.hour > %(now)s - interval '21 days'
                ORDER BY q.hour DESC LIMIT 600) p
        GROUP BY p.source_id, p.hour) h
 GROUP BY h.source_id;

-- name: list_old_baselines
-- The sources whose baseline is due to be learned anew, the oldest first.
SELECT b.source_id, coalesce(s.definition ->> 'timezone', 'UTC') AS timezone
  FROM tidings.baselines b JOIN tidings.sources s USING (source_id)
 WHERE b.computed_at < %(before)s AND s.state = 'enabled'
 ORDER BY b.computed_at
 LIMIT %(limit)s;

-- name: put_baselines
-- What was learned. A baseline that is learned by two at once is the same.
INSERT INTO tidings.baselines AS b
       (source_id, num_weeks, num_new, usual, spread, longest_silence, longest_quiet, fields, computed_at)
SELECT r.source_id, r.num_weeks, r.num_new, r.usual, r.spread, make_interval(secs => r.longest_silence), r.longest_quiet,
       r.fields, %(now)s
  FROM jsonb_to_recordset(%(rows)s)
       AS r(source_id bigint, num_weeks smallint, num_new integer, usual real[], spread real[],
            longest_silence float8, longest_quiet real, fields jsonb)
 ORDER BY r.source_id
ON CONFLICT (source_id) DO UPDATE
   SET num_weeks = excluded.num_weeks, num_new = excluded.num_new, usual = excluded.usual, spread = excluded.spread,
       longest_silence = excluded.longest_silence, longest_quiet = excluded.longest_quiet, fields = excluded.fields,
       computed_at = excluded.computed_at;

-- name: list_without_baseline
-- Of these sources those of which nothing has been learned yet.
SELECT s.source_id, coalesce(s.definition ->> 'timezone', 'UTC') AS timezone
  FROM tidings.sources s
 WHERE s.source_id = ANY(%(source_ids)s) AND NOT EXISTS (SELECT FROM tidings.baselines WHERE source_id = s.source_id);
