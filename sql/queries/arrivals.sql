-- What has arrived, in the order in which readers see it: the view tidings.arrivals, and the numbers it goes by.

-- name: number_arrivals
-- Number what is committed and has no number yet; NULL if somebody else is at it.
SELECT tidings.number_arrivals() AS num_numbered;

-- name: find_last_arrival
-- The highest number that is given.
SELECT coalesce(max(seq), 0) AS seq FROM tidings.arrival_log;

-- name: export_arrivals
-- The next arrivals after a number and up to another, of these sources, this language and this time, if any are named.
SELECT seq, arrived_at, outcome::text AS outcome, url, source, article_id, content_hash, headline, article_body, authors,
       date_published, date_modified, article_section, in_language, description, main_image_url, canonical_url,
       revision, is_current, first_seen_at, last_seen_at, is_accessible_for_free, alternative_headline, keywords,
       main_image_caption, main_image_credit, dateline, is_live_blog, num_pages, origins, edit_kind::text AS edit_kind,
       gone_at, is_first_seen, is_first_published, is_canonical, story_id, story_role::text AS story_role
  FROM tidings.arrivals
 WHERE seq > %(after)s AND seq <= %(upto)s
   AND (%(sources)s::text[] IS NULL OR source = ANY(%(sources)s))
   AND (%(language)s::text IS NULL OR in_language = %(language)s)
   AND (%(since)s::timestamptz IS NULL OR arrived_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR arrived_at < %(until)s)
 ORDER BY seq
 LIMIT %(limit)s;
