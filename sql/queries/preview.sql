-- What the runs to come are held against: two weeks of those that were.

-- name: list_timetables
-- Where each source stands on its timetable.
SELECT source_id, name, state, origin, definition, slot_at, due_at, learned_every
  FROM tidings.sources
 WHERE state <> 'removed'
 ORDER BY name;

-- name: measure_runs
-- How many runs each source had, how long the middle one took, and how many pages a run visits.
SELECT source_id, count(*)::integer AS num_runs, avg(num_fetched)::float8 AS mean_pages,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(0, extract(epoch FROM finished_at - started_at)))::float8
           AS seconds
  FROM tidings.runs
 WHERE finished_at > now() - interval '14 days' AND outcome IN ('succeeded', 'partial') AND started_at IS NOT NULL
   AND import_id IS NULL AND NOT revisit
 GROUP BY source_id;

-- name: measure_pages
-- How many pages a run of each source visits, by the hour of the week, which begins on Monday.
SELECT source_id, avg(num_fetched)::float8 AS mean_pages,
       ((extract(isodow FROM started_at) - 1) * 24 + extract(hour FROM started_at))::integer AS hour_of_week
  FROM tidings.runs
 WHERE finished_at > now() - interval '14 days' AND outcome IN ('succeeded', 'partial') AND started_at IS NOT NULL
   AND import_id IS NULL AND NOT revisit
 GROUP BY source_id, hour_of_week;

-- name: measure_poll_habits
-- How often each document was asked for by the same runs.
SELECT d.source_id, d.url, count(*)::integer AS num_polls
  FROM tidings.polls p
  JOIN tidings.runs r USING (run_id)
  JOIN tidings.documents d USING (document_id)
 WHERE p.polled_at > now() - interval '14 days' AND r.finished_at > now() - interval '14 days'
   AND r.outcome IN ('succeeded', 'partial') AND r.started_at IS NOT NULL AND r.import_id IS NULL AND NOT r.revisit
 GROUP BY d.source_id, d.url;

-- name: list_latencies
-- How long hosts take to answer.
SELECT host, latency_ms FROM tidings.hosts WHERE latency_ms IS NOT NULL;
