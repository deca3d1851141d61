-- What a run asks before it visits: which URLs are known, which wait, which articles may have been edited.

-- name: find_known_urls
-- Which of these URLs need no visit now but for an edit: their last one came to an end that stands, or it is too early
-- to try again. An article whose time for another visit has come is one of them: its turn comes after what is new.
SELECT encode(url_key, 'hex') AS url_key, last_fetched_at, outcome NOT IN ('rejected', 'failed') AS has_article,
       outcome, reason, num_crashes >= 3 AS is_quarantined
  FROM tidings.urls
 WHERE url_key = ANY(SELECT decode(unnest(%(url_keys)s::text[]), 'hex'))
   AND outcome IS NOT NULL
   AND (next_visit_at IS NULL OR next_visit_at > %(now)s OR outcome NOT IN ('rejected', 'failed'));

-- name: find_off_site
-- Which of these URLs of other sites the source has listed before.
SELECT DISTINCT url
  FROM tidings.pages
 WHERE source_id = %(source_id)s AND url_id IS NULL
   AND md5(url) = ANY(SELECT md5(unnest(%(urls)s::text[])));

-- name: list_waiting_urls
-- URLs of a source that failed or were postponed, and whose time has come, whether a document still lists them or
-- not, newest first.
SELECT url, link
  FROM tidings.urls
 WHERE source_id = %(source_id)s AND next_visit_at <= %(now)s AND outcome IN ('rejected', 'failed')
 ORDER BY coalesce(link ->> 'date_published', link ->> 'date_modified') DESC NULLS LAST, next_visit_at DESC
 LIMIT %(limit)s;

-- name: find_num_pages
-- From how many pages the text that stands at a URL was joined.
SELECT a.num_pages
  FROM tidings.urls u
  JOIN tidings.article_urls c USING (url_id)
  JOIN tidings.articles a USING (article_id)
 WHERE u.url_key = decode(%(url_key)s, 'hex') AND c.is_current;

-- name: list_due_revisits
-- The articles of a source whose time for another visit has come, the most overdue first.
SELECT u.url, u.link, u.first_seen_at, u.last_fetched_at, u.etag, u.last_modified, u.num_not_modified, a.num_pages
  FROM tidings.urls u
  JOIN tidings.article_urls c ON c.url_id = u.url_id AND c.is_current
  JOIN tidings.articles a USING (article_id)
 WHERE u.source_id = %(source_id)s AND u.next_visit_at <= %(now)s AND u.outcome NOT IN ('rejected', 'failed')
 ORDER BY u.next_visit_at
 LIMIT %(limit)s;

-- name: list_all_revisits
-- Every URL of a source at which an article stands, but for those in quarantine, the newest first.
SELECT u.url, u.link, u.first_seen_at, u.last_fetched_at, u.etag, u.last_modified, u.num_not_modified, a.num_pages
  FROM tidings.article_urls c
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.articles a USING (article_id)
 WHERE c.source_id = %(source_id)s AND c.is_current AND u.num_crashes < 3
 ORDER BY c.first_seen_at DESC;
