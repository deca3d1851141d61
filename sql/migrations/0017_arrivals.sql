-- In which order articles became visible to readers. It is filled for all that is stored: some 20 seconds a million rows
-- of article_urls.

CREATE SEQUENCE tidings.arrival_seq;

CREATE TABLE tidings.arrival_log (
    url_id      bigint NOT NULL,
    revision    integer NOT NULL,
    outcome     tidings.page_outcome NOT NULL,
    arrived_at  timestamptz NOT NULL,
    seq         bigint
);
COMMENT ON TABLE tidings.arrival_log IS 'A row per row of article_urls, written with it, and numbered once that is committed: what tidings.arrivals shows.';
COMMENT ON COLUMN tidings.arrival_log.arrived_at IS 'When it was numbered, by the database''s clock; before that, when it was written.';
COMMENT ON COLUMN tidings.arrival_log.seq IS 'NULL until number_arrivals() gives it the next number.';

INSERT INTO tidings.arrival_log (url_id, revision, outcome, arrived_at, seq)
SELECT c.url_id, c.revision,
       CASE WHEN c.revision > 1 THEN 'changed'
            WHEN a.first_seen_url_id IS NULL OR a.first_seen_url_id = c.url_id THEN 'new'
            ELSE 'duplicate' END::tidings.page_outcome,
       c.first_seen_at,
       row_number() OVER (ORDER BY c.first_seen_at, c.url_id, c.revision)
  FROM tidings.article_urls c
  JOIN tidings.articles a USING (article_id);
SELECT setval('tidings.arrival_seq', max(seq)) FROM tidings.arrival_log HAVING max(seq) IS NOT NULL;

ALTER TABLE tidings.arrival_log
    ADD PRIMARY KEY (url_id, revision),
    -- URLs and texts that turn out to be one are numbered anew among the revisions: their arrivals follow.
    ADD FOREIGN KEY (url_id, revision) REFERENCES tidings.article_urls ON UPDATE CASCADE ON DELETE CASCADE,
    ADD CONSTRAINT "only a text arrives" CHECK (outcome IN ('new', 'changed', 'duplicate'));
CREATE UNIQUE INDEX "a number is given once" ON tidings.arrival_log (seq) WHERE seq IS NOT NULL;
CREATE INDEX arrival_log_unnumbered ON tidings.arrival_log (arrived_at, url_id, revision) WHERE seq IS NULL;
ALTER SEQUENCE tidings.arrival_seq OWNED BY tidings.arrival_log.seq;
ANALYZE tidings.arrival_log;  -- or readers would wait for bad plans until somebody else does

-- The columns after outcome are those of copies; a test holds the two together.
CREATE VIEW tidings.arrivals AS
SELECT l.seq, l.arrived_at, l.outcome,
       u.url, s.name AS source, a.article_id, encode(a.content_hash, 'hex') AS content_hash, a.headline, a.article_body,
       ARRAY(SELECT w.name FROM tidings.article_authors aa JOIN tidings.authors w USING (author_id)
              WHERE aa.article_id = a.article_id ORDER BY aa.position) AS authors,
       a.date_published, a.date_modified, a.article_section, a.in_language, a.description, a.main_image_url,
       au.canonical_url, au.revision, au.is_current, au.first_seen_at, au.last_seen_at, a.is_accessible_for_free,
       a.alternative_headline, a.keywords, a.main_image_caption, a.main_image_credit, a.dateline, a.is_live_blog,
       a.num_pages, a.origins, au.edit_kind, u.gone_at, a.first_seen_url_id = au.url_id AS is_first_seen,
       a.first_published_url_id = au.url_id AS is_first_published,
       au.canonical_key IS NULL OR au.canonical_key = u.url_key AS is_canonical, a.story_id, a.story_role
  FROM tidings.arrival_log l
  JOIN tidings.article_urls au USING (url_id, revision)
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.sources s ON s.source_id = au.source_id
 WHERE l.seq IS NOT NULL;
COMMENT ON VIEW tidings.arrivals IS 'One row per URL and revision, as in copies, in the order of seq: whoever reads on after the highest seq that they have seen misses none, and meets none twice.';

-- Why nobody who reads on after a number misses one: numbers are given to what is committed, by one transaction at a
-- time, and that has the advisory lock until it can be seen by all. So of two numberings the later sees the earlier, its
-- numbers are higher, and whoever sees them sees those before. Rows that somebody is about to delete or renumber are
-- left for the next call. A server that does not wait for its disk (synchronous_commit off) has to wait for it here, or
-- a crash would take back numbers that were read.
CREATE FUNCTION tidings.number_arrivals(at_most integer DEFAULT 10000) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    num_numbered integer;
    highest bigint;
    moment timestamptz;
BEGIN
    IF NOT pg_try_advisory_xact_lock(8388346184940876550) THEN
        RETURN NULL;
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    moment := clock_timestamp();
    WITH waiting AS MATERIALIZED (
        SELECT url_id, revision
          FROM tidings.arrival_log
         WHERE seq IS NULL
         ORDER BY arrived_at, url_id, revision
         LIMIT at_most
           FOR UPDATE SKIP LOCKED
    ), numbers AS MATERIALIZED (
        SELECT url_id, revision, nextval('tidings.arrival_seq') AS seq FROM waiting
    ), numbered AS (
        UPDATE tidings.arrival_log l
           SET seq = n.seq, arrived_at = moment
          FROM numbers n
         WHERE l.url_id = n.url_id AND l.revision = n.revision
        RETURNING l.seq
    )
    SELECT count(*), max(seq) INTO num_numbered, highest FROM numbered;
    IF num_numbered > 0 THEN
        PERFORM pg_notify('tidings_arrivals', highest::text);
    END IF;
    RETURN num_numbered;
END $$;
COMMENT ON FUNCTION tidings.number_arrivals IS 'Number what has arrived, and notify tidings_arrivals of the highest number. Returns how many were numbered; NULL if another transaction is at it.';
