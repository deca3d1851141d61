-- Paragraphs that recur across a source's articles, and what they are learned from.

CREATE TYPE tidings.boilerplate_state AS ENUM ('learned', 'unlearned', 'kept');

CREATE TABLE tidings.boilerplate (
    source_id      bigint NOT NULL REFERENCES tidings.sources,
    paragraph_key  bigint NOT NULL,
    paragraph      text NOT NULL,
    state          tidings.boilerplate_state NOT NULL,
    num_articles   integer NOT NULL,
    learned_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    unlearned_at   timestamptz,
    PRIMARY KEY (source_id, paragraph_key),
    CONSTRAINT "what is unlearned has a time for it" CHECK ((state = 'unlearned') = (unlearned_at IS NOT NULL))
);
COMMENT ON TABLE tidings.boilerplate IS 'Paragraphs that recur across a source''s articles: what is learned is dropped from bodies, what an operator has kept is not.';
COMMENT ON COLUMN tidings.boilerplate.paragraph_key IS 'Of what the paragraph says: digits, case, space and punctuation do not count.';
COMMENT ON COLUMN tidings.boilerplate.paragraph IS 'The beginning of it, as it stood on the page that taught it.';
COMMENT ON COLUMN tidings.boilerplate.num_articles IS 'Of the source''s latest articles (tidings.lessons), those that had it when it was counted last.';
COMMENT ON COLUMN tidings.boilerplate.last_seen_at IS 'When an article that had it was fetched last.';

CREATE TABLE tidings.lessons (
    source_id          bigint NOT NULL REFERENCES tidings.sources,
    article_id         bigint NOT NULL REFERENCES tidings.articles ON DELETE CASCADE,
    paragraph_keys     bigint[] NOT NULL,
    paragraph_lengths  integer[] NOT NULL,
    fetched_at         timestamptz NOT NULL,
    PRIMARY KEY (source_id, article_id),
    CONSTRAINT "every paragraph has a length" CHECK (cardinality(paragraph_keys) = cardinality(paragraph_lengths))
);
COMMENT ON TABLE tidings.lessons IS 'The paragraphs of each source''s latest articles, from which its boilerplate is learned; older rows are deleted.';

ALTER TABLE tidings.article_urls
    ADD COLUMN whole_hash bytea,
    ADD CONSTRAINT "a whole hash is a SHA-256" CHECK (octet_length(whole_hash) = 32);
COMMENT ON COLUMN tidings.article_urls.whole_hash IS 'The content hash of all that the page showed, if boilerplate was dropped from it: by this it is known again, whatever has been learned since.';
CREATE INDEX article_urls_by_whole_hash ON tidings.article_urls (whole_hash) WHERE whole_hash IS NOT NULL;
