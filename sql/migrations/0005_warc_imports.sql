-- Which WARC files were read, and how far.

CREATE TABLE tidings.warc_imports (
    import_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_key     bytea UNIQUE,
    file         text NOT NULL,
    num_bytes    bigint,
    next_offset  bigint NOT NULL DEFAULT 0,
    records      jsonb NOT NULL DEFAULT '{}',
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    CONSTRAINT "a file key is a SHA-256" CHECK (octet_length(file_key) = 32),
    CONSTRAINT "an offset is not negative" CHECK (next_offset >= 0)
);
COMMENT ON TABLE tidings.warc_imports IS 'WARC files that were read into the database, and how far.';
COMMENT ON COLUMN tidings.warc_imports.file_key IS 'SHA-256 of the file''s size and first 64 KiB; NULL for standard input, which cannot be taken up again.';
COMMENT ON COLUMN tidings.warc_imports.file IS 'Its path when it was read last.';
COMMENT ON COLUMN tidings.warc_imports.next_offset IS 'Bytes of the file: what every record before it came to is stored.';
COMMENT ON COLUMN tidings.warc_imports.records IS 'How many records of which kind lie before next_offset: page, request, http_404, damaged and so on.';

ALTER TABLE tidings.runs ADD COLUMN import_id bigint REFERENCES tidings.warc_imports;
COMMENT ON COLUMN tidings.runs.import_id IS 'The file that it read in place of the source''s site.';
CREATE INDEX runs_by_import ON tidings.runs (import_id) WHERE import_id IS NOT NULL;
