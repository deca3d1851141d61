-- What recurs across a source's articles.

-- name: insert_lessons
-- Keep the paragraphs of new articles.
INSERT INTO tidings.lessons (source_id, article_id, paragraph_keys, paragraph_lengths, fetched_at)
SELECT r.source_id, r.article_id, r.paragraph_keys, r.paragraph_lengths, r.fetched_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(source_id bigint, article_id bigint, paragraph_keys bigint[], paragraph_lengths integer[],
            fetched_at timestamptz)
ON CONFLICT DO NOTHING;

-- name: list_lessons
-- The latest articles of a source with their paragraphs, the newest first.
SELECT article_id, paragraph_keys, paragraph_lengths, fetched_at
  FROM tidings.lessons
 WHERE source_id = %(source_id)s
 ORDER BY article_id DESC
 LIMIT %(limit)s;

-- name: list_known_boilerplate
-- The keys of what is dropped from a source's pages.
SELECT paragraph_key FROM tidings.boilerplate WHERE source_id = %(source_id)s AND state = 'learned';

-- name: lock_boilerplate
-- What was ever found to recur on a source's pages, which nobody else changes until we commit.
SELECT paragraph_key, paragraph, state
  FROM tidings.boilerplate
 WHERE source_id = %(source_id)s
 ORDER BY paragraph_key
   FOR UPDATE;

-- name: list_bodies
-- The texts of these articles.
SELECT article_id, article_body FROM tidings.articles WHERE article_id = ANY(%(article_ids)s::bigint[]);

-- name: put_boilerplate
-- Keep what was found out of a source's paragraphs; what an operator has kept stays kept.
INSERT INTO tidings.boilerplate AS b
       (source_id, paragraph_key, paragraph, state, num_articles, learned_at, last_seen_at)
SELECT %(source_id)s, r.paragraph_key, r.paragraph, 'learned', r.num_articles, %(now)s, r.last_seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(paragraph_key bigint, paragraph text, num_articles integer, last_seen_at timestamptz)
ON CONFLICT (source_id, paragraph_key) DO UPDATE
   SET num_articles = excluded.num_articles,
       last_seen_at = greatest(b.last_seen_at, excluded.last_seen_at),
       learned_at = CASE WHEN b.state = 'unlearned' THEN %(now)s ELSE b.learned_at END,
       unlearned_at = NULL,
       state = CASE WHEN b.state = 'kept' THEN b.state ELSE 'learned' END;

-- name: unlearn_boilerplate
-- These paragraphs recur no more.
UPDATE tidings.boilerplate b
   SET state = 'unlearned', unlearned_at = %(now)s, num_articles = r.num_articles
  FROM jsonb_to_recordset(%(rows)s) AS r(paragraph_key bigint, num_articles integer)
 WHERE b.source_id = %(source_id)s AND b.paragraph_key = r.paragraph_key AND b.state = 'learned';

-- name: delete_old_lessons
-- Of a source's articles only the latest teach.
DELETE FROM tidings.lessons
 WHERE source_id = %(source_id)s AND article_id < %(oldest)s;

-- name: delete_old_boilerplate
-- Of what a source's pages show no more the latest is enough of a record.
DELETE FROM tidings.boilerplate
 WHERE source_id = %(source_id)s AND state = 'unlearned'
   AND paragraph_key NOT IN (SELECT paragraph_key FROM tidings.boilerplate
                              WHERE source_id = %(source_id)s AND state = 'unlearned'
                              ORDER BY unlearned_at DESC LIMIT %(limit)s);

-- name: list_boilerplate
-- What was found to recur on a source's pages: what is dropped first, then what is kept, then what recurs no more.
SELECT b.paragraph_key, b.state, b.num_articles, b.learned_at, b.last_seen_at, b.unlearned_at, b.paragraph
  FROM tidings.boilerplate b JOIN tidings.sources s USING (source_id)
 WHERE s.name = %(name)s AND s.state <> 'removed'
 ORDER BY array_position(ARRAY['learned', 'kept', 'unlearned'], b.state::text), b.num_articles DESC, b.learned_at,
       b.paragraph_key;

-- name: set_boilerplate_state
-- What an operator says of a paragraph: never to be dropped, or to be dropped again.
UPDATE tidings.boilerplate b
   SET state = %(state)s, unlearned_at = NULL
  FROM tidings.sources s
 WHERE s.source_id = b.source_id AND s.name = %(name)s AND b.paragraph_key = %(paragraph_key)s;
