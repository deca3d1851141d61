-- So many sources, due as they would be after running for long. Of ten, eight are due every 15 minutes, one by cron at a
-- minute of its own in every quarter of an hour, and one every 10 or 30: four times an hour in the mean. A tenth of them
-- shares its host with nine others.
INSERT INTO tidings.sources (name, url, origin, definition, host_lock, due_at, slot_at, created_at, updated_at)
SELECT g.name, g.url, 'file',
       jsonb_build_object(
           'name', g.name, 'url', g.url, 'feeds', jsonb_build_array(g.url || 'feed.xml', g.url || 'sport/feed.xml'),
           'sitemaps', jsonb_build_array(g.url || 'news-sitemap.xml'), 'max_pages', 200, 'delay', '2s',
           'timezone', (ARRAY['UTC', 'Europe/Rome', 'America/New_York', 'Asia/Kolkata'])[1 + n % 4])
       || CASE WHEN n % 10 = 1 THEN jsonb_build_object('cron', format('%s-59/15 * * * *', n / 10 % 15), 'jitter', '1m')
               ELSE jsonb_build_object('every', format('%sm', g.minutes)) END,
       g.host, d.due_at, d.due_at, now(), now()
  FROM generate_series(1, current_setting('benchmark.sources')::int) AS n
 CROSS JOIN LATERAL (
       SELECT format('paper-%s', n) AS name, h.host, format('https://www.%s/%s/', h.host, n) AS url,
              CASE n % 20 WHEN 2 THEN 10 WHEN 12 THEN 30 ELSE 15 END AS minutes
         FROM (SELECT format('site-%s.example', CASE n % 10 WHEN 3 THEN n / 100 ELSE n END) AS host) h) g
-- The phase that the name draws, in microseconds, as scheduler.timetable has it: 64 bits of its SHA-256, modulo the interval.
 CROSS JOIN LATERAL (
       SELECT x.every, (('x' || left(x.digest, 8))::bit(32)::bigint % x.every * (4294967296 % x.every)
                        + ('x' || right(x.digest, 8))::bit(32)::bigint) % x.every AS phase
         FROM (SELECT g.minutes * 60000000::bigint AS every,
                      left(encode(sha256(convert_to(g.name, 'UTF8')), 'hex'), 16) AS digest) x) p
 CROSS JOIN LATERAL (
       SELECT now() + make_interval(secs => (p.every - (extract(epoch FROM now()) * 1000000 - p.phase)::bigint % p.every)
                                            / 1000000.0) AS due_at) d
 ORDER BY hashint4(n);

-- The run that each has had in every quarter of an hour before, as far as they are asked for.
INSERT INTO tidings.runs
       (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at, attempt, job_id, worker, outcome,
        num_links, num_known)
SELECT gen_random_uuid(), s.source_id, 'timetable', t.at, t.at + interval '0.5s', t.at + interval '1s', t.at + interval '5s',
       1, row_number() OVER (), 'worker.example:4711:a1b2c3', 'succeeded', 60, 58
  FROM generate_series(current_setting('benchmark.rounds')::int, 1, -1) AS back
 CROSS JOIN tidings.sources s
 CROSS JOIN LATERAL (SELECT s.due_at - (1 + back) * interval '15min' AS at) t
 ORDER BY t.at;
