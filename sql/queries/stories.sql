-- Near-copies and their stories: what shares keys with an article, and who is in which story.

-- name: lock_unlinked
-- Which of these articles are in no story yet; nobody else sketches or links them until we commit.
SELECT article_id
  FROM tidings.articles
 WHERE article_id = ANY(%(article_ids)s::bigint[]) AND story_id IS NULL
 ORDER BY article_id
   FOR NO KEY UPDATE;

-- name: insert_sketches
-- Keep the first keys of each article that are not hot, unless it has a sketch.
INSERT INTO tidings.sketches (article_id, seen_at, keys)
SELECT r.article_id, %(now)s,
       ARRAY(SELECT key
               FROM unnest(r.keys) AS key
              WHERE NOT EXISTS (SELECT FROM tidings.hot_keys h WHERE h.key = key.key)
              ORDER BY key
              LIMIT %(num_keys)s)
  FROM jsonb_to_recordset(%(rows)s) AS r(article_id bigint, keys integer[])
 WHERE NOT EXISTS (SELECT FROM tidings.sketches s WHERE s.article_id = r.article_id);

-- name: plan_for_indexes
-- What a key finds cannot be estimated: within this transaction, do not read whole tables for it, nor compile.
SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true);

-- name: find_candidates
-- What shares enough keys with these articles, or stood at one URL right before or after: of each story the three
-- that share most, its first before all others. A key that is found in too many sketches is hot from now on.
WITH mine AS MATERIALIZED (
       SELECT s.article_id,
              ARRAY(SELECT key FROM unnest(s.keys) AS key
                     WHERE NOT EXISTS (SELECT FROM tidings.hot_keys h WHERE h.key = key.key)) AS keys
         FROM tidings.sketches s
        WHERE s.article_id = ANY(%(article_ids)s::bigint[])),
     met AS MATERIALIZED (
       SELECT m.article_id, s.article_id AS other_id, shared.keys
         FROM mine m
         JOIN tidings.sketches s ON s.keys && m.keys AND s.article_id <> m.article_id AND s.seen_at > %(since)s
        CROSS JOIN LATERAL (SELECT array_agg(key) AS keys FROM unnest(s.keys) AS key
                             WHERE key = ANY(m.keys)) AS shared),
     hot AS (
       INSERT INTO tidings.hot_keys (key, found_at)
       SELECT key, %(now)s
         FROM met CROSS JOIN unnest(met.keys) AS key
        GROUP BY key
       HAVING count(DISTINCT met.other_id) > %(most_sketches)s
        ORDER BY key
           ON CONFLICT DO NOTHING),
     ranked AS (
       SELECT m.article_id, m.other_id, cardinality(m.keys) AS num_shared, a.story_id IS NULL AS is_waiting,
              row_number() OVER (PARTITION BY m.article_id, coalesce(a.story_id, a.article_id)
                                     ORDER BY a.story_role, cardinality(m.keys) DESC, m.other_id) AS rank
         FROM met m
        CROSS JOIN LATERAL (SELECT o.article_id, o.story_id, o.story_role FROM tidings.articles o
                             WHERE o.article_id = m.other_id LIMIT 1) a
        WHERE cardinality(m.keys) >= %(shared_keys)s),
     best AS (
       SELECT article_id, other_id, is_waiting,
              row_number() OVER (PARTITION BY article_id ORDER BY rank, num_shared DESC, other_id) AS position
         FROM ranked
        WHERE rank <= %(per_story)s)
SELECT article_id, other_id, is_waiting, false AS are_revisions
  FROM best
 WHERE position <= %(most_candidates)s
 UNION ALL
SELECT DISTINCT c.article_id, o.article_id, a.story_id IS NULL, true
  FROM tidings.article_urls c
  JOIN tidings.article_urls o ON o.url_id = c.url_id AND o.revision IN (c.revision - 1, c.revision + 1)
  JOIN tidings.articles a ON a.article_id = o.article_id
 WHERE c.article_id = ANY(%(article_ids)s::bigint[]) AND o.article_id <> c.article_id;

-- name: find_stories
-- The stories that these articles are in.
SELECT DISTINCT story_id FROM tidings.articles WHERE article_id = ANY(%(article_ids)s::bigint[]) AND story_id IS NOT NULL;

-- name: lock_members
-- These articles, and all of these stories, which nobody else changes until we commit.
SELECT article_id, first_seen_at, story_id, story_role
  FROM tidings.articles
 WHERE article_id = ANY(%(article_ids)s::bigint[]) OR story_id = ANY(%(story_ids)s::bigint[])
 ORDER BY article_id
   FOR NO KEY UPDATE;

-- name: list_members
-- The same as they are now.
SELECT article_id, first_seen_at, story_id, story_role
  FROM tidings.articles
 WHERE article_id = ANY(%(article_ids)s::bigint[]) OR story_id = ANY(%(story_ids)s::bigint[]);

-- name: list_older_than_first
-- Those of these articles that were seen before the first of their story.
SELECT a.article_id
  FROM tidings.articles a
  JOIN tidings.articles f ON f.story_id = a.story_id AND f.story_role = 'first'
 WHERE a.article_id = ANY(%(article_ids)s::bigint[]) AND a.story_role <> 'first'
   AND (a.first_seen_at, a.article_id) < (f.first_seen_at, f.article_id);

-- name: place_articles
-- Who is in which story, and in what role.
UPDATE tidings.articles a
   SET story_id = r.story_id, story_role = r.story_role
  FROM jsonb_to_recordset(%(rows)s) AS r(article_id bigint, story_id bigint, story_role tidings.story_role)
 WHERE a.article_id = r.article_id;

-- name: list_unlinked
-- Articles whose story was not looked for yet, the oldest first.
SELECT article_id, article_body
  FROM tidings.articles
 WHERE story_id IS NULL
 ORDER BY article_id
 LIMIT %(limit)s;

-- name: forget_hot_keys
-- What was hot once may be of use again; if not, it is found out anew.
DELETE FROM tidings.hot_keys WHERE found_at < %(before)s;
