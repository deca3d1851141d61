-- What the loader does with a batch of pages, in this order, in one transaction.
-- Rows travel as one JSON array; they are locked in the order of their keys, so that two batches never deadlock.

-- name: lock_runs
-- Which of these runs may still be written to; a run that another worker took up has a higher attempt. None is
-- taken up or closed until we commit.
SELECT run_id, attempt
  FROM tidings.runs
 WHERE run_id = ANY(%(run_ids)s::uuid[]) AND finished_at IS NULL
 ORDER BY run_id
   FOR SHARE;

-- name: insert_urls
-- Remember URLs that were never seen before.
INSERT INTO tidings.urls (url_key, key_version, url, source_id, first_seen_at)
SELECT DISTINCT ON (r.url_key) decode(r.url_key, 'hex'), r.key_version, r.url, r.source_id, r.first_seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_key text, key_version smallint, url text, source_id bigint, first_seen_at timestamptz)
 ORDER BY r.url_key
ON CONFLICT (url_key) DO NOTHING;

-- name: lock_urls
-- The ids of these URLs, which nobody else changes until we commit.
SELECT encode(url_key, 'hex') AS url_key, url_id
  FROM tidings.urls
 WHERE url_key = ANY(SELECT decode(unnest(%(url_keys)s::text[]), 'hex'))
 ORDER BY url_key
   FOR UPDATE;

-- name: find_same_texts
-- The hashes under which these texts are stored; without those that are new. A text is the same if all that its page
-- shows is, or what is left without boilerplate; first what its own URL shows is looked at. Of either it has several
-- hashes as long as some are stored under one of an older version.
SELECT r.position, encode(s.content_hash, 'hex') AS content_hash
  FROM jsonb_to_recordset(%(rows)s)
       AS r(position integer, url_id bigint, content_hashes text[], whole_hashes text[])
 CROSS JOIN LATERAL (SELECT ARRAY(SELECT decode(hash, 'hex') FROM unnest(r.content_hashes) AS hash) AS parts,
                            ARRAY(SELECT decode(hash, 'hex') FROM unnest(r.whole_hashes) AS hash) AS wholes,
                            ARRAY(SELECT decode(hash, 'hex')
                                    FROM unnest(r.content_hashes || r.whole_hashes) AS hash) AS hashes
                     OFFSET 0) h  -- decoded once, rather than wherever they are compared
 CROSS JOIN LATERAL (
       SELECT a.content_hash, CASE WHEN c.is_current THEN 1 ELSE 3 END AS rank
         FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
        WHERE c.url_id = r.url_id AND (a.content_hash = ANY(h.hashes) OR c.whole_hash = ANY(h.wholes))
        UNION ALL
       SELECT a.content_hash, CASE WHEN a.content_hash = ANY(h.parts) THEN 2 ELSE 4 END
         FROM tidings.articles a
        WHERE a.content_hash = ANY(h.hashes)
        UNION ALL
       (SELECT a.content_hash, 5
          FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
         WHERE c.whole_hash = ANY(h.wholes)
         LIMIT 1)
        ORDER BY rank
        LIMIT 1) s;

-- name: insert_articles
-- Store texts that nobody has stored yet; of two equal ones in a batch, or at once, one wins.
INSERT INTO tidings.articles
       (content_hash, hash_version, headline, alternative_headline, article_body, description, article_section, keywords,
        in_language, date_published, date_published_source, date_modified, main_image_url, main_image_caption,
        main_image_credit, dateline, is_live_blog, num_pages, is_accessible_for_free, word_count, origins, first_seen_at)
SELECT DISTINCT ON (r.content_hash)
       decode(r.content_hash, 'hex'), r.hash_version, r.headline, r.alternative_headline, r.article_body, r.description,
       r.article_section, r.keywords, r.in_language, r.date_published, r.date_published_source,
       r.date_modified, r.main_image_url, r.main_image_caption, r.main_image_credit, r.dateline, r.is_live_blog,
       r.num_pages, r.is_accessible_for_free, r.word_count, r.origins, r.first_seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(content_hash text, hash_version smallint, headline text, alternative_headline text, article_body text,
            description text, article_section text, keywords text[], in_language text, date_published timestamptz,
            date_published_source text, date_modified timestamptz, main_image_url text, main_image_caption text,
            main_image_credit text, dateline text, is_live_blog boolean, num_pages smallint,
            is_accessible_for_free boolean, word_count integer, origins jsonb, first_seen_at timestamptz)
 ORDER BY r.content_hash
ON CONFLICT (content_hash) DO NOTHING
RETURNING encode(content_hash, 'hex') AS content_hash;

-- name: find_articles
-- The ids of texts by their hashes; none of them is hashed anew or deleted until we commit.
SELECT encode(content_hash, 'hex') AS content_hash, article_id
  FROM tidings.articles
 WHERE content_hash = ANY(SELECT decode(unnest(%(content_hashes)s::text[]), 'hex'))
 ORDER BY article_id
   FOR KEY SHARE;

-- name: insert_authors
-- Remember names that never signed before.
INSERT INTO tidings.authors (name)
SELECT DISTINCT name FROM unnest(%(names)s::text[]) AS name ORDER BY name
ON CONFLICT (name) DO NOTHING;

-- name: insert_article_authors
-- Who signed these articles.
INSERT INTO tidings.article_authors (article_id, position, author_id)
SELECT r.article_id, r.position, a.author_id
  FROM jsonb_to_recordset(%(rows)s) AS r(article_id bigint, position smallint, name text)
  JOIN tidings.authors a USING (name)
ON CONFLICT DO NOTHING;

-- name: touch_copies
-- The URLs that still show the text they showed; or, for a visit of earlier (an archive's), that did so later on.
UPDATE tidings.article_urls c
   SET last_seen_at = greatest(c.last_seen_at, r.seen_at), first_seen_at = least(c.first_seen_at, r.seen_at),
       whole_hash = CASE WHEN c.last_seen_at <= r.seen_at THEN decode(r.whole_hash, 'hex') ELSE c.whole_hash END,
       whole_hash_version = CASE WHEN c.last_seen_at <= r.seen_at THEN r.whole_hash_version
                                 ELSE c.whole_hash_version END
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, article_id bigint, seen_at timestamptz, whole_hash text, whole_hash_version smallint)
 WHERE c.url_id = r.url_id AND c.article_id = r.article_id
   AND c.revision = (SELECT t.revision FROM tidings.article_urls t
                      WHERE t.url_id = r.url_id AND t.article_id = r.article_id
                        AND (t.is_current OR t.last_seen_at >= r.seen_at)
                      ORDER BY t.last_seen_at LIMIT 1)
RETURNING c.url_id;

-- name: retire_copies
-- The URLs that show another text than before; what they showed earlier still (in an archive) is not the current one.
UPDATE tidings.article_urls c
   SET is_current = false
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, seen_at timestamptz)
 WHERE c.url_id = r.url_id AND c.is_current AND c.last_seen_at <= r.seen_at
RETURNING c.url_id;

-- name: add_copies
-- The text that now stands at these URLs, as the next revision; it is the current one unless a later visit saw another.
INSERT INTO tidings.article_urls
       (url_id, revision, article_id, source_id, is_current, canonical_url, whole_hash, whole_hash_version,
        date_published, date_modified, first_seen_at, last_seen_at)
SELECT r.url_id,
       1 + coalesce((SELECT max(c.revision) FROM tidings.article_urls c WHERE c.url_id = r.url_id), 0),
       r.article_id, r.source_id,
       NOT EXISTS (SELECT FROM tidings.article_urls c WHERE c.url_id = r.url_id AND c.is_current), r.canonical_url,
       decode(r.whole_hash, 'hex'), r.whole_hash_version, r.date_published, r.date_modified, r.seen_at, r.seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, article_id bigint, source_id bigint, canonical_url text, seen_at timestamptz,
            whole_hash text, whole_hash_version smallint, date_published timestamptz, date_modified timestamptz);

-- name: insert_pages
-- The visits, each with its one outcome and reason. What was stored by a commit whose acknowledgement was lost is
-- there already.
INSERT INTO tidings.pages
       (run_id, source_id, url_id, url, final_url, outcome, reason, detail, http_status, num_bytes, fetched_at,
        duration_ms, article_id, opt_outs)
SELECT r.run_id, r.source_id, r.url_id, r.url, r.final_url, r.outcome, r.reason, r.detail, r.http_status,
       r.num_bytes, r.fetched_at, r.duration_ms, r.article_id, r.opt_outs
  FROM jsonb_to_recordset(%(rows)s)
       AS r(run_id uuid, source_id bigint, url_id bigint, url text, final_url text, outcome tidings.page_outcome,
            reason tidings.page_reason, detail text, http_status smallint, num_bytes integer,
            fetched_at timestamptz, duration_ms integer, article_id bigint, opt_outs text[])
ON CONFLICT DO NOTHING;

-- name: finish_urls
-- How the last visit to these URLs ended; an earlier one, out of an archive, changes nothing. A failed one is tried again after 5 minutes, then four times as long each
-- time up to a day: five times in all, but for a month if it was the host that failed. One that was over the run's
-- budget may be visited at once.
UPDATE tidings.urls u
   SET last_fetched_at = r.fetched_at,
       outcome = r.outcome,
       reason = r.reason,
       num_failures = CASE WHEN r.outcome <> 'failed' THEN 0
                           WHEN r.reason::text IN ('host_paused', 'host_down') THEN u.num_failures
                           ELSE u.num_failures + 1 END,
       next_visit_at = n.next_visit_at,
       link = CASE WHEN n.next_visit_at IS NOT NULL THEN coalesce(r.link, u.link) END
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, fetched_at timestamptz, outcome tidings.page_outcome, reason tidings.page_reason,
            retry_at timestamptz, of_host boolean, link jsonb)
  JOIN tidings.urls w ON w.url_id = r.url_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN r.reason::text = 'over_budget' THEN r.fetched_at
                   WHEN r.outcome = 'failed'
                        AND CASE WHEN r.of_host THEN w.first_seen_at > r.fetched_at - interval '30 days'
                                 ELSE w.num_failures < 4 END
                   THEN greatest(r.retry_at, r.fetched_at
                        + least(interval '5 minutes' * 4 ^ least(w.num_failures, 5), interval '1 day')) END
              AS next_visit_at) n
 WHERE u.url_id = r.url_id AND (u.last_fetched_at IS NULL OR u.last_fetched_at <= r.fetched_at);

-- name: find_known_urls
-- Which of these URLs need no visit now: their last one came to an end that stands, or it is too early to retry.
SELECT encode(url_key, 'hex') AS url_key, last_fetched_at, outcome NOT IN ('rejected', 'failed') AS has_article,
       outcome, reason
  FROM tidings.urls
 WHERE url_key = ANY(SELECT decode(unnest(%(url_keys)s::text[]), 'hex'))
   AND outcome IS NOT NULL
   AND (next_visit_at IS NULL OR next_visit_at > %(now)s);

-- name: find_off_site
-- Which of these URLs of other sites the source has listed before.
SELECT DISTINCT url
  FROM tidings.pages
 WHERE source_id = %(source_id)s AND url_id IS NULL
   AND md5(url) = ANY(SELECT md5(unnest(%(urls)s::text[])));

-- name: list_waiting_urls
-- URLs of a source that wait for a visit, whether a document still lists them or not, newest first.
SELECT url, link
  FROM tidings.urls
 WHERE source_id = %(source_id)s AND next_visit_at <= %(now)s
 ORDER BY coalesce(link ->> 'date_published', link ->> 'date_modified') DESC NULLS LAST, next_visit_at DESC
 LIMIT %(limit)s;

-- name: find_num_pages
-- From how many pages the text that stands at a URL was joined.
SELECT a.num_pages
  FROM tidings.urls u
  JOIN tidings.article_urls c USING (url_id)
  JOIN tidings.articles a USING (article_id)
 WHERE u.url_key = decode(%(url_key)s, 'hex') AND c.is_current;

-- name: list_urls_to_revisit
-- Every URL of a source at which an article stands.
SELECT u.url
  FROM tidings.article_urls c
  JOIN tidings.urls u USING (url_id)
 WHERE c.source_id = %(source_id)s AND c.is_current
 ORDER BY c.first_seen_at DESC;
