-- What was found: every URL, every text, every visit.

CREATE TYPE tidings.page_outcome AS ENUM ('new', 'changed', 'duplicate', 'unchanged', 'rejected', 'failed');
CREATE TYPE tidings.page_reason AS ENUM (
    'new_text', 'changed_text', 'known_text', 'same_text',
    'scheme_not_allowed', 'port_not_allowed', 'private_address', 'robots_disallowed', 'url_too_long',
    'url_invalid',
    'too_large', 'not_html', 'not_article', 'too_short', 'redirect_loop',
    'http_410', 'http_451',
    'http_401', 'http_403', 'http_404', 'http_4xx', 'http_429', 'http_5xx', 'http_503', 'robots_unreachable', 'dns', 'connection', 'tls', 'timeout',
    'truncated', 'extraction_error', 'extraction_timeout', 'bad_row'
);

CREATE TABLE tidings.urls (
    url_id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url_key          bytea NOT NULL UNIQUE,
    url              text NOT NULL,
    source_id        bigint NOT NULL REFERENCES tidings.sources,
    first_seen_at    timestamptz NOT NULL,
    last_fetched_at  timestamptz,
    outcome          tidings.page_outcome,
    reason           tidings.page_reason,
    num_failures     integer NOT NULL DEFAULT 0,
    retry_at         timestamptz,
    CONSTRAINT "a URL key is a SHA-256" CHECK (octet_length(url_key) = 32),
    CONSTRAINT "only a failed URL is tried again" CHECK (retry_at IS NULL OR outcome = 'failed')
);
COMMENT ON TABLE tidings.urls IS 'Every URL ever seen, with how its last visit ended.';
COMMENT ON COLUMN tidings.urls.url_key IS 'SHA-256 of the URL without what does not make another page: fragment, default port, tracking parameters.';
CREATE INDEX urls_by_source ON tidings.urls (source_id);

CREATE TABLE tidings.articles (
    article_id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    content_hash           bytea NOT NULL UNIQUE,
    hash_version           smallint NOT NULL,
    headline               text NOT NULL,
    article_body           text NOT NULL,
    description            text,
    article_section        text,
    keywords               text[] NOT NULL,
    in_language            text,
    date_published         timestamptz,
    date_published_source  text,
    date_modified          timestamptz,
    main_image_url         text,
    word_count             integer NOT NULL,
    first_seen_at          timestamptz NOT NULL,
    CONSTRAINT "a content hash is a SHA-256" CHECK (octet_length(content_hash) = 32),
    CONSTRAINT "a headline is not empty" CHECK (headline <> ''),
    CONSTRAINT "a body is not empty" CHECK (article_body <> '')
);
COMMENT ON TABLE tidings.articles IS 'Each distinct text once.';
COMMENT ON COLUMN tidings.articles.content_hash IS 'SHA-256 of the canonical form of headline and body; the form is numbered by hash_version.';
CREATE INDEX articles_by_time ON tidings.articles (first_seen_at DESC);

CREATE TABLE tidings.authors (
    author_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE
);
COMMENT ON TABLE tidings.authors IS 'People and agencies, by the name they sign with.';

CREATE TABLE tidings.article_authors (
    article_id  bigint NOT NULL REFERENCES tidings.articles ON DELETE CASCADE,
    position    smallint NOT NULL,
    author_id   bigint NOT NULL REFERENCES tidings.authors,
    PRIMARY KEY (article_id, position),
    UNIQUE (author_id, article_id)
);
COMMENT ON TABLE tidings.article_authors IS 'Who signed an article, in the order of the byline.';

CREATE TABLE tidings.article_urls (
    url_id         bigint NOT NULL REFERENCES tidings.urls,
    revision       integer NOT NULL,
    article_id     bigint NOT NULL REFERENCES tidings.articles,
    source_id      bigint NOT NULL REFERENCES tidings.sources,
    is_current     boolean NOT NULL,
    canonical_url  text,
    first_seen_at  timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    PRIMARY KEY (url_id, revision),
    CONSTRAINT "revisions count from 1" CHECK (revision >= 1)
);
COMMENT ON TABLE tidings.article_urls IS 'Which text stood at which URL: the first is revision 1, each further text the next.';
CREATE UNIQUE INDEX "a URL has one current revision" ON tidings.article_urls (url_id) WHERE is_current;
CREATE INDEX article_urls_by_source ON tidings.article_urls (source_id, first_seen_at DESC);
CREATE INDEX article_urls_by_article ON tidings.article_urls (article_id);

CREATE TABLE tidings.pages (
    page_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id       uuid NOT NULL REFERENCES tidings.runs,
    source_id    bigint NOT NULL REFERENCES tidings.sources,
    url_id       bigint NOT NULL REFERENCES tidings.urls,
    url          text NOT NULL,
    final_url    text,
    outcome      tidings.page_outcome NOT NULL,
    reason       tidings.page_reason NOT NULL,
    detail       text,
    http_status  smallint,
    num_bytes    integer,
    fetched_at   timestamptz NOT NULL,
    duration_ms  integer,
    article_id   bigint REFERENCES tidings.articles,
    CONSTRAINT "a stored text belongs to a stored article"
        CHECK (outcome IN ('rejected', 'failed') OR article_id IS NOT NULL)
);
COMMENT ON TABLE tidings.pages IS 'One row per visit to a URL, with its one outcome and reason.';
COMMENT ON COLUMN tidings.pages.final_url IS 'Where redirects led; NULL if there were none.';
COMMENT ON COLUMN tidings.pages.detail IS 'The reason in words: what was measured, or the error.';
CREATE INDEX pages_by_run ON tidings.pages (run_id);
CREATE INDEX pages_by_url ON tidings.pages (url_id, fetched_at DESC);
CREATE INDEX pages_by_time ON tidings.pages (fetched_at);
CREATE INDEX pages_by_article ON tidings.pages (article_id);

CREATE VIEW tidings.copies AS
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
       au.last_seen_at
  FROM tidings.article_urls au
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
  JOIN tidings.sources s ON s.source_id = au.source_id;
COMMENT ON VIEW tidings.copies IS 'One row per URL and revision.';
