-- What grows without bound is partitioned by month, so that old months can be dropped.
-- Months are made ahead by maintenance; what no month takes lies in the default partition.

ALTER TABLE tidings.pages RENAME TO pages_default;
ALTER TABLE tidings.pages_default ALTER COLUMN page_id DROP IDENTITY;
ALTER TABLE tidings.pages_default
    DROP CONSTRAINT pages_pkey,
    DROP CONSTRAINT pages_run_id_fkey,
    DROP CONSTRAINT pages_source_id_fkey,
    DROP CONSTRAINT pages_url_id_fkey,
    DROP CONSTRAINT pages_article_id_fkey;
DROP INDEX tidings.pages_by_run, tidings.pages_by_url, tidings.pages_by_time, tidings.pages_by_article,
           tidings.pages_off_site;
-- A commit whose acknowledgement was lost stored a batch twice.
DELETE FROM tidings.pages_default p
 USING tidings.pages_default q
 WHERE q.run_id = p.run_id AND q.url = p.url AND q.fetched_at = p.fetched_at AND q.page_id < p.page_id;

CREATE TABLE tidings.pages (
    page_id      bigint GENERATED ALWAYS AS IDENTITY,
    run_id       uuid NOT NULL REFERENCES tidings.runs,
    source_id    bigint NOT NULL REFERENCES tidings.sources,
    url_id       bigint REFERENCES tidings.urls,
    url          text NOT NULL,
    final_url    text,
    outcome      tidings.page_outcome NOT NULL,
    reason       tidings.page_reason NOT NULL,
    detail       text,
    http_status  smallint,
    num_bytes    integer,
    fetched_at   timestamptz NOT NULL,
    duration_ms  integer,
    article_id   bigint,
    opt_outs     text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (page_id, fetched_at),
    CONSTRAINT "a stored text belongs to a stored article"
        CHECK (outcome IN ('rejected', 'failed') OR article_id IS NOT NULL),
    CONSTRAINT "only an off-site link is no URL of ours" CHECK (url_id IS NOT NULL OR reason::text = 'off_site')
) PARTITION BY RANGE (fetched_at);
COMMENT ON TABLE tidings.pages IS 'One row per visit to a URL, with its one outcome and reason.';
COMMENT ON COLUMN tidings.pages.final_url IS 'Where redirects led; NULL if there were none.';
COMMENT ON COLUMN tidings.pages.detail IS 'The reason in words: what was measured, or the error.';
COMMENT ON COLUMN tidings.pages.article_id IS 'What stood there; it may have been deleted since.';
COMMENT ON COLUMN tidings.pages.opt_outs IS 'What the publisher asked not to be done with it, such as noarchive or tdm_reservation.';
ALTER TABLE tidings.pages ATTACH PARTITION tidings.pages_default DEFAULT;
CREATE UNIQUE INDEX "a visit is recorded once" ON tidings.pages (run_id, md5(url), fetched_at);
CREATE INDEX pages_by_url ON tidings.pages (url_id, fetched_at DESC);
CREATE INDEX pages_by_time ON tidings.pages (fetched_at);
CREATE INDEX pages_by_article ON tidings.pages (article_id);
CREATE INDEX pages_off_site ON tidings.pages (source_id, md5(url)) WHERE url_id IS NULL;
SELECT setval(pg_get_serial_sequence('tidings.pages', 'page_id'), max(page_id)) FROM tidings.pages;

ALTER TABLE tidings.polls RENAME TO polls_default;
ALTER TABLE tidings.polls_default
    DROP CONSTRAINT polls_pkey,
    DROP CONSTRAINT polls_run_id_fkey,
    DROP CONSTRAINT polls_document_id_fkey;
DROP INDEX tidings.polls_by_document, tidings.polls_by_time;

CREATE TABLE tidings.polls (
    run_id       uuid NOT NULL REFERENCES tidings.runs,
    document_id  bigint NOT NULL REFERENCES tidings.documents,
    polled_at    timestamptz NOT NULL,
    outcome      tidings.poll_outcome NOT NULL,
    reason       text,
    detail       text,
    http_status  smallint,
    damage       text,
    num_bytes    integer,
    num_links    integer NOT NULL DEFAULT 0,
    num_unknown  integer NOT NULL DEFAULT 0,
    duration_ms  integer,
    PRIMARY KEY (run_id, document_id, polled_at),
    CONSTRAINT "a failed poll has a reason" CHECK ((outcome = 'failed') = (reason IS NOT NULL))
) PARTITION BY RANGE (polled_at);
COMMENT ON TABLE tidings.polls IS 'One row per request for a feed, sitemap or listing, with its one outcome.';
COMMENT ON COLUMN tidings.polls.damage IS 'What was wrong with a document that could be read only in part.';
ALTER TABLE tidings.polls ATTACH PARTITION tidings.polls_default DEFAULT;
CREATE INDEX polls_by_document ON tidings.polls (document_id, polled_at DESC);
CREATE INDEX polls_by_time ON tidings.polls (polled_at);

CREATE TABLE tidings.sketches (
    article_id  bigint NOT NULL REFERENCES tidings.articles ON DELETE CASCADE,
    seen_at     timestamptz NOT NULL,
    keys        integer[] NOT NULL,
    PRIMARY KEY (article_id, seen_at)
) PARTITION BY RANGE (seen_at);
COMMENT ON TABLE tidings.sketches IS 'What near-copies are found by: the smallest hashes of the shingles of each article of the last 30 days.';
CREATE TABLE tidings.sketches_default PARTITION OF tidings.sketches DEFAULT;
-- Without a list of what is yet to be put in: every look-up would read it from end to end.
CREATE INDEX sketches_by_key ON tidings.sketches USING gin (keys) WITH (fastupdate = off);
