-- Which copy of a text was first, what kind of edit made a revision, which articles tell one story, what was deleted.

ALTER TYPE tidings.page_reason ADD VALUE 'not_modified';
ALTER TYPE tidings.page_reason ADD VALUE 'expired';

CREATE TYPE tidings.edit_kind AS ENUM ('typo', 'headline', 'correction', 'update', 'stealth');
CREATE TYPE tidings.story_role AS ENUM ('first', 'copy', 'rewrite');

-- When to ask a URL again: a failed or postponed one, or an article that may have been edited.
ALTER TABLE tidings.urls RENAME COLUMN retry_at TO next_visit_at;
ALTER TABLE tidings.urls DROP CONSTRAINT "only a failed or postponed URL is tried again";
ALTER TABLE tidings.urls
    ADD COLUMN key_version       smallint NOT NULL DEFAULT 1,
    ADD COLUMN etag              text,
    ADD COLUMN last_modified     text,
    ADD COLUMN num_not_modified  smallint NOT NULL DEFAULT 0,
    ADD COLUMN gone_at           timestamptz,
    ADD CONSTRAINT "a rejected URL is not visited again"
        CHECK (next_visit_at IS NULL OR outcome <> 'rejected' OR reason::text = 'over_budget');
ALTER TABLE tidings.urls ALTER COLUMN key_version DROP DEFAULT;
-- Empty but while a database is keyed anew; the next version of the key makes it anew.
CREATE INDEX urls_of_older_keys ON tidings.urls (url_id) WHERE key_version < 2;
COMMENT ON COLUMN tidings.urls.url_key IS 'SHA-256 of the URL''s canonical form, in which what does not make another page is evened out; the form is numbered by key_version.';
COMMENT ON COLUMN tidings.urls.next_visit_at IS 'When it is visited again, listed still or not: one that failed, that was over a run''s budget, or whose article may have been edited.';
COMMENT ON COLUMN tidings.urls.etag IS 'Of the page whose text is stored: sent back as If-None-Match; last_modified as If-Modified-Since.';
COMMENT ON COLUMN tidings.urls.num_not_modified IS 'How many visits in a row the server has ended with 304: after two it is asked for the page in full.';
COMMENT ON COLUMN tidings.urls.link IS 'What the document that listed it said of it, as long as another visit is to come.';
COMMENT ON COLUMN tidings.urls.gone_at IS 'Since when its article is not there any more (404, 410, or another page in its place); what was stored is kept.';
-- Those that failed or were postponed are visited before the articles that may have been edited.
DROP INDEX tidings.urls_waiting;
CREATE INDEX urls_waiting ON tidings.urls (source_id, next_visit_at)
 WHERE next_visit_at IS NOT NULL AND outcome IN ('rejected', 'failed');
CREATE INDEX urls_to_revisit ON tidings.urls (source_id, next_visit_at)
 WHERE next_visit_at IS NOT NULL AND outcome NOT IN ('rejected', 'failed');

ALTER TABLE tidings.sources
    ADD COLUMN edit_rate real NOT NULL DEFAULT 0,
    ADD CONSTRAINT "an edit rate is a share" CHECK (edit_rate BETWEEN 0 AND 1);
COMMENT ON COLUMN tidings.sources.edit_rate IS 'The share of visits to known articles that found another text: a mean in which the last fifty count most.';

ALTER TABLE tidings.article_urls
    ADD COLUMN whole_hash_version  smallint,
    ADD COLUMN canonical_key       bytea,
    ADD COLUMN date_published      timestamptz,
    ADD COLUMN date_modified       timestamptz,
    ADD COLUMN published_before        timestamptz,
    ADD COLUMN edit_kind           tidings.edit_kind,
    ADD CONSTRAINT "a canonical key is a SHA-256" CHECK (octet_length(canonical_key) = 32);
COMMENT ON COLUMN tidings.article_urls.whole_hash_version IS 'Which canonical form whole_hash is of; what it was computed from is not kept, so it is computed anew when the page is seen again.';
COMMENT ON COLUMN tidings.article_urls.canonical_url IS 'What the page names as its own URL (rel=canonical and the like), believed or not.';
COMMENT ON COLUMN tidings.article_urls.canonical_key IS 'The URL key of canonical_url, where that is believed: it lies within the same site.';
COMMENT ON COLUMN tidings.article_urls.date_published IS 'As this URL''s page said when it was seen first.';
COMMENT ON COLUMN tidings.article_urls.date_modified IS 'As this URL''s page said when it was seen last.';
COMMENT ON COLUMN tidings.article_urls.published_before IS 'By when it was out, by its page''s word: date_published, or where that is a day alone its end, or our visit; NULL if it had not come yet at our visit.';
COMMENT ON COLUMN tidings.article_urls.edit_kind IS 'What became of the text that was seen there before it; NULL if none was, or it was seen by a version that did not judge.';
UPDATE tidings.article_urls au
   SET date_published = a.date_published, date_modified = a.date_modified,
       whole_hash_version = CASE WHEN au.whole_hash IS NOT NULL THEN 1 END,
       published_before = CASE WHEN a.date_published IS NULL OR a.date_published > au.first_seen_at THEN NULL
                           WHEN (a.date_published AT TIME ZONE 'UTC')::time > '00:00' THEN a.date_published
                           ELSE least(a.date_published + interval '1 day', au.first_seen_at) END
  FROM tidings.articles a
 WHERE a.article_id = au.article_id;
ALTER TABLE tidings.article_urls
    ADD CONSTRAINT "a whole hash has a version" CHECK ((whole_hash IS NULL) = (whole_hash_version IS NULL));
-- Articles of the last four days are followed from the next date of their rhythm on (crawler/ingestion/rhythm.py).
UPDATE tidings.urls u
   SET next_visit_at = n.next_visit_at
  FROM (SELECT c.url_id, min(w.first_seen_at + o.after) AS next_visit_at
          FROM tidings.article_urls c
          JOIN tidings.articles a USING (article_id)
          JOIN tidings.urls w USING (url_id)
         CROSS JOIN unnest('{15 min,1 hour,6 hours,1 day,4 days}'::interval[]) AS o(after)
         WHERE c.is_current AND w.first_seen_at > now() - interval '4 days' AND w.first_seen_at + o.after > now()
           AND a.origins ->> 'article_body' IS DISTINCT FROM 'feed'
         GROUP BY c.url_id) n
 WHERE u.url_id = n.url_id AND u.outcome NOT IN ('rejected', 'failed');
CREATE INDEX article_urls_by_hash_version ON tidings.article_urls (whole_hash_version) WHERE whole_hash IS NOT NULL;

ALTER TABLE tidings.articles
    ADD COLUMN first_seen_url_id       bigint,
    ADD COLUMN first_published_url_id  bigint,
    ADD COLUMN story_id                bigint,
    ADD COLUMN story_role              tidings.story_role,
    ADD CONSTRAINT "whoever is in a story has a role in it" CHECK ((story_id IS NULL) = (story_role IS NULL));
-- No foreign keys: when two URLs become one, each that goes would be looked for in all articles.
COMMENT ON COLUMN tidings.articles.first_seen_url_id IS 'The copy that we saw first.';
COMMENT ON COLUMN tidings.articles.first_published_url_id IS 'The copy that is the oldest by its publisher''s word; NULL if none is dated.';
COMMENT ON COLUMN tidings.articles.story_id IS 'The article_id of the first article known of the story; NULL until it was looked for.';
COMMENT ON COLUMN tidings.articles.story_role IS 'The first of its story, nearly a copy of another article of it, or a rewrite.';
-- What is older than the sketches that are kept is not looked at any more: it is a story of its own.
UPDATE tidings.articles a
   SET first_seen_url_id = s.url_id, first_published_url_id = p.url_id,
       story_id = CASE WHEN a.first_seen_at < now() - interval '30 days' THEN a.article_id END,
       story_role = CASE WHEN a.first_seen_at < now() - interval '30 days' THEN 'first'::tidings.story_role END
  FROM (SELECT DISTINCT ON (article_id) article_id, url_id FROM tidings.article_urls
         ORDER BY article_id, first_seen_at, url_id) s
  LEFT JOIN (SELECT DISTINCT ON (article_id) article_id, url_id FROM tidings.article_urls
              WHERE published_before IS NOT NULL ORDER BY article_id, published_before, first_seen_at, url_id) p
        USING (article_id)
 WHERE a.article_id = s.article_id;
-- By it the lessons of a deleted article are found.
CREATE INDEX lessons_by_article ON tidings.lessons (article_id);
CREATE INDEX articles_by_story ON tidings.articles (story_id, story_role);
CREATE INDEX articles_without_story ON tidings.articles (article_id) WHERE story_id IS NULL;
CREATE INDEX articles_by_hash_version ON tidings.articles (hash_version, article_id);

CREATE TABLE tidings.tombstones (
    content_hash  bytea PRIMARY KEY,
    hash_version  smallint NOT NULL,
    deleted_at    timestamptz NOT NULL,
    CONSTRAINT "a content hash is a SHA-256" CHECK (octet_length(content_hash) = 32)
);
CREATE INDEX tombstones_by_hash_version ON tidings.tombstones (hash_version);
COMMENT ON TABLE tidings.tombstones IS 'Texts that were stored and deleted: they are not stored again. Their URLs stay in tidings.urls.';

CREATE TABLE tidings.oldest_hash (hash_version smallint NOT NULL);
COMMENT ON TABLE tidings.oldest_hash IS 'One row: no text is known by a hash of an older version than this.';
INSERT INTO tidings.oldest_hash SELECT coalesce(min(hash_version), 2) FROM tidings.articles;

-- A key that very many articles share tells nothing, and costs much to look up.
CREATE TABLE tidings.hot_keys (
    key       integer PRIMARY KEY,
    found_at  timestamptz NOT NULL
);
COMMENT ON TABLE tidings.hot_keys IS 'Keys of tidings.sketches that are in too many of them to tell anything.';

CREATE OR REPLACE VIEW tidings.copies AS
SELECT u.url,
       s.name AS source,
       a.article_id,
       encode(a.content_hash, 'hex') AS content_hash,
       a.headline,
       a.article_body,
       ARRAY(SELECT w.name FROM tidings.article_authors aa JOIN tidings.authors w USING (author_id)
              WHERE aa.article_id = a.article_id ORDER BY aa.position) AS authors,
       a.date_published,
       a.date_modified,
       a.article_section,
       a.in_language,
       a.description,
       a.main_image_url,
       au.canonical_url,
       au.revision,
       au.is_current,
       au.first_seen_at,
       au.last_seen_at,
       a.is_accessible_for_free,
       a.alternative_headline,
       a.keywords,
       a.main_image_caption,
       a.main_image_credit,
       a.dateline,
       a.is_live_blog,
       a.num_pages,
       a.origins,
       au.edit_kind,
       u.gone_at,
       a.first_seen_url_id = au.url_id AS is_first_seen,
       a.first_published_url_id = au.url_id AS is_first_published,
       au.canonical_key IS NULL OR au.canonical_key = u.url_key AS is_canonical,
       a.story_id,
       a.story_role
  FROM tidings.article_urls au
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.sources s ON s.source_id = au.source_id;

-- Every story has one article that is its first: from there, since whoever reads stories wants the latest, or one.
CREATE VIEW tidings.stories AS
SELECT f.story_id,
       m.num_articles,
       m.num_sources,
       f.first_seen_at,
       f.headline,
       m.num_current
  FROM tidings.articles f
 CROSS JOIN LATERAL (
       SELECT count(DISTINCT a.article_id) AS num_articles,
              count(DISTINCT au.source_id) AS num_sources,
              count(DISTINCT a.article_id) FILTER (WHERE au.is_current) AS num_current
         FROM tidings.articles a
         LEFT JOIN tidings.article_urls au USING (article_id)
        WHERE a.story_id = f.story_id) m
 WHERE f.story_role = 'first';
COMMENT ON VIEW tidings.stories IS 'One row per story, the articles that are near-copies of one another; num_current of them stand at some URL now.';
