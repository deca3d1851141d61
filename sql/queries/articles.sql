-- One article, its copies, and what stood at a URL: what `tidings articles show` shows.

-- name: find_url
-- A URL with the article that stands at it, or stood there last, and where redirects led from it.
SELECT u.url_id, u.outcome, u.reason,
       (SELECT c.article_id FROM tidings.article_urls c
         WHERE c.url_id = u.url_id ORDER BY c.is_current DESC, c.first_seen_at DESC LIMIT 1) AS article_id,
       (SELECT p.final_url FROM tidings.pages p
         WHERE p.url_id = u.url_id AND p.final_url IS NOT NULL AND p.article_id IS NOT NULL
         ORDER BY p.fetched_at DESC LIMIT 1) AS final_url
  FROM tidings.urls u
 WHERE u.url_key = decode(%(url_key)s, 'hex');

-- name: find_article
-- All that is kept of an article.
SELECT a.article_id, a.headline, a.alternative_headline,
       ARRAY(SELECT w.name FROM tidings.article_authors aa JOIN tidings.authors w USING (author_id)
              WHERE aa.article_id = a.article_id ORDER BY aa.position) AS authors,
       a.article_section, a.keywords, a.in_language, a.date_published, a.date_published_source, a.date_modified,
       a.dateline, a.description, a.main_image_url, a.main_image_caption, a.main_image_credit, a.is_live_blog,
       a.num_pages, a.is_accessible_for_free, a.word_count, a.first_seen_at,
       encode(a.content_hash, 'hex') AS content_hash, a.hash_version, a.origins, a.story_id, a.story_role,
       s.num_articles AS story_num_articles, s.num_sources AS story_num_sources, a.article_body
  FROM tidings.articles a
  LEFT JOIN tidings.stories s USING (story_id)
 WHERE a.article_id = %(article_id)s;

-- name: list_copies
-- Where an article stands or stood, in the order in which we saw it.
SELECT c.url_id, u.url, s.name AS source, c.revision, c.is_current, c.edit_kind, c.first_seen_at, c.last_seen_at,
       c.date_published, c.date_modified, c.canonical_url, u.gone_at,
       coalesce(a.first_seen_url_id = c.url_id, false) AS is_first_seen,
       coalesce(a.first_published_url_id = c.url_id, false) AS is_first_published
  FROM tidings.article_urls c
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.sources s ON s.source_id = c.source_id
 WHERE c.article_id = %(article_id)s
 ORDER BY c.first_seen_at, u.url, c.revision;

-- name: list_revisions
-- The texts that stood at a URL, in the order of time.
SELECT c.revision, c.article_id, c.edit_kind, c.is_current, c.first_seen_at, c.last_seen_at, c.date_published,
       c.date_modified, a.headline, CASE WHEN %(with_texts)s THEN a.article_body END AS article_body
  FROM tidings.article_urls c
  JOIN tidings.articles a USING (article_id)
 WHERE c.url_id = %(url_id)s
 ORDER BY c.first_seen_at, c.revision;
