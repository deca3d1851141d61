-- What gives the URLs of a database the keys of this version, where two of them may turn out to be one.
-- "Older" is told by a constant, for the index urls_of_older_keys has it.

-- name: find_older_keys
-- Whether any URL has a key of an older version.
SELECT EXISTS (SELECT FROM tidings.urls WHERE key_version < 2) AS found;

-- name: list_urls_of_older_keys
-- The next URLs with a key of an older version.
SELECT url_id, url
  FROM tidings.urls
 WHERE key_version < 2 AND url_id > %(after)s
 ORDER BY url_id
 LIMIT %(limit)s
   FOR UPDATE;

-- name: list_canonical_urls
-- What the pages at these URLs named as their own.
SELECT url_id, revision, canonical_url, encode(canonical_key, 'hex') AS canonical_key
  FROM tidings.article_urls
 WHERE url_id = ANY(%(url_ids)s) AND (canonical_url IS NOT NULL OR canonical_key IS NOT NULL);

-- name: set_canonical_keys
-- The keys of what is believed of that.
UPDATE tidings.article_urls c
   SET canonical_key = decode(r.canonical_key, 'hex')
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, revision integer, canonical_key text)
 WHERE c.url_id = r.url_id AND c.revision = r.revision;

-- name: set_url_keys
-- The keys of this version.
UPDATE tidings.urls u
   SET url_key = decode(r.url_key, 'hex'), key_version = %(key_version)s
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, url_key text)
 WHERE u.url_id = r.url_id;

-- name: list_histories
-- What stood at these URLs, and when.
SELECT url_id, revision, article_id, first_seen_at, last_seen_at, date_published, published_before, edit_kind::text
  FROM tidings.article_urls
 WHERE url_id = ANY(%(url_ids)s);

-- name: delete_revisions
-- Those that say what another says.
DELETE FROM tidings.article_urls c
 USING jsonb_to_recordset(%(rows)s) AS r(url_id bigint, revision integer)
 WHERE c.url_id = r.url_id AND c.revision = r.revision;

-- name: move_revisions
-- Puts revisions at the URL that theirs has become one with; under numbers that none has, for two may not be equal even
-- within a statement.
UPDATE tidings.article_urls c
   SET url_id = r.into_id, revision = r.number + 1000000000, is_current = false, first_seen_at = r.first_seen_at,
       date_published = r.date_published, published_before = r.published_before, edit_kind = r.edit_kind
  FROM jsonb_to_recordset(%(rows)s)
       AS r(url_id bigint, revision integer, into_id bigint, number integer, first_seen_at timestamptz,
            date_published timestamptz, published_before timestamptz, edit_kind tidings.edit_kind)
 WHERE c.url_id = r.url_id AND c.revision = r.revision;

-- name: number_revisions
-- Gives the revisions that were moved their numbers; the one that was seen last is the current one.
UPDATE tidings.article_urls c
   SET revision = r.number, is_current = r.is_current
  FROM jsonb_to_recordset(%(rows)s) AS r(into_id bigint, number integer, is_current boolean)
 WHERE c.url_id = r.into_id AND c.revision = r.number + 1000000000;

-- name: move_pages
-- The visits to URLs that have become one with another.
UPDATE tidings.pages p
   SET url_id = r.into_id
  FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, into_id bigint)
 WHERE p.url_id = r.url_id AND r.url_id <> r.into_id;

-- name: merge_urls
-- The one was found where the first of them was; what the latest visit to any of them came to, it came to at the one. What a server said of another URL's
-- page, to be asked whether it has changed, is not for this one.
UPDATE tidings.urls u
   SET first_seen_at = f.first_seen_at, found_in = f.found_in, entry = f.entry, last_fetched_at = l.last_fetched_at, outcome = l.outcome, reason = l.reason,
       num_failures = l.num_failures, next_visit_at = l.next_visit_at, link = l.link, gone_at = l.gone_at,
       etag = CASE WHEN l.url_id = u.url_id THEN u.etag END,
       last_modified = CASE WHEN l.url_id = u.url_id THEN u.last_modified END
  FROM (SELECT DISTINCT ON (r.into_id) r.into_id, w.first_seen_at, w.found_in, w.entry
          FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, into_id bigint)
          JOIN tidings.urls w USING (url_id)
         ORDER BY r.into_id, w.first_seen_at, w.url_id) f
  JOIN (SELECT DISTINCT ON (r.into_id) r.into_id, w.url_id, w.last_fetched_at, w.outcome, w.reason, w.num_failures,
               w.next_visit_at, w.link, w.gone_at
          FROM jsonb_to_recordset(%(rows)s) AS r(url_id bigint, into_id bigint)
          JOIN tidings.urls w USING (url_id)
         ORDER BY r.into_id, w.last_fetched_at DESC NULLS LAST, w.url_id) l USING (into_id)
 WHERE u.url_id = f.into_id;

-- name: delete_urls
-- The URLs that have become one with another.
DELETE FROM tidings.urls WHERE url_id = ANY(%(url_ids)s);
