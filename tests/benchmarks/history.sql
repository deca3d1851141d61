-- Three months of an installation: what the daemon would have written. {days} and {now} bound the time.

CREATE TEMP TABLE hours AS
SELECT s.source_id, s.number, h.hour,
       -- Of a newsroom's day in its own zone: little at night, most in the late morning, less on Saturdays and Sundays.
       s.rate / 24 * (ARRAY[.1,.1,.1,.1,.2,.5,1,1.5,1.9,2.1,2.2,2,1.6,1.6,1.8,1.9,1.8,1.6,1.3,1,.8,.6,.4,.2])
                     [1 + extract(hour FROM h.hour AT TIME ZONE s.timezone)::int]
                   * (ARRAY[1.1,1.15,1.15,1.15,1.1,.65,.4])[extract(isodow FROM h.hour AT TIME ZONE s.timezone)::int]
                   AS expected
  FROM published s
 CROSS JOIN generate_series({now} - {days}, {now}, '1 hour') AS h (hour);

CREATE TEMP TABLE planned AS
SELECT row_number() OVER (ORDER BY published_at) AS n, *
  FROM (SELECT h.source_id, h.number, h.hour + make_interval(secs => random() * 3600) AS published_at
          FROM hours h CROSS JOIN generate_series(1, floor(h.expected * (.4 + 1.2 * random()) + random())::int)) made
 WHERE published_at < {now} - interval '20 minutes'
   AND NOT (number BETWEEN 11 AND 15 AND published_at > {since_yesterday})
 ORDER BY published_at;

CREATE TEMP TABLE slots AS
SELECT s.source_id, s.number, g.at AS slot, gen_random_uuid() AS run_id,
       CASE WHEN s.number = 14 AND g.at > {since_yesterday} THEN 'dns'
            WHEN s.number = 15 AND g.at > {since_yesterday} THEN 'http_403'
            WHEN random() < .004 THEN (ARRAY['timeout','connection','http_5xx'])[1 + floor(3 * random())::int] END AS failure
  FROM published s
 CROSS JOIN LATERAL generate_series({now} - {days} + make_interval(secs => s.number * 3.6), {now} - interval '3 minutes',
                                    '30 minutes') AS g (at);
CREATE INDEX ON slots (source_id, slot);
ANALYZE slots;
ANALYZE planned;

-- Every visit: to what is new, to what may have been edited since, and to what is no article or cannot be had.
CREATE TEMP TABLE visits AS
SELECT v.*, r.run_id, r.slot + make_interval(secs => 4 + 40 * random()) AS fetched_at
  FROM (SELECT p.n, p.source_id, p.number, p.published_at AS wanted_at, 'new'::tidings.page_outcome AS outcome,
               'new_text'::tidings.page_reason AS reason, p.n AS url_id, false AS is_other
          FROM planned p
         WHERE NOT (p.number = 22 AND p.published_at > {since_yesterday} AND p.n % 10 > 0)
         UNION ALL
        SELECT p.n, p.source_id, p.number, p.published_at + interval '5 hours', 'unchanged',
               CASE p.n % 2 WHEN 0 THEN 'same_text' ELSE 'not_modified' END::tidings.page_reason, p.n, false
          FROM planned p
         WHERE NOT (p.number = 22 AND p.published_at > {since_yesterday} - interval '5 hours')
         UNION ALL
        SELECT p.n, p.source_id, p.number, p.published_at,
               CASE WHEN p.n % 4 = 0 THEN 'failed' ELSE 'rejected' END::tidings.page_outcome,
               CASE WHEN p.n % 4 = 0 THEN (ARRAY['http_404','timeout','http_5xx','bot_wall'])[1 + p.n / 4 % 4]
                    ELSE (ARRAY['not_article','not_article','robots_disallowed','too_short','paywall'])[1 + p.n / 4 % 5]
               END::tidings.page_reason, p.n + {others}, true
          FROM planned p
         WHERE p.n % 6 = 0 OR (p.number = 22 AND p.published_at > {since_yesterday})) v
 CROSS JOIN LATERAL (SELECT s.run_id, s.slot
                       FROM slots s
                      WHERE s.source_id = v.source_id AND s.slot > v.wanted_at AND s.failure IS NULL
                      ORDER BY s.slot LIMIT 1) r;
UPDATE visits SET outcome = 'rejected', reason = 'not_article'
 WHERE is_other AND number = 22 AND wanted_at > {since_yesterday};
CREATE INDEX ON visits (n) WHERE outcome = 'new';
ANALYZE visits;

INSERT INTO tidings.runs
       (run_id, source_id, trigger, scheduled_for, queued_at, started_at, finished_at, attempt, worker, outcome, reason,
        num_links, num_known, num_fetched, num_new, num_unchanged, num_rejected, num_failed)
SELECT s.run_id, s.source_id, 'timetable', s.slot, s.slot + interval '300 ms', s.slot + interval '900 ms',
       s.slot + interval '5 s' + coalesce(v.num_pages, 0) * interval '1.5 s', 1, 'host-1.' || s.number % 4,
       CASE WHEN s.failure IS NOT NULL THEN 'failed' WHEN v.num_failed > 0 THEN 'partial' ELSE 'succeeded' END::tidings.run_outcome,
       s.failure,
       CASE WHEN s.failure IS NULL AND NOT (s.number = 13 AND s.slot > {since_yesterday}) THEN 30 ELSE 0 END,
       CASE WHEN s.failure IS NULL AND NOT (s.number = 13 AND s.slot > {since_yesterday})
            THEN 30 - coalesce(v.num_first, 0) ELSE 0 END,
       coalesce(v.num_pages, 0), coalesce(v.num_new, 0), coalesce(v.num_unchanged, 0), coalesce(v.num_rejected, 0),
       coalesce(v.num_failed, 0)
  FROM slots s
  LEFT JOIN (SELECT run_id, count(*) AS num_pages, count(*) FILTER (WHERE outcome = 'new') AS num_new,
                    count(*) FILTER (WHERE outcome = 'unchanged') AS num_unchanged,
                    count(*) FILTER (WHERE outcome = 'rejected') AS num_rejected,
                    count(*) FILTER (WHERE outcome = 'failed') AS num_failed,
                    count(*) FILTER (WHERE outcome <> 'unchanged') AS num_first
               FROM visits GROUP BY run_id) v USING (run_id)
 ORDER BY s.slot;

INSERT INTO tidings.documents
       (source_id, url, kind, is_root, num_polls, polled_at, changed_at, etag)
SELECT p.source_id, p.url || 'feed.xml', 'feed', true, 4000, {now} - interval '10 minutes',
       CASE WHEN p.number BETWEEN 11 AND 15 THEN {since_yesterday} ELSE {now} - interval '40 minutes' END, '"a1"'
  FROM published p;

INSERT INTO tidings.polls
       (run_id, document_id, polled_at, outcome, reason, http_status, num_bytes, num_links, num_unknown, duration_ms)
SELECT s.run_id, d.document_id, s.slot + interval '1 second',
       CASE WHEN s.failure IS NOT NULL THEN 'failed' WHEN v.num_first IS NULL THEN 'unchanged' ELSE 'read'
       END::tidings.poll_outcome, s.failure,
       CASE WHEN s.failure LIKE 'http%' THEN 403 WHEN s.failure IS NOT NULL THEN NULL WHEN v.num_first IS NULL THEN 304
            ELSE 200 END, 24000,
       CASE WHEN v.num_first IS NOT NULL THEN 30 ELSE 0 END, coalesce(v.num_first, 0), 120 + (s.number * 7) % 400
  FROM slots s
  JOIN tidings.documents d USING (source_id)
  LEFT JOIN (SELECT run_id, count(*) FILTER (WHERE outcome <> 'unchanged') AS num_first FROM visits GROUP BY run_id) v
       USING (run_id)
 ORDER BY s.slot;

INSERT INTO tidings.urls
       (url_id, url_key, key_version, url, source_id, first_seen_at, last_fetched_at, outcome, reason, num_failures,
        next_visit_at, found_in, entry)
       OVERRIDING SYSTEM VALUE
SELECT l.url_id, sha256(convert_to('{key_version} http://' || l.place, 'UTF8')), {key_version}, 'https://' || l.place,
       l.source_id, l.first_seen_at, l.fetched_at, l.outcome, l.reason, (l.outcome = 'failed')::int,
       CASE WHEN l.outcome = 'failed' THEN {now} + interval '3 hours' END, d.document_id, '{{}}'
  FROM (SELECT DISTINCT ON (v.url_id) v.url_id, v.source_id, v.outcome, v.reason, v.fetched_at,
               min(v.fetched_at) OVER (PARTITION BY v.url_id) AS first_seen_at,
               format('%s/%s/%s-%s', p.host, to_char(v.wanted_at, 'YYYY/MM'),
                      CASE WHEN v.is_other THEN 'page' ELSE 'story' END, v.url_id) AS place
          FROM visits v JOIN published p USING (source_id)
         ORDER BY v.url_id, v.fetched_at DESC) l
  JOIN tidings.documents d USING (source_id)
 ORDER BY l.first_seen_at;

INSERT INTO tidings.articles
       (article_id, content_hash, hash_version, headline, article_body, description, article_section, keywords, in_language,
        date_published, date_published_source, word_count, first_seen_at, origins, first_seen_url_id,
        first_published_url_id, story_id, story_role)
       OVERRIDING SYSTEM VALUE
SELECT v.n, sha256(convert_to(v.n::text, 'UTF8')), {hash_version}, t.headline, t.body, left(t.body, 140),
       (ARRAY['Politics','Business','Sport','Culture','City'])[1 + v.n % 5], '{{}}', s.language,
       CASE WHEN NOT b.is_bare THEN date_trunc('minute', v.wanted_at) END,
       CASE WHEN NOT b.is_bare THEN 'json_ld' END, t.num_words, v.fetched_at,
       jsonb_build_object('headline', 'json_ld', 'article_body', 'html', 'in_language', 'html')
       || CASE WHEN b.is_bare THEN '{{}}'::jsonb
               ELSE '{{"date_published": "json_ld", "authors": "json_ld", "article_section": "meta"}}' END,
       v.url_id, CASE WHEN NOT b.is_bare THEN v.url_id END, v.n, 'first'
  FROM visits v
  JOIN published s USING (source_id)
 CROSS JOIN LATERAL (SELECT v.number = 21 AND v.wanted_at > {since_last_week} AS is_bare) b
 CROSS JOIN LATERAL (SELECT {headline} AS headline, {body} AS body, {num_words} AS num_words) t
 WHERE v.outcome = 'new'
 ORDER BY v.n;

INSERT INTO tidings.article_urls
       (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at, date_published, published_before)
SELECT v.url_id, 1, v.n, v.source_id, true, v.fetched_at, v.fetched_at, a.date_published, a.date_published
  FROM visits v JOIN tidings.articles a ON a.article_id = v.n
 WHERE v.outcome = 'new'
 ORDER BY v.n;

INSERT INTO tidings.pages
       (run_id, source_id, url_id, url, outcome, reason, detail, http_status, num_bytes, fetched_at, duration_ms, article_id)
SELECT v.run_id, v.source_id, v.url_id, u.url, v.outcome, v.reason,
       CASE v.reason WHEN 'not_article' THEN 'a page of links: 3 words of text to one link' WHEN 'timeout' THEN 'no answer within 30s'
                     WHEN 'robots_disallowed' THEN 'Disallow: /page' END,
       CASE v.reason WHEN 'http_404' THEN 404 WHEN 'http_5xx' THEN 502 WHEN 'bot_wall' THEN 403 WHEN 'timeout' THEN NULL
                     WHEN 'robots_disallowed' THEN NULL WHEN 'not_modified' THEN 304 ELSE 200 END,
       60000 + v.url_id % 40000, v.fetched_at, 80 + v.url_id * 37 % 900,
       CASE WHEN v.outcome IN ('new', 'unchanged') THEN v.n END
  FROM visits v JOIN tidings.urls u USING (url_id)
 WHERE v.outcome <> 'unchanged' OR EXISTS (SELECT FROM tidings.articles a WHERE a.article_id = v.n)
 ORDER BY v.fetched_at;

INSERT INTO tidings.authors (name) SELECT DISTINCT format('%s %s', f, l)
  FROM unnest(ARRAY['Anna','Bram','Chiara','Dilek','Emil','Fatou','Goran','Hana','Ines','Jonas','Kofi','Lena']) AS f,
       unnest(ARRAY['Amsel','Barrow','Costa','Dorn','Ekberg','Farkas','Grau','Holm','Ivanova','Jansen','Kaya','Lund']) AS l;

INSERT INTO tidings.article_authors (article_id, position, author_id)
SELECT a.article_id, 1, 1 + a.article_id * 31 % 144 FROM tidings.articles a WHERE a.origins ? 'authors' AND a.article_id % 9 > 0;

INSERT INTO tidings.hourly_pages
SELECT p.source_id, date_trunc('hour', p.fetched_at, 'UTC'), p.outcome, p.reason, count(*), count(a.article_id),
       count(a.article_id), count(a.date_published), count(w.article_id), count(a.in_language), coalesce(sum(a.word_count), 0)
  FROM tidings.pages p
  LEFT JOIN tidings.articles a ON a.article_id = p.article_id AND p.reason::text <> 'not_modified'
  LEFT JOIN tidings.article_authors w ON w.article_id = a.article_id AND w.position = 1
 GROUP BY 1, 2, 3, 4;

UPDATE tidings.sources s
   SET last_success_at = r.last_success_at,
       failing_since = CASE WHEN p.number IN (14, 15) THEN {since_yesterday} END,
       failure_score = CASE WHEN p.number IN (14, 15) THEN 4 ELSE 0 END
  FROM published p
  JOIN LATERAL (SELECT max(finished_at) AS last_success_at FROM tidings.runs
                 WHERE source_id = p.source_id AND outcome IN ('succeeded', 'partial')) r ON true
 WHERE p.source_id = s.source_id;

INSERT INTO tidings.quarantine (url_id, reason, detail, num_attempts, quarantined_at)
SELECT url_id, 'extraction_timeout', 'not read within 10s', 3, {now} - interval '2 days'
  FROM visits WHERE is_other AND number = 32 AND outcome = 'failed' LIMIT 6;
UPDATE tidings.urls u SET num_crashes = 3, next_visit_at = NULL, reason = q.reason
  FROM tidings.quarantine q WHERE q.url_id = u.url_id;

-- An article that was edited twice.
CREATE TEMP TABLE edited AS
SELECT c.url_id, c.article_id, c.source_id, c.first_seen_at
  FROM tidings.article_urls c JOIN published p USING (source_id)
 WHERE p.number = 41 ORDER BY c.first_seen_at DESC LIMIT 1;
CREATE TEMP TABLE texts (revision, headline, body, kind) AS VALUES
    (1, 'Council cuts budget for harbour bridge', E'The council approved 4 million for the bridge.\nWork begins in May.', NULL),
    (2, 'Council cuts budget for harbour bridge', E'The council approved 3 million for the bridge.\nWork begins in May.', 'stealth'),
    (3, 'Council halves budget for harbour bridge', E'The council approved 2 million for the bridge.\nWork begins in June.', 'update');
UPDATE tidings.articles a SET headline = t.headline, article_body = t.body FROM edited e, texts t
 WHERE a.article_id = e.article_id AND t.revision = 1;
INSERT INTO tidings.articles
       (article_id, content_hash, hash_version, headline, article_body, keywords, in_language, word_count, first_seen_at,
        origins, first_seen_url_id, story_id, story_role) OVERRIDING SYSTEM VALUE
SELECT m.latest + t.revision, sha256(convert_to(t.body || t.headline, 'UTF8')), {hash_version}, t.headline, t.body, '{{}}', 'en',
       12, e.first_seen_at + t.revision * interval '1 hour', '{{"headline": "json_ld", "article_body": "html"}}', e.url_id,
       e.article_id, 'rewrite'
  FROM edited e, texts t, (SELECT max(article_id) AS latest FROM tidings.articles) m
 WHERE t.revision > 1;
UPDATE tidings.article_urls c SET is_current = false FROM edited e WHERE c.url_id = e.url_id;
INSERT INTO tidings.article_urls
       (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at, edit_kind)
SELECT e.url_id, t.revision, a.article_id, e.source_id, t.revision = 3, a.first_seen_at, {now}, t.kind::tidings.edit_kind
  FROM edited e, texts t JOIN tidings.articles a ON a.content_hash = sha256(convert_to(t.body || t.headline, 'UTF8'))
 WHERE t.revision > 1;

-- An agency's text that forty papers have.
INSERT INTO tidings.article_urls (url_id, revision, article_id, source_id, is_current, first_seen_at, last_seen_at)
SELECT DISTINCT ON (c.source_id) c.url_id, 2, a.article_id, c.source_id, false, a.first_seen_at + interval '20 minutes', {now}
  FROM tidings.article_urls c JOIN published p USING (source_id),
       (SELECT c.article_id, c.first_seen_at
          FROM tidings.article_urls c JOIN published p USING (source_id)
         WHERE p.number = 42 ORDER BY c.first_seen_at DESC LIMIT 1) a
 WHERE p.number BETWEEN 101 AND 140
 ORDER BY c.source_id, c.first_seen_at DESC;

INSERT INTO tidings.arrival_log (url_id, revision, outcome, arrived_at, seq)
SELECT c.url_id, c.revision,
       CASE WHEN a.first_seen_url_id <> c.url_id THEN 'duplicate' WHEN c.revision > 1 THEN 'changed' ELSE 'new'
       END::tidings.page_outcome,
       c.first_seen_at, row_number() OVER (ORDER BY c.first_seen_at, c.url_id, c.revision)
  FROM tidings.article_urls c JOIN tidings.articles a USING (article_id);
SELECT setval('tidings.arrival_seq', max(seq)) FROM tidings.arrival_log;
UPDATE tidings.search_progress SET seq = (SELECT max(seq) FROM tidings.arrival_log);

SELECT setval(pg_get_serial_sequence('tidings.urls', 'url_id'), (SELECT max(url_id) FROM tidings.urls)),
       setval(pg_get_serial_sequence('tidings.articles', 'article_id'), (SELECT max(article_id) FROM tidings.articles));
