-- What is too old to be kept.

-- name: list_old_articles
-- The next articles, from a place in their order on, that are old enough to have been seen last before a moment; and
-- whether they were. A text whose hash is yet to be computed of the present form is left for later.
SELECT o.article_id, o.first_seen_at,
       coalesce((SELECT max(c.last_seen_at) FROM tidings.article_urls c WHERE c.article_id = o.article_id),
                '-infinity') < %(before)s AS is_expired
  FROM (SELECT a.article_id, a.first_seen_at
          FROM tidings.articles a
         WHERE a.first_seen_at < %(before)s
           AND (a.first_seen_at, a.article_id) > (%(after)s::timestamptz, %(after_id)s::bigint)
           AND a.hash_version = %(hash_version)s
         ORDER BY a.first_seen_at, a.article_id
         LIMIT %(limit)s) o;

-- name: find_expired
-- Which of these articles nobody has seen since a moment; and the earlier texts of the URLs at which they stand, if
-- that is all there is of them: with the text that stands at it a URL expires, whatever it showed before.
WITH gone AS (
    SELECT a.article_id
      FROM tidings.articles a
     WHERE a.article_id = ANY(%(article_ids)s)
       AND coalesce((SELECT max(c.last_seen_at) FROM tidings.article_urls c WHERE c.article_id = a.article_id),
                    '-infinity') < %(before)s
), places AS (
    SELECT c.url_id FROM tidings.article_urls c JOIN gone USING (article_id) WHERE c.is_current
)
SELECT article_id FROM gone
UNION
SELECT c.article_id
  FROM tidings.article_urls c JOIN places USING (url_id)
 WHERE NOT EXISTS (SELECT FROM tidings.article_urls o
                    WHERE o.article_id = c.article_id AND o.url_id NOT IN (SELECT url_id FROM places));

-- name: lock_expired_articles
-- These articles, to which nobody adds a copy until we commit; and those that change when these go, for articles are
-- locked in one order: what else their URLs showed, and in each story that loses its first the next one.
SELECT article_id
  FROM tidings.articles
 WHERE article_id IN (
       SELECT unnest(%(article_ids)s)
        UNION
       SELECT o.article_id
         FROM tidings.article_urls c JOIN tidings.article_urls o USING (url_id)
        WHERE c.article_id = ANY(%(article_ids)s)
        UNION
      (SELECT DISTINCT ON (n.story_id) n.article_id
         FROM tidings.articles f JOIN tidings.articles n USING (story_id)
        WHERE f.article_id = ANY(%(article_ids)s) AND f.story_role = 'first' AND n.article_id <> ALL(%(article_ids)s)
        ORDER BY n.story_id, n.first_seen_at, n.article_id))
 ORDER BY article_id
   FOR UPDATE;

-- name: insert_tombstones
-- Keep by what these texts would be known again: their hash, and those of all that pages showed with them.
INSERT INTO tidings.tombstones (content_hash, hash_version, deleted_at)
SELECT h.content_hash, max(h.hash_version), %(now)s
  FROM (SELECT content_hash, hash_version FROM tidings.articles WHERE article_id = ANY(%(article_ids)s)
         UNION ALL
        SELECT whole_hash, whole_hash_version FROM tidings.article_urls
         WHERE article_id = ANY(%(article_ids)s) AND whole_hash IS NOT NULL) h
 GROUP BY h.content_hash
 ORDER BY h.content_hash
ON CONFLICT (content_hash) DO NOTHING;

-- name: delete_expired_copies
-- Take these articles off their URLs; says of which URLs it was the text that stood there.
DELETE FROM tidings.article_urls WHERE article_id = ANY(%(article_ids)s)
RETURNING url_id, is_current;

-- name: delete_earlier_texts
-- What these URLs showed before, of texts that stand elsewhere as well.
DELETE FROM tidings.article_urls WHERE url_id = ANY(%(url_ids)s)
RETURNING article_id;

-- name: expire_urls
-- These URLs are not asked for any more, whoever lists them.
UPDATE tidings.urls
   SET outcome = 'rejected', reason = 'expired', num_failures = 0, next_visit_at = NULL, link = NULL, etag = NULL,
       last_modified = NULL
 WHERE url_id = ANY(%(url_ids)s);

-- name: delete_expired_bylines
-- Who signed these articles.
DELETE FROM tidings.article_authors WHERE article_id = ANY(%(article_ids)s)
RETURNING author_id;

-- name: lock_authors
-- Those of these authors whom nobody has sign another article at this moment.
SELECT author_id FROM tidings.authors WHERE author_id = ANY(%(author_ids)s) ORDER BY author_id FOR UPDATE SKIP LOCKED;

-- name: delete_authors
-- Those of these authors who have signed nothing that is left.
DELETE FROM tidings.authors w
 WHERE w.author_id = ANY(%(author_ids)s)
   AND NOT EXISTS (SELECT FROM tidings.article_authors b WHERE b.author_id = w.author_id);

-- name: delete_expired_articles
-- The articles themselves; says in which stories they were the first.
DELETE FROM tidings.articles WHERE article_id = ANY(%(article_ids)s)
RETURNING story_id, story_role;

-- name: settle_stories
-- The first of these stories is deleted: the oldest article that is left of them is it now.
UPDATE tidings.articles
   SET story_role = 'first'
 WHERE article_id IN (SELECT DISTINCT ON (story_id) article_id FROM tidings.articles
                       WHERE story_id = ANY(%(story_ids)s)
                       ORDER BY story_id, first_seen_at, article_id);

-- name: has_imported_pages
-- Whether pages of a month came out of a WARC file by an import that ended after a moment, or goes on.
SELECT EXISTS (SELECT FROM tidings.runs r
                WHERE r.import_id IS NOT NULL AND coalesce(r.finished_at, 'infinity') >= %(before)s
                  AND EXISTS (SELECT FROM tidings.pages p
                               WHERE p.run_id = r.run_id AND p.fetched_at >= %(start)s AND p.fetched_at < %(end)s))
       AS is_so;

-- name: list_old_runs
-- The runs that ended before a moment, the oldest first.
SELECT run_id
  FROM tidings.runs r
 WHERE finished_at < %(before)s AND NOT EXISTS (SELECT FROM tidings.sources s WHERE s.run_id = r.run_id)
 ORDER BY finished_at
 LIMIT %(limit)s;

-- name: list_old_pages
-- Pages of these runs.
SELECT page_id, fetched_at FROM tidings.pages WHERE run_id = ANY(%(run_ids)s) LIMIT %(limit)s;

-- name: delete_pages
-- These pages; the times, between which all of them were fetched, say which partitions to look at.
DELETE FROM tidings.pages
 WHERE page_id = ANY(%(page_ids)s) AND fetched_at >= %(first)s AND fetched_at <= %(last)s;

-- name: delete_old_polls
-- What these runs asked for.
DELETE FROM tidings.polls WHERE run_id = ANY(%(run_ids)s);

-- name: delete_old_runs
-- Those of these runs of which no page is left.
DELETE FROM tidings.runs r
 WHERE run_id = ANY(%(run_ids)s) AND NOT EXISTS (SELECT FROM tidings.pages p WHERE p.run_id = r.run_id);

-- name: delete_old_sketches
-- Sketches of the default partition from before a moment.
DELETE FROM tidings.sketches_default
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM tidings.sketches_default WHERE seen_at < %(before)s LIMIT %(limit)s));

-- name: delete_old_hours
-- Hours of the default partition from before a moment.
DELETE FROM tidings.hourly_pages_default
 WHERE ctid = ANY(ARRAY(SELECT ctid FROM tidings.hourly_pages_default WHERE hour < %(before)s LIMIT %(limit)s));

-- name: delete_old_alarms
-- Alarms that were over before a moment, and with them what was told of them.
DELETE FROM tidings.alarms
 WHERE alarm_id IN (SELECT alarm_id FROM tidings.alarms WHERE cleared_at < %(before)s ORDER BY cleared_at LIMIT %(limit)s);

-- name: count_old
-- How much is older than these moments; nothing is older than NULL.
SELECT (SELECT count(*) FROM tidings.articles a
         WHERE a.first_seen_at < %(articles)s
           AND NOT EXISTS (SELECT FROM tidings.article_urls c
                            WHERE c.article_id = a.article_id AND c.last_seen_at >= %(articles)s)) AS num_articles,
       (SELECT count(*) FROM tidings.runs WHERE finished_at < %(pages)s) AS num_runs,
       (SELECT count(*) FROM tidings.pages p JOIN tidings.runs r USING (run_id)
         WHERE p.fetched_at < %(pages)s AND r.finished_at < %(pages)s) AS num_pages;
