-- Feeds, sitemaps and listings: what each source has, and what their servers said last.

-- name: put_documents
-- Remember documents of a source; one that is known keeps what is known of it.
INSERT INTO tidings.documents AS d (source_id, url, kind, is_root)
SELECT DISTINCT ON (r.url) %(source_id)s, r.url, r.kind, %(is_root)s
  FROM jsonb_to_recordset(%(rows)s) AS r(url text, kind tidings.document_kind)
 ORDER BY r.url
ON CONFLICT (source_id, url) DO UPDATE SET kind = excluded.kind, is_root = d.is_root OR excluded.is_root
RETURNING d.*;

-- name: list_root_documents
-- The documents with which a run of a source begins.
SELECT * FROM tidings.documents WHERE source_id = %(source_id)s AND is_root ORDER BY document_id;

-- name: insert_polls
-- What a run asked of the source's documents, request by request.
INSERT INTO tidings.polls
       (run_id, document_id, polled_at, outcome, reason, detail, http_status, damage, num_bytes, num_links,
        num_unknown, duration_ms, is_gap)
SELECT %(run_id)s, r.document_id, r.polled_at, r.outcome, r.reason, r.detail, r.http_status, r.damage, r.num_bytes,
       r.num_links, r.num_unknown, r.duration_ms, r.is_gap
  FROM jsonb_to_recordset(%(rows)s)
       AS r(document_id bigint, polled_at timestamptz, outcome tidings.poll_outcome, reason text, detail text,
            http_status smallint, damage text, num_bytes integer, num_links integer, num_unknown integer,
            duration_ms integer, is_gap boolean)
ON CONFLICT DO NOTHING;

-- name: update_documents
-- What these documents' servers said, to be said back at the next poll. Written when the run ends well, so that
-- what a broken run has read is read again.
UPDATE tidings.documents d
   SET etag = r.etag, last_modified = r.last_modified, body_hash = decode(r.body_hash, 'hex'),
       num_polls = r.num_polls, polled_at = r.polled_at,
       changed_at = CASE WHEN d.body_hash IS DISTINCT FROM decode(r.body_hash, 'hex') THEN r.polled_at
                         ELSE d.changed_at END,
       fresh_until = r.fresh_until, moved_to = r.moved_to, num_moves = r.num_moves, promoted_at = r.promoted_at,
       retired_at = r.retired_at, num_failures = r.num_failures, entry_keys = r.entry_keys
  FROM jsonb_to_recordset(%(rows)s)
       AS r(document_id bigint, etag text, last_modified text, body_hash text, num_polls integer,
            polled_at timestamptz, fresh_until timestamptz, moved_to text, num_moves integer,
            promoted_at timestamptz, retired_at timestamptz, num_failures integer, entry_keys bigint[])
 WHERE d.document_id = r.document_id;

-- name: find_last_good_poll
-- When a document was last had from its server.
SELECT max(polled_at) AS polled_at FROM tidings.polls WHERE document_id = %(document_id)s AND outcome <> 'failed';

-- name: forget_validators
-- Have the documents of a source read anew, for what it wants of them has changed.
UPDATE tidings.documents
   SET etag = NULL, last_modified = NULL, body_hash = NULL
 WHERE source_id = (SELECT source_id FROM tidings.sources WHERE name = %(name)s);

-- name: list_article_urls
-- The latest URLs of a source at which an article stands, and such as turned out to be none.
SELECT url, outcome <> 'rejected' AS has_article
  FROM tidings.urls
 WHERE source_id = %(source_id)s
   AND (outcome IN ('new', 'changed', 'duplicate', 'unchanged') OR reason::text IN ('not_article', 'too_short'))
 ORDER BY url_id DESC
 LIMIT 500;
