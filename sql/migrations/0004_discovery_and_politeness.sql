-- What was asked of each feed, sitemap and listing; what each host bears; how each source fares.

ALTER TYPE tidings.page_reason ADD VALUE 'off_site';
ALTER TYPE tidings.page_reason ADD VALUE 'too_old';
ALTER TYPE tidings.page_reason ADD VALUE 'over_budget';
ALTER TYPE tidings.page_reason ADD VALUE 'known';
ALTER TYPE tidings.page_reason ADD VALUE 'opted_out';
ALTER TYPE tidings.page_reason ADD VALUE 'bot_wall';
ALTER TYPE tidings.page_reason ADD VALUE 'login_wall';
ALTER TYPE tidings.page_reason ADD VALUE 'cookie_wall';
ALTER TYPE tidings.page_reason ADD VALUE 'paywall';
ALTER TYPE tidings.page_reason ADD VALUE 'soft_404';
ALTER TYPE tidings.page_reason ADD VALUE 'host_paused';
ALTER TYPE tidings.page_reason ADD VALUE 'host_down';

CREATE TYPE tidings.document_kind AS ENUM ('home', 'feed', 'sitemap', 'listing');
CREATE TYPE tidings.poll_outcome AS ENUM ('read', 'unchanged', 'failed');

CREATE TABLE tidings.documents (
    document_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id      bigint NOT NULL REFERENCES tidings.sources,
    url            text NOT NULL,
    kind           tidings.document_kind NOT NULL,
    is_root        boolean NOT NULL,
    etag           text,
    last_modified  text,
    body_hash      bytea,
    num_polls      integer NOT NULL DEFAULT 0,
    polled_at      timestamptz,
    changed_at     timestamptz,
    fresh_until    timestamptz,
    moved_to       text,
    num_moves      integer NOT NULL DEFAULT 0,
    promoted_at    timestamptz,
    retired_at     timestamptz,
    num_failures   integer NOT NULL DEFAULT 0,
    UNIQUE (source_id, url),
    CONSTRAINT "a body hash is a SHA-256" CHECK (octet_length(body_hash) = 32),
    CONSTRAINT "a promoted document has moved" CHECK (promoted_at IS NULL OR moved_to IS NOT NULL)
);
COMMENT ON TABLE tidings.documents IS 'Feeds, sitemaps and listings of each source, configured or found, with what their server said last.';
COMMENT ON COLUMN tidings.documents.is_root IS 'Whether a run begins with it; others are asked for when a document lists them.';
COMMENT ON COLUMN tidings.documents.etag IS 'Sent back as If-None-Match; last_modified as If-Modified-Since.';
COMMENT ON COLUMN tidings.documents.fresh_until IS 'Until when its publisher says that asking again is of no use (ttl, sy:update*, Cache-Control, Expires).';
COMMENT ON COLUMN tidings.documents.moved_to IS 'Where permanent redirects (301, 308) led the last num_moves times.';
COMMENT ON COLUMN tidings.documents.promoted_at IS 'Since when moved_to is asked in its place.';
COMMENT ON COLUMN tidings.documents.retired_at IS 'Since when it is not asked any more, for its server said 410 Gone.';

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
);
COMMENT ON TABLE tidings.polls IS 'One row per request for a feed, sitemap or listing, with its one outcome.';
COMMENT ON COLUMN tidings.polls.damage IS 'What was wrong with a document that could be read only in part.';
CREATE INDEX polls_by_document ON tidings.polls (document_id, polled_at DESC);
CREATE INDEX polls_by_time ON tidings.polls (polled_at);

CREATE TABLE tidings.hosts (
    host          text PRIMARY KEY,
    turn_at       timestamptz NOT NULL,
    paused_until  timestamptz,
    pause_reason  text,
    latency_ms    real,
    CONSTRAINT "a pause has a reason" CHECK ((paused_until IS NULL) = (pause_reason IS NULL))
) WITH (fillfactor = 50);
COMMENT ON TABLE tidings.hosts IS 'The pace of each host across the whole installation.';
COMMENT ON COLUMN tidings.hosts.turn_at IS 'When the next request may be sent.';
COMMENT ON COLUMN tidings.hosts.paused_until IS 'It asked to be left alone until then (429 and 503, with Retry-After).';
COMMENT ON COLUMN tidings.hosts.latency_ms IS 'How long it takes to answer, as a moving mean; a slow host is asked more slowly.';

CREATE TABLE tidings.alarms (
    alarm_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    source_id   bigint REFERENCES tidings.sources,
    raised_at   timestamptz NOT NULL,
    cleared_at  timestamptz,
    cause       text NOT NULL
);
COMMENT ON TABLE tidings.alarms IS 'What an operator should know of, from raised to cleared.';
CREATE UNIQUE INDEX "an alarm is raised once" ON tidings.alarms (kind, source_id) NULLS NOT DISTINCT WHERE cleared_at IS NULL;

ALTER TABLE tidings.sources
    ADD COLUMN failure_score    real NOT NULL DEFAULT 0,
    ADD COLUMN failing_since    timestamptz,
    ADD COLUMN last_success_at  timestamptz;
COMMENT ON COLUMN tidings.sources.failure_score IS 'Failed runs since the last good one, weighed: hard 1, soft 0.5, temporary 0.25. The interval doubles with each full point.';

CREATE INDEX runs_by_end ON tidings.runs (finished_at DESC) WHERE finished_at IS NOT NULL;

ALTER TABLE tidings.urls DROP CONSTRAINT "only a failed URL is tried again";
ALTER TABLE tidings.urls
    ADD COLUMN link jsonb,
    ADD CONSTRAINT "only a failed or postponed URL is tried again"
        CHECK (retry_at IS NULL OR outcome = 'failed' OR reason::text = 'over_budget');
COMMENT ON COLUMN tidings.urls.link IS 'What the document that listed it said of it, as long as it waits for a visit.';
CREATE INDEX urls_waiting ON tidings.urls (source_id, retry_at) WHERE retry_at IS NOT NULL;

ALTER TABLE tidings.pages
    ALTER COLUMN url_id DROP NOT NULL,
    ADD COLUMN opt_outs text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT "only an off-site link is no URL of ours" CHECK (url_id IS NOT NULL OR reason::text = 'off_site');
COMMENT ON COLUMN tidings.pages.opt_outs IS 'What the publisher asked not to be done with it, such as noarchive or tdm_reservation.';
CREATE INDEX pages_off_site ON tidings.pages (source_id, md5(url)) WHERE url_id IS NULL;

ALTER TABLE tidings.articles ADD COLUMN is_accessible_for_free boolean;
COMMENT ON COLUMN tidings.articles.is_accessible_for_free IS 'Whether the page says that all may read it; NULL if it says neither.';

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
       a.is_accessible_for_free
  FROM tidings.article_urls au
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.sources s ON s.source_id = au.source_id;
