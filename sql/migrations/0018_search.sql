-- What articles are searched by. It is filled afterwards, beside loading: of what is stored now the newest comes first.

CREATE TABLE tidings.article_words (
    article_id      bigint PRIMARY KEY REFERENCES tidings.articles ON DELETE CASCADE,
    config          text NOT NULL,
    words           tsvector NOT NULL,
    facets          text[] NOT NULL,
    first_seen_at   timestamptz NOT NULL
);
COMMENT ON TABLE tidings.article_words IS 'The words of each article, as the text search of its language has them: of headline (A), description (B) and body (C).';
COMMENT ON COLUMN tidings.article_words.config IS 'The text search configuration of its language, by name: so a dump can be restored where there are others.';
COMMENT ON COLUMN tidings.article_words.facets IS 'By what a search is narrowed within the index: l and its language, s and each source_id that has it, d and the day on which it was seen first, w and the week, both counted from 1970 (UTC).';
CREATE INDEX article_words_by_word ON tidings.article_words USING gin (words, facets)
    WITH (gin_pending_list_limit = 1024);

CREATE TABLE tidings.search_configs (
    config          text PRIMARY KEY
);
COMMENT ON TABLE tidings.search_configs IS 'The text search configurations that articles were indexed by.';

CREATE TABLE tidings.search_progress (
    name            text PRIMARY KEY CONSTRAINT "new ones, or those before" CHECK (name IN ('new', 'before')),
    seq             bigint NOT NULL
);
COMMENT ON TABLE tidings.search_progress IS 'new: up to which arrival articles are indexed. before: from which on they are, of those that were stored before there was an index; it goes down to 0.';
INSERT INTO tidings.search_progress (name, seq)
SELECT name, coalesce((SELECT max(seq) FROM tidings.arrival_log), 0) FROM (VALUES ('new'), ('before')) AS n(name);
