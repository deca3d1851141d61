-- Every field that a news article has, and where on the page each was found.

ALTER TABLE tidings.articles
    ADD COLUMN alternative_headline text,
    ADD COLUMN main_image_caption   text,
    ADD COLUMN main_image_credit    text,
    ADD COLUMN dateline             text,
    ADD COLUMN is_live_blog         boolean  NOT NULL DEFAULT false,
    ADD COLUMN num_pages            smallint NOT NULL DEFAULT 1,
    ADD COLUMN origins              jsonb    NOT NULL DEFAULT '{}',
    ADD CONSTRAINT "an article has a page" CHECK (num_pages >= 1);
COMMENT ON COLUMN tidings.articles.dateline IS 'The place that opens the text.';
COMMENT ON COLUMN tidings.articles.num_pages IS 'How many pages of the site its text was joined from.';
COMMENT ON COLUMN tidings.articles.origins IS 'Where each field was found: json_ld, meta, microdata, html, feed, sitemap, rule or derived.';

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
       a.origins
  FROM tidings.article_urls au
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.sources s ON s.source_id = au.source_id;
