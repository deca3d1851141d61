-- The story of one URL, for `tidings explain` and the page of that name. Each query goes by an index.

-- name: explain_url
-- What is known of a URL; what found it; and what text stands or stood there.
SELECT u.url_id, u.url, encode(u.url_key, 'hex') AS url_key, u.source_id, s.name AS source, s.state AS source_state,
       s.due_at, s.run_id, s.definition, u.first_seen_at, u.last_fetched_at, u.outcome, u.reason, u.num_failures,
       u.next_visit_at, u.gone_at, u.num_crashes, u.entry, d.url AS document, d.kind AS document_kind,
       %(entry_key)s = ANY(d.entry_keys) AS is_listed,
       ARRAY(SELECT l.url FROM tidings.documents l
              WHERE l.source_id = u.source_id AND l.retired_at IS NULL AND %(entry_key)s = ANY(l.entry_keys)
              ORDER BY l.url LIMIT 10) AS listed_by,
       q.reason AS quarantine_reason, q.detail AS quarantine_detail, q.num_attempts, q.quarantined_at,
       c.article_id, c.canonical_key IS NULL OR c.canonical_key = u.url_key AS is_canonical, c.canonical_url,
       a.origins ->> 'article_body' IS NOT DISTINCT FROM 'feed' AS is_of_feed
  FROM tidings.urls u
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.documents d ON d.document_id = u.found_in
  LEFT JOIN tidings.quarantine q ON q.url_id = u.url_id
  LEFT JOIN LATERAL (SELECT article_id, canonical_key, canonical_url FROM tidings.article_urls
                      WHERE url_id = u.url_id ORDER BY is_current DESC, first_seen_at DESC LIMIT 1) c ON true
  LEFT JOIN tidings.articles a USING (article_id)
 WHERE u.url_key = decode(%(url_key)s, 'hex');

-- name: find_by_canonical_url
-- The URLs whose pages name this one as their own, the one that was seen first at the head.
SELECT u.url
  FROM tidings.article_urls c
  JOIN tidings.urls u USING (url_id)
 WHERE c.canonical_key = decode(%(url_key)s, 'hex') AND u.url_key <> c.canonical_key
 ORDER BY c.is_current DESC, c.first_seen_at
 LIMIT 1;

-- name: explain_visits
-- The latest visits to a URL, newest first, and how many there are that are still recorded.
SELECT p.run_id, r.trigger, i.file, p.url, p.final_url, p.outcome, p.reason, p.detail, p.http_status, p.num_bytes,
       p.fetched_at, p.duration_ms, p.article_id, p.opt_outs, p.trace, count(*) OVER () AS num_visits
  FROM tidings.pages p
  JOIN tidings.runs r USING (run_id)
  LEFT JOIN tidings.warc_imports i USING (import_id)
 WHERE p.url_id = %(url_id)s
 ORDER BY p.fetched_at DESC
 LIMIT %(limit)s;

-- name: explain_arrivals
-- The latest visits to other URLs whose redirects may have led to this one: to those with a text that stood here, and
-- to the one from which it was found. Where each led, its final_url tells.
SELECT p.run_id, r.trigger, NULL AS file, p.url, p.final_url, p.outcome, p.reason, p.detail, p.http_status, p.num_bytes,
       p.fetched_at, p.duration_ms, p.article_id, p.opt_outs, p.trace
  FROM (SELECT v.page_id, v.fetched_at
          FROM tidings.article_urls c JOIN tidings.pages v USING (article_id)
         WHERE c.url_id = %(url_id)s AND v.url_id <> %(url_id)s AND v.final_url IS NOT NULL
         UNION
        SELECT v.page_id, v.fetched_at
          FROM tidings.urls u JOIN tidings.pages v USING (url_id)
         WHERE u.url_key = decode(%(from_key)s, 'hex') AND v.url_id <> %(url_id)s AND v.final_url IS NOT NULL
         ORDER BY fetched_at DESC
         LIMIT %(limit)s) l
  JOIN tidings.pages p USING (page_id, fetched_at)
  JOIN tidings.runs r USING (run_id)
 ORDER BY p.fetched_at DESC;

-- name: explain_copies
-- Where a text stands or stood, the first to be seen at the head, and at how many URLs in all.
SELECT u.url, s.name AS source, c.first_seen_at, c.is_current, coalesce(a.first_seen_url_id = c.url_id, false) AS is_first_seen,
       coalesce(a.first_published_url_id = c.url_id, false) AS is_first_published, c.url_id,
       count(*) OVER () AS num_copies
  FROM tidings.article_urls c
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.urls u ON u.url_id = c.url_id
  JOIN tidings.sources s ON s.source_id = c.source_id
 WHERE c.article_id = %(article_id)s
 ORDER BY a.first_seen_url_id = c.url_id DESC NULLS LAST, c.first_seen_at
 LIMIT %(limit)s;

-- name: explain_listings
-- Which sources listed these URLs though they are on none of their own sites.
SELECT s.name AS source, p.url, p.fetched_at, p.run_id, d.url AS document, p.trace -> 'entry' ->> 'headline' AS headline
  FROM tidings.pages p
  JOIN tidings.sources s USING (source_id)
  LEFT JOIN tidings.documents d ON d.document_id = (p.trace ->> 'found_in')::bigint
 WHERE p.url_id IS NULL AND md5(p.url) = ANY(SELECT md5(unnest(%(urls)s::text[])))
 ORDER BY p.fetched_at DESC
 LIMIT %(limit)s;

-- name: find_watchers
-- The sources that have anything to do with a domain: a site of theirs is within it, or their definition names it; a
-- thousand at the most.
SELECT s.source_id, s.name, s.state, s.definition, s.due_at, s.run_id, b.longest_silence,
       r.run_id AS last_run_id, r.finished_at, r.outcome, r.reason
  FROM tidings.sources s
  LEFT JOIN tidings.baselines b USING (source_id)
  LEFT JOIN LATERAL (SELECT run_id, finished_at, outcome, reason FROM tidings.runs
                      WHERE source_id = s.source_id AND finished_at IS NOT NULL
                      ORDER BY queued_at DESC LIMIT 1) r ON true
 WHERE s.host_lock = %(host_lock)s OR strpos(lower(s.definition::text), %(domain)s) > 0
 ORDER BY s.state, s.name
 LIMIT 1000;

-- name: explain_documents
-- The documents of a source, those with which a run begins first: how the last poll went, when one last could be read
-- and brought URLs that nobody knew (of the last 30 days), how many links it brought when it was read last, of when the
-- oldest entry is that a feed listed last, and when it last had a gap between these two times.
SELECT d.url, d.kind, d.polled_at, d.retired_at, p.outcome, p.reason, p.detail, p.polled_at AS asked_at, l.num_links,
       r.last_good_at, n.last_news_at, %(entry_key)s = ANY(d.entry_keys) AS is_listed, o.oldest_entry_at, g.last_gap_at
  FROM (SELECT * FROM tidings.documents WHERE source_id = %(source_id)s
         ORDER BY retired_at IS NOT NULL, is_root DESC, polled_at DESC NULLS LAST, document_id
         LIMIT %(limit)s) d
  LEFT JOIN LATERAL (SELECT outcome, reason, detail, polled_at FROM tidings.polls
                      WHERE document_id = d.document_id ORDER BY polled_at DESC LIMIT 1) p ON true
  LEFT JOIN LATERAL (SELECT polled_at AS last_good_at FROM tidings.polls
                      WHERE document_id = d.document_id AND outcome <> 'failed' AND polled_at > %(long_ago)s
                      ORDER BY polled_at DESC LIMIT 1) r ON true
  LEFT JOIN LATERAL (SELECT num_links FROM tidings.polls
                      WHERE document_id = d.document_id AND outcome = 'read' AND polled_at > %(long_ago)s
                      ORDER BY polled_at DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (SELECT polled_at AS last_news_at FROM tidings.polls
                      WHERE document_id = d.document_id AND num_unknown > 0 AND polled_at > %(long_ago)s
                      ORDER BY polled_at DESC LIMIT 1) n ON true
  LEFT JOIN LATERAL (SELECT max(polled_at) AS last_gap_at FROM tidings.polls
                      WHERE document_id = d.document_id AND is_gap
                        AND polled_at BETWEEN %(since)s AND %(until)s) g ON true
  LEFT JOIN LATERAL (SELECT min(coalesce((u.entry ->> 'date_published')::timestamptz, u.first_seen_at)) AS oldest_entry_at
                       FROM unnest(d.entry_keys) AS k (key)
                       JOIN tidings.urls u ON u.url_key BETWEEN int8send(k.key)
                                                        AND int8send(k.key) || decode(repeat('ff', 24), 'hex')) o ON true
 ORDER BY d.retired_at IS NOT NULL, d.is_root DESC, d.polled_at DESC NULLS LAST, d.document_id;

-- name: explain_alarms
-- The alarms of a source that were up at some time between these two, the latest first.
SELECT kind, cause, raised_at, cleared_at
  FROM tidings.alarms
 WHERE source_id = %(source_id)s AND coalesce(since, raised_at) < %(until)s
   AND (cleared_at IS NULL OR cleared_at > %(since)s)
 ORDER BY raised_at DESC
 LIMIT %(limit)s;
