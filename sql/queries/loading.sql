-- What the loader does with a group of pages, in this order, in one transaction. Rows travel as one JSON array.
--
-- Locks are taken table by table, and in each in one order, so that two loads never deadlock:
--   runs           by run_id, shared
--   urls           new ones by url_key (who inserts one waits for another who just has), then all of them by url_key
--   documents      that list a new URL, as its foreign key does: shared, and nobody changes their keys
--   articles       new ones by content_hash; after that known ones by article_id
--   authors        new ones by name
--   articles       once more, those that have got an earlier first copy, by article_id
--   article_urls, arrival_log, article_authors, lessons, pages    in any order: whoever holds their URL or article has
--                  them alone; arrivals that somebody has locked are passed over by who numbers them
--   hourly_pages   by source_id, hour, outcome and reason; after it nothing is locked that is not locked by then
-- Whoever else writes to several of these tables, or to several rows of one, keeps to it; whoever needs an earlier lock
-- after a later one begins another transaction, as the loader does for a URL that comes twice in a batch.

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
INSERT INTO tidings.urls (url_key, key_version, url, source_id, first_seen_at, found_in, entry)
SELECT DISTINCT ON (r.url_key) decode(r.url_key, 'hex'), r.key_version, r.url, r.source_id, r.first_seen_at, r.found_in,
       r.entry
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_key text, key_version smallint, url text, source_id bigint, first_seen_at timestamptz, found_in bigint,
            entry jsonb)
 ORDER BY r.url_key
ON CONFLICT (url_key) DO NOTHING;

-- name: lock_urls
-- These URLs, which nobody else changes until we commit; and whether what stood there was deleted for good.
SELECT encode(url_key, 'hex') AS url_key, url_id, first_seen_at, last_fetched_at,
       reason IS NOT DISTINCT FROM 'expired' AS is_expired
  FROM tidings.urls
 WHERE url_key = ANY(SELECT decode(unnest(%(url_keys)s::text[]), 'hex'))
 ORDER BY url_key
   FOR UPDATE;

-- name: lock_urls_of_articles
-- The URLs at which these articles stand or stood, locked as those of a batch are.
SELECT url_id
  FROM tidings.urls
 WHERE url_id IN (SELECT url_id FROM tidings.article_urls WHERE article_id = ANY(%(article_ids)s::bigint[]))
 ORDER BY url_key
   FOR UPDATE;

-- name: find_recorded_pages
-- Which of these visits, that gave these texts or none, were recorded before, and how they ended: by a commit whose
-- acknowledgement was lost. A visit that gave another text is another one, whatever its time.
SELECT r.position, p.outcome, p.reason, p.article_id
  FROM jsonb_to_recordset(%(rows)s)
       AS r(position integer, run_id uuid, url text, fetched_at timestamptz, content_hash text)
  JOIN tidings.pages p ON p.run_id = r.run_id AND md5(p.url) = md5(r.url) AND p.fetched_at = r.fetched_at
  LEFT JOIN tidings.articles a USING (article_id)
 WHERE r.content_hash IS NULL OR a.content_hash = decode(r.content_hash, 'hex');

-- name: find_same_texts
-- The hashes under which these texts are stored; without those that are new. A text is the same if all that its page
-- shows is, or what is left without boilerplate; first what its own URL shows is looked at. Of either it has several
-- hashes as long as some are stored under one of an older version. One that was deleted for good comes with the time
-- of that.
SELECT r.position, encode(s.content_hash, 'hex') AS content_hash, s.deleted_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(position integer, url_id bigint, content_hashes text[], whole_hashes text[])
 CROSS JOIN LATERAL (SELECT ARRAY(SELECT decode(hash, 'hex') FROM unnest(r.content_hashes) AS hash) AS parts,
                            ARRAY(SELECT decode(hash, 'hex') FROM unnest(r.whole_hashes) AS hash) AS wholes,
                            ARRAY(SELECT decode(hash, 'hex')
                                    FROM unnest(r.content_hashes || r.whole_hashes) AS hash) AS hashes
                     OFFSET 0) h  -- decoded once, rather than wherever they are compared
 CROSS JOIN LATERAL (
       SELECT a.content_hash, CASE WHEN c.is_current THEN 1 ELSE 3 END AS rank, NULL::timestamptz AS deleted_at
         FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
        WHERE c.url_id = r.url_id AND (a.content_hash = ANY(h.hashes) OR c.whole_hash = ANY(h.wholes))
        UNION ALL
       SELECT a.content_hash, CASE WHEN a.content_hash = ANY(h.parts) THEN 2 ELSE 4 END, NULL
         FROM tidings.articles a
        WHERE a.content_hash = ANY(h.hashes)
        UNION ALL
       (SELECT a.content_hash, 5, NULL
          FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
         WHERE c.whole_hash = ANY(h.wholes)
         LIMIT 1)
        UNION ALL
       SELECT t.content_hash, 6, t.deleted_at FROM tidings.tombstones t WHERE t.content_hash = ANY(h.hashes)
        ORDER BY rank
        LIMIT 1) s;

-- name: find_neighbours
-- The texts that were seen at these URLs last before and next after these visits, where neither is the one seen now.
SELECT r.position,
       encode(b.content_hash, 'hex') AS before_hash, b.headline AS before_headline, b.article_body AS before_body,
       b.in_language AS before_language, b.date_modified AS before_date_modified,
       encode(n.content_hash, 'hex') AS next_hash, n.headline AS next_headline, n.article_body AS next_body,
       n.in_language AS next_language, n.date_modified AS next_date_modified, n.revision AS next_revision
  FROM jsonb_to_recordset(%(rows)s) AS r(position integer, url_id bigint, content_hash text, seen_at timestamptz)
  LEFT JOIN LATERAL (
       SELECT a.content_hash, a.headline, a.article_body, a.in_language, c.date_modified
         FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
        WHERE c.url_id = r.url_id AND c.first_seen_at <= r.seen_at
        ORDER BY c.first_seen_at DESC, c.revision DESC
        LIMIT 1) b ON true
  LEFT JOIN LATERAL (
       SELECT a.content_hash, a.headline, a.article_body, a.in_language, c.date_modified, c.revision
         FROM tidings.article_urls c JOIN tidings.articles a USING (article_id)
        WHERE c.url_id = r.url_id AND c.first_seen_at > r.seen_at
        ORDER BY c.first_seen_at, c.revision
        LIMIT 1) n ON true
 WHERE coalesce(b.content_hash, n.content_hash) IS NOT NULL
   AND decode(r.content_hash, 'hex') IS DISTINCT FROM b.content_hash
   AND decode(r.content_hash, 'hex') IS DISTINCT FROM n.content_hash;

-- name: mend_edit_kinds
-- What follows a text that was seen in between, in an archive, is an edit of that.
UPDATE tidings.article_urls c
   SET edit_kind = r.edit_kind
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, revision integer, edit_kind tidings.edit_kind)
 WHERE c.url_id = r.url_id AND c.revision = r.revision;

-- name: insert_articles
-- Store texts that nobody has stored yet; of two equal ones in a batch, or at once, one wins.
INSERT INTO tidings.articles
       (content_hash, hash_version, headline, alternative_headline, article_body, description, article_section, keywords,
        in_language, date_published, date_published_source, date_modified, main_image_url, main_image_caption,
        main_image_credit, dateline, is_live_blog, num_pages, is_accessible_for_free, word_count, origins, first_seen_at,
        first_seen_url_id, first_published_url_id)
SELECT DISTINCT ON (r.content_hash)
       decode(r.content_hash, 'hex'), r.hash_version, r.headline, r.alternative_headline, r.article_body, r.description,
       r.article_section, r.keywords, r.in_language, r.date_published, r.date_published_source,
       r.date_modified, r.main_image_url, r.main_image_caption, r.main_image_credit, r.dateline, r.is_live_blog,
       r.num_pages, r.is_accessible_for_free, r.word_count, r.origins, r.first_seen_at,
       r.first_seen_url_id, r.first_published_url_id
  FROM jsonb_to_recordset(%(rows)s)
       AS r(content_hash text, hash_version smallint, headline text, alternative_headline text, article_body text,
            description text, article_section text, keywords text[], in_language text, date_published timestamptz,
            date_published_source text, date_modified timestamptz, main_image_url text, main_image_caption text,
            main_image_credit text, dateline text, is_live_blog boolean, num_pages smallint,
            is_accessible_for_free boolean, word_count integer, origins jsonb, first_seen_at timestamptz,
            first_seen_url_id bigint, first_published_url_id bigint)
 ORDER BY r.content_hash, r.first_seen_at, r.first_seen_url_id
ON CONFLICT (content_hash) DO NOTHING
RETURNING encode(content_hash, 'hex') AS content_hash;

-- name: find_articles
-- The ids of texts by their hashes, none of which is hashed anew or deleted until we commit; and whether they were
-- deleted for good meanwhile.
SELECT encode(a.content_hash, 'hex') AS content_hash, a.article_id,
       EXISTS (SELECT FROM tidings.tombstones t WHERE t.content_hash = a.content_hash) AS is_expired
  FROM tidings.articles a
 WHERE a.content_hash = ANY(SELECT decode(unnest(%(content_hashes)s::text[]), 'hex'))
 ORDER BY a.article_id
   FOR KEY SHARE;

-- name: insert_authors
-- Remember names that never signed before.
INSERT INTO tidings.authors (name)
SELECT DISTINCT name FROM unnest(%(names)s::text[]) AS name ORDER BY name
ON CONFLICT (name) DO NOTHING;

-- name: lock_signers
-- The ids of these names, none of which is deleted until we commit.
SELECT name, author_id
  FROM tidings.authors
 WHERE name = ANY(%(names)s::text[])
 ORDER BY name
   FOR KEY SHARE;

-- name: insert_article_authors
-- Who signed these articles.
INSERT INTO tidings.article_authors (article_id, position, author_id)
SELECT r.article_id, r.position, r.author_id
  FROM jsonb_to_recordset(%(rows)s) AS r(article_id bigint, position smallint, author_id bigint)
ON CONFLICT DO NOTHING;

-- name: touch_copies
-- The URLs that still show the text they showed; or, for a visit of earlier (an archive's), that did so later on.
-- What the latest visit says counts, but of the date of publication what the earliest said.
UPDATE tidings.article_urls c
   SET last_seen_at = greatest(c.last_seen_at, r.seen_at), first_seen_at = least(c.first_seen_at, r.seen_at),
       whole_hash = CASE WHEN c.last_seen_at <= r.seen_at THEN decode(r.whole_hash, 'hex') ELSE c.whole_hash END,
       whole_hash_version = CASE WHEN c.last_seen_at <= r.seen_at THEN r.whole_hash_version
                                 ELSE c.whole_hash_version END,
       canonical_url = CASE WHEN c.last_seen_at <= r.seen_at THEN r.canonical_url ELSE c.canonical_url END,
       canonical_key = CASE WHEN c.last_seen_at <= r.seen_at THEN decode(r.canonical_key, 'hex') ELSE c.canonical_key END,
       date_modified = CASE WHEN c.last_seen_at <= r.seen_at THEN r.date_modified ELSE c.date_modified END,
       date_published = CASE WHEN r.seen_at < c.first_seen_at THEN coalesce(r.date_published, c.date_published)
                             ELSE coalesce(c.date_published, r.date_published) END,
       published_before = least(c.published_before, r.published_before)
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, article_id bigint, seen_at timestamptz, whole_hash text, whole_hash_version smallint,
            canonical_url text, canonical_key text, date_published timestamptz, date_modified timestamptz,
            published_before timestamptz)
 CROSS JOIN LATERAL (
       SELECT t.revision FROM tidings.article_urls t
        WHERE t.url_id = r.url_id AND t.article_id = r.article_id
          AND (t.is_current OR t.last_seen_at >= r.seen_at
               OR NOT EXISTS (SELECT FROM tidings.article_urls o
                               WHERE o.url_id = r.url_id AND o.revision <> t.revision
                                 AND o.last_seen_at >= t.last_seen_at AND o.first_seen_at <= r.seen_at))
        ORDER BY t.last_seen_at
        LIMIT 1) t
 WHERE c.url_id = r.url_id AND c.revision = t.revision
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
-- With each goes a row that has it numbered among the arrivals, once it is committed.
WITH added AS (
INSERT INTO tidings.article_urls
       (url_id, revision, article_id, source_id, is_current, canonical_url, canonical_key, whole_hash,
        whole_hash_version, date_published, date_modified, published_before, edit_kind, first_seen_at, last_seen_at)
SELECT r.url_id,
       1 + coalesce(b.revision, 0),
       r.article_id, r.source_id,
       b.has_current IS NOT TRUE, r.canonical_url,
       decode(r.canonical_key, 'hex'), decode(r.whole_hash, 'hex'), r.whole_hash_version, r.date_published,
       r.date_modified, r.published_before, r.edit_kind, r.seen_at, r.seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, article_id bigint, source_id bigint, canonical_url text, canonical_key text,
            seen_at timestamptz, whole_hash text, whole_hash_version smallint, date_published timestamptz,
            date_modified timestamptz, published_before timestamptz, edit_kind tidings.edit_kind)
 CROSS JOIN LATERAL (SELECT max(c.revision) AS revision, bool_or(c.is_current) AS has_current
                       FROM tidings.article_urls c WHERE c.url_id = r.url_id) b
RETURNING url_id, revision
)
INSERT INTO tidings.arrival_log (url_id, revision, outcome, arrived_at)
SELECT a.url_id, a.revision, r.outcome, now()
  FROM added a
  JOIN jsonb_to_recordset(%(rows)s) AS r(url_id bigint, outcome tidings.page_outcome) USING (url_id);

-- name: find_earlier_copies
-- The articles of which one of these copies is earlier than the first one known. Copies only ever become earlier, so
-- what is not earlier than what all can see will not be.
SELECT DISTINCT a.article_id
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, article_id bigint)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.article_urls c ON c.url_id = r.url_id AND c.article_id = r.article_id
  LEFT JOIN LATERAL (SELECT f.published_before, f.first_seen_at
                       FROM tidings.article_urls f
                      WHERE f.url_id = a.first_published_url_id AND f.article_id = a.article_id
                      ORDER BY f.published_before, f.first_seen_at LIMIT 1) f ON true
 WHERE a.first_seen_url_id IS NULL
    OR (c.first_seen_at, c.url_id) < (a.first_seen_at, a.first_seen_url_id)
    OR (c.published_before IS NOT NULL AND f.published_before IS NULL)
    OR (c.published_before, c.first_seen_at, c.url_id) < (f.published_before, f.first_seen_at, a.first_published_url_id);

-- name: lock_articles
-- These articles, which nobody else changes until we commit.
SELECT article_id
  FROM tidings.articles
 WHERE article_id = ANY(%(article_ids)s)
 ORDER BY article_id
   FOR NO KEY UPDATE;

-- name: settle_firsts
-- Which of all the copies of these articles was seen first, and which was published first by its publisher's word;
-- of several at once the one that was seen first.
UPDATE tidings.articles a
   SET first_seen_at = s.first_seen_at, first_seen_url_id = s.url_id, first_published_url_id = p.url_id
  FROM (SELECT DISTINCT ON (article_id) article_id, url_id, first_seen_at
          FROM tidings.article_urls
         WHERE article_id = ANY(%(article_ids)s)
         ORDER BY article_id, first_seen_at, url_id) s
  LEFT JOIN (SELECT DISTINCT ON (article_id) article_id, url_id
               FROM tidings.article_urls
              WHERE article_id = ANY(%(article_ids)s) AND published_before IS NOT NULL
              ORDER BY article_id, published_before, first_seen_at, url_id) p USING (article_id)
 WHERE a.article_id = s.article_id;

-- name: insert_pages
-- The visits, each with its one outcome and reason. A link to another site may be there already (a commit's
-- acknowledgement was lost): no URL of ours was locked for it.
INSERT INTO tidings.pages
       (run_id, source_id, url_id, url, final_url, outcome, reason, detail, http_status, num_bytes, fetched_at,
        duration_ms, article_id, opt_outs, trace)
SELECT r.run_id, r.source_id, r.url_id, r.url, r.final_url, r.outcome, r.reason, r.detail, r.http_status,
       r.num_bytes, r.fetched_at, r.duration_ms, r.article_id, r.opt_outs, r.trace
  FROM jsonb_to_recordset(%(rows)s)
       AS r(run_id uuid, source_id bigint, url_id bigint, url text, final_url text, outcome tidings.page_outcome,
            reason tidings.page_reason, detail text, http_status smallint, num_bytes integer,
            fetched_at timestamptz, duration_ms integer, article_id bigint, opt_outs text[], trace jsonb)
ON CONFLICT DO NOTHING;

-- name: count_pages
-- The visits by the hour in which they were made, and what their articles have.
INSERT INTO tidings.hourly_pages AS h
SELECT r.source_id, date_trunc('hour', r.fetched_at, 'UTC') AS hour, r.outcome, r.reason, count(*),
       count(*) FILTER (WHERE r.is_article), count(*) FILTER (WHERE r.is_headlined), count(*) FILTER (WHERE r.is_dated),
       count(*) FILTER (WHERE r.is_signed), count(*) FILTER (WHERE r.is_in_language), coalesce(sum(r.num_words), 0)
  FROM jsonb_to_recordset(%(rows)s)
       AS r(source_id bigint, fetched_at timestamptz, outcome tidings.page_outcome, reason tidings.page_reason,
            is_article boolean, is_headlined boolean, is_dated boolean, is_signed boolean, is_in_language boolean,
            num_words integer)
 GROUP BY 1, 2, 3, 4
 ORDER BY 1, 2, 3, 4
ON CONFLICT (source_id, hour, outcome, reason) DO UPDATE
   SET num_pages = h.num_pages + excluded.num_pages,
       num_articles = h.num_articles + excluded.num_articles,
       num_headlined = h.num_headlined + excluded.num_headlined,
       num_dated = h.num_dated + excluded.num_dated,
       num_signed = h.num_signed + excluded.num_signed,
       num_in_language = h.num_in_language + excluded.num_in_language,
       num_words = h.num_words + excluded.num_words;

-- name: touch_unmodified
-- The URLs whose server says that they show what they showed (304), and the article that it speaks of.
UPDATE tidings.article_urls c
   SET last_seen_at = greatest(c.last_seen_at, r.seen_at)
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, seen_at timestamptz)
 WHERE c.url_id = r.url_id AND c.is_current
RETURNING c.url_id, c.article_id;

-- name: finish_urls
-- How the last visit to these URLs ended; an earlier one, out of an archive, changes nothing, and a URL that has
-- expired stays so. A failed one is tried again after 5 minutes, then four times as long each time up to a day: five
-- times in all, but for a month if it was the host that failed. One that was over the run's budget may be visited at
-- once. An article is visited again when its rhythm says so (revisit_at), unless it is gone, or its page names as its
-- own URL another one, at which an article stands as well. Nor is a page visited again, unless an operator says so,
-- that has crashed, hung or bloated its reader three times in a row: it is put into quarantine. Failures of another
-- kind in between leave the count as it is. Returns what is gone, what has come back, and what is in quarantine now.
WITH ended AS (
UPDATE tidings.urls u
   SET last_fetched_at = r.fetched_at,
       outcome = r.outcome,
       reason = r.reason,
       num_failures = CASE WHEN r.outcome <> 'failed' THEN 0
                           WHEN r.reason::text IN ('host_paused', 'host_down') THEN u.num_failures
                           ELSE u.num_failures + 1 END,
       next_visit_at = n.next_visit_at,
       link = CASE WHEN n.next_visit_at IS NOT NULL OR c.num_crashes >= 3 THEN coalesce(r.link, u.link) END,
       num_crashes = c.num_crashes,
       etag = CASE WHEN r.reason::text = 'not_modified' THEN u.etag ELSE r.etag END,
       last_modified = CASE WHEN r.reason::text = 'not_modified' THEN u.last_modified ELSE r.last_modified END,
       num_not_modified = CASE WHEN r.reason::text = 'not_modified' THEN u.num_not_modified + 1 ELSE 0 END,
       gone_at = g.gone_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, fetched_at timestamptz, outcome tidings.page_outcome, reason tidings.page_reason,
            retry_at timestamptz, of_host boolean, link jsonb, revisit_at timestamptz, etag text, last_modified text,
            is_gone boolean, is_poisonous boolean, is_asked boolean, detail text)
  JOIN tidings.urls w ON w.url_id = r.url_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN r.outcome NOT IN ('rejected', 'failed') THEN NULL
                   WHEN r.is_gone AND w.gone_at IS NULL
                        AND EXISTS (SELECT FROM tidings.article_urls c WHERE c.url_id = w.url_id AND c.is_current)
                   THEN r.fetched_at
                   ELSE w.gone_at END
              AS gone_at) g
 CROSS JOIN LATERAL (
       SELECT CASE WHEN r.is_poisonous THEN w.num_crashes + 1
                   WHEN r.outcome IN ('rejected', 'failed') THEN w.num_crashes
                   ELSE 0 END
              AS num_crashes) c
 CROSS JOIN LATERAL (
       SELECT CASE WHEN c.num_crashes >= 3 THEN NULL
                   WHEN r.reason::text = 'over_budget' THEN r.fetched_at
                   WHEN r.outcome = 'failed'
                        AND CASE WHEN r.of_host THEN w.first_seen_at > r.fetched_at - interval '30 days'
                                 ELSE w.num_failures < 4 END
                   THEN greatest(r.retry_at, r.fetched_at
                        + least(interval '5 minutes' * 4 ^ least(w.num_failures, 5), interval '1 day'))
                   WHEN r.revisit_at IS NOT NULL AND r.outcome <> 'rejected' AND g.gone_at IS NULL
                        AND EXISTS (SELECT FROM tidings.article_urls c
                                     WHERE c.url_id = w.url_id AND c.is_current
                                       AND (c.canonical_key IS NULL OR c.canonical_key = w.url_key
                                            OR NOT EXISTS (SELECT FROM tidings.urls t
                                                             JOIN tidings.article_urls o USING (url_id)
                                                            WHERE t.url_key = c.canonical_key AND t.gone_at IS NULL
                                                              AND o.is_current)))
                   THEN r.revisit_at END
              AS next_visit_at) n
 WHERE u.url_id = r.url_id AND (u.last_fetched_at IS NULL OR u.last_fetched_at <= r.fetched_at)
   AND u.reason IS DISTINCT FROM 'expired'
RETURNING u.url_id, CASE WHEN u.gone_at IS NOT NULL THEN true WHEN w.gone_at IS NOT NULL THEN false END AS is_gone,
          u.num_crashes, r.is_poisonous AND r.is_asked AS is_suspect, r.reason, r.detail, r.fetched_at
), quarantined AS (
INSERT INTO tidings.quarantine (url_id, reason, detail, num_attempts, quarantined_at)
SELECT url_id, reason, detail, num_crashes, fetched_at FROM ended WHERE is_suspect AND num_crashes >= 3
ON CONFLICT (url_id) DO UPDATE
   SET reason = excluded.reason, detail = excluded.detail, num_attempts = excluded.num_attempts
RETURNING url_id, num_attempts
), released AS (
DELETE FROM tidings.quarantine q USING ended e WHERE q.url_id = e.url_id AND e.num_crashes = 0
)
SELECT e.url_id, e.is_gone, q.num_attempts AS num_crashes
  FROM ended e LEFT JOIN quarantined q USING (url_id);
