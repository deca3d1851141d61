-- When the canonical form of texts has changed: those that are stored are hashed anew, and joined where they are one.

-- name: find_oldest_hash_version
-- No text is known by a hash of an older version than this.
SELECT hash_version FROM tidings.oldest_hash;

-- name: settle_oldest_hash_version
-- Look for it anew. What is looked at is slow until what was changed is vacuumed, so nobody else does.
UPDATE tidings.oldest_hash
   SET hash_version = coalesce(
           least((SELECT min(hash_version) FROM tidings.articles),
                 (SELECT min(whole_hash_version) FROM tidings.article_urls WHERE whole_hash IS NOT NULL),
                 (SELECT min(hash_version) FROM tidings.tombstones)),
           %(hash_version)s)
 WHERE hash_version < %(hash_version)s;

-- name: count_old_texts
-- How many articles are still to be hashed anew.
SELECT count(*) AS num_texts FROM tidings.articles WHERE hash_version < %(hash_version)s;

-- name: claim_old_texts
-- The latest articles that are to be hashed anew, from a place in the index on (what was changed before it is slow to
-- pass until it is vacuumed), without those that another process has in hand. The latest are the likeliest to be seen
-- again.
SELECT article_id, hash_version, content_hash, headline, article_body
  FROM tidings.articles
 WHERE (hash_version, article_id) < (%(hash_version)s, %(article_id)s)
 ORDER BY hash_version DESC, article_id DESC
 LIMIT %(limit)s
   FOR NO KEY UPDATE SKIP LOCKED;

-- name: raise_hash_versions
-- These texts have the same hash in this version.
UPDATE tidings.articles SET hash_version = %(hash_version)s WHERE article_id = ANY(%(article_ids)s::bigint[]);

-- name: set_free_hashes
-- The hashes of texts in this version, as far as no other text has them or is to have them; says whose.
WITH wanted AS MATERIALIZED (
    SELECT r.article_id, decode(r.content_hash, 'hex') AS content_hash
      FROM jsonb_to_recordset(%(rows)s) AS r(article_id bigint, content_hash text)
)
UPDATE tidings.articles a
   SET content_hash = w.content_hash, hash_version = %(hash_version)s
  FROM wanted w
 WHERE a.article_id = w.article_id
   AND NOT EXISTS (SELECT FROM wanted o WHERE o.content_hash = w.content_hash AND o.article_id <> w.article_id)
   AND NOT EXISTS (SELECT FROM tidings.articles o WHERE o.content_hash = w.content_hash)
RETURNING a.article_id;

-- name: find_twin
-- The other article that has this hash.
SELECT article_id, hash_version, headline, article_body
  FROM tidings.articles
 WHERE content_hash = %(content_hash)s AND article_id <> %(article_id)s;

-- name: set_hash
-- The hash of a text in this version, if it is not there yet.
UPDATE tidings.articles
   SET content_hash = %(content_hash)s, hash_version = %(hash_version)s
 WHERE article_id = %(article_id)s AND (content_hash, hash_version) <> (%(content_hash)s, %(hash_version)s);

-- name: lock_joined_articles
-- These articles, the older one first; nobody adds a copy of them until we commit.
WITH locked AS (
    SELECT article_id, first_seen_at, story_id, story_role
      FROM tidings.articles
     WHERE article_id = ANY(%(article_ids)s::bigint[])
     ORDER BY article_id
       FOR UPDATE)
SELECT article_id, story_id, story_role
  FROM locked
 ORDER BY first_seen_at, article_id;

-- name: move_copies
-- What stood where the one article did is the other; says at which URLs.
UPDATE tidings.article_urls SET article_id = %(kept)s WHERE article_id = %(dropped)s
RETURNING url_id;

-- name: join_revisions
-- Of revisions of a URL in a row that are one text, the one that was seen last stays, as that which the first of them
-- was. All are numbered anew, far above where they were: number_joined takes them down.
WITH marked AS (
    SELECT url_id, revision, is_current, first_seen_at, last_seen_at, edit_kind,
           article_id IS DISTINCT FROM lag(article_id) OVER (PARTITION BY url_id ORDER BY revision) AS is_other
      FROM tidings.article_urls
     WHERE url_id = ANY(%(url_ids)s::bigint[])
), numbered AS (
    SELECT url_id, revision, is_current, first_seen_at, last_seen_at, edit_kind,
           count(*) FILTER (WHERE is_other) OVER (PARTITION BY url_id ORDER BY revision) AS number
      FROM marked
), joined AS (
    SELECT url_id, number,
           (array_agg(revision ORDER BY is_current DESC, last_seen_at DESC, revision DESC))[1] AS kept,
           (array_agg(edit_kind ORDER BY revision))[1] AS edit_kind,
           min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at
      FROM numbered
     GROUP BY url_id, number
), dropped AS (
    DELETE FROM tidings.article_urls c
     USING numbered n JOIN joined j USING (url_id, number)
     WHERE c.url_id = n.url_id AND c.revision = n.revision AND n.revision <> j.kept
)
UPDATE tidings.article_urls c
   SET revision = 1000000 + j.number, first_seen_at = j.first_seen_at, last_seen_at = j.last_seen_at,
       edit_kind = CASE WHEN j.number > 1 THEN j.edit_kind END
  FROM joined j
 WHERE c.url_id = j.url_id AND c.revision = j.kept;

-- name: number_joined
-- The revisions of these URLs, counted from 1.
UPDATE tidings.article_urls SET revision = revision - 1000000
 WHERE url_id = ANY(%(url_ids)s::bigint[]) AND revision > 1000000;

-- name: move_visits
-- The visits that saw the one article saw the other.
UPDATE tidings.pages SET article_id = %(kept)s WHERE article_id = %(dropped)s;

-- name: move_lessons
-- What the one article taught its sources, the other does, where it has not.
UPDATE tidings.lessons l
   SET article_id = %(kept)s
 WHERE l.article_id = %(dropped)s
   AND NOT EXISTS (SELECT FROM tidings.lessons o WHERE o.source_id = l.source_id AND o.article_id = %(kept)s);

-- name: move_bylines
-- Who signed the one article and not the other comes last in its byline.
UPDATE tidings.article_authors b
   SET article_id = %(kept)s, position = n.position
  FROM (SELECT d.author_id,
               (SELECT coalesce(max(k.position), 0) FROM tidings.article_authors k WHERE k.article_id = %(kept)s)
               + row_number() OVER (ORDER BY d.position) AS position
          FROM tidings.article_authors d
         WHERE d.article_id = %(dropped)s
           AND NOT EXISTS (SELECT FROM tidings.article_authors k
                            WHERE k.article_id = %(kept)s AND k.author_id = d.author_id)) n
 WHERE b.article_id = %(dropped)s AND b.author_id = n.author_id;

-- name: move_sketches
-- By what near-copies of the one article are found, those of the other are, if it has no sketch.
UPDATE tidings.sketches
   SET article_id = %(kept)s
 WHERE article_id = %(dropped)s
   AND NOT EXISTS (SELECT FROM tidings.sketches s WHERE s.article_id = %(kept)s);

-- name: join_stories
-- The articles of these stories are in one; the first of one that is given up has the role in it that the article had
-- by which they are joined.
UPDATE tidings.articles
   SET story_id = %(story_id)s,
       story_role = CASE WHEN article_id = %(kept)s THEN %(story_role)s::tidings.story_role
                         WHEN story_id = %(given_up)s AND story_role = 'first'
                         THEN %(role_of_first)s::tidings.story_role
                         ELSE story_role END
 WHERE article_id = %(kept)s OR story_id = ANY(%(story_ids)s::bigint[]);

-- name: delete_joined
-- The article whose text is another's.
DELETE FROM tidings.articles WHERE article_id = %(dropped)s;
