-- Full-text search: what the index is made of, and what is asked of it.

-- name: lock_search_progress
-- How far the index is; nothing if somebody else is at it.
SELECT name, seq FROM tidings.search_progress ORDER BY name FOR UPDATE SKIP LOCKED;

-- name: list_arrivals_after
-- The next arrivals, and what arrived.
SELECT l.seq, c.article_id
  FROM tidings.arrival_log l JOIN tidings.article_urls c USING (url_id, revision)
 WHERE l.seq > %(seq)s
 ORDER BY l.seq
 LIMIT %(limit)s;

-- name: list_arrivals_before
-- The arrivals before one and it, the last first, and what arrived.
SELECT l.seq, c.article_id
  FROM tidings.arrival_log l JOIN tidings.article_urls c USING (url_id, revision)
 WHERE l.seq <= %(seq)s
 ORDER BY l.seq DESC
 LIMIT %(limit)s;

-- name: advance_search
-- How far the index is now.
UPDATE tidings.search_progress SET seq = %(seq)s WHERE name = %(name)s;

-- name: list_text_configs
-- The text search configurations that the server has.
SELECT cfgname AS config FROM pg_ts_config WHERE cfgnamespace = 'pg_catalog'::regnamespace;

-- name: list_texts_to_index
-- The beginnings of these articles, none of which is deleted until we commit; of those that are indexed, nothing.
SELECT a.article_id, a.headline, a.description, left(a.article_body, %(most)s) AS article_body, a.in_language
  FROM tidings.articles a
 WHERE a.article_id = ANY(%(article_ids)s)
   AND NOT EXISTS (SELECT FROM tidings.article_words w WHERE w.article_id = a.article_id)
 ORDER BY a.article_id
   FOR KEY SHARE OF a;

-- name: insert_words
-- The words of these articles.
WITH used AS (
    INSERT INTO tidings.search_configs (config)
    SELECT DISTINCT r.config FROM jsonb_to_recordset(%(rows)s) AS r(config text)
     WHERE NOT EXISTS (SELECT FROM tidings.search_configs c WHERE c.config = r.config)
    ON CONFLICT DO NOTHING
)
INSERT INTO tidings.article_words (article_id, config, words, facets, first_seen_at)
SELECT r.article_id, r.config,
       setweight(to_tsvector(r.config::regconfig, r.headline), 'A')
       || setweight(to_tsvector(r.config::regconfig, coalesce(r.description, '')), 'B')
       || setweight(to_tsvector(r.config::regconfig, r.article_body), 'C'),
       ARRAY['l' || coalesce(a.in_language, ''),
             'd' || floor(extract(epoch FROM a.first_seen_at) / 86400)::integer,
             'w' || floor(extract(epoch FROM a.first_seen_at) / 604800)::integer]
       || ARRAY(SELECT DISTINCT 's' || c.source_id FROM tidings.article_urls c WHERE c.article_id = a.article_id),
       a.first_seen_at
  FROM jsonb_to_recordset(%(rows)s)
       AS r(article_id bigint, config text, headline text, description text, article_body text)
  JOIN tidings.articles a USING (article_id)
ON CONFLICT (article_id) DO NOTHING;

-- name: add_sources_to_words
-- The sources at which these articles stand by now.
UPDATE tidings.article_words w
   SET facets = w.facets || n.facets
  FROM (SELECT c.article_id, array_agg(DISTINCT 's' || c.source_id) AS facets
          FROM tidings.article_urls c
          JOIN tidings.article_words o USING (article_id)
         WHERE c.article_id = ANY(%(article_ids)s) AND NOT o.facets @> ARRAY['s' || c.source_id]
         GROUP BY c.article_id) n
 WHERE w.article_id = n.article_id;

-- name: read_search
-- What a search comes to in the configurations in use, or in those of them that are named, and whether the index can
-- find anything by it.
SELECT c.config, websearch_to_tsquery(c.config::regconfig, %(text)s)::text AS query,
       querytree(websearch_to_tsquery(c.config::regconfig, %(text)s)) NOT IN ('', 'T') AS is_usable
  FROM tidings.search_configs c
  JOIN pg_ts_config p ON p.cfgname = c.config AND p.cfgnamespace = 'pg_catalog'::regnamespace
 WHERE %(configs)s::text[] IS NULL OR c.config = ANY(%(configs)s)
 ORDER BY c.config;

-- name: find_matches
-- The articles that each of these searches finds, in no order, and no more than a limit of each. (How many those are the
-- planner does not know, and so it goes by the index; which a search for no facet at all would have to read in full.)
SELECT q.number, m.article_id, m.first_seen_at
  FROM jsonb_to_recordset(%(searches)s) AS q(number integer, config text, configs text[], text text, facets text[])
 CROSS JOIN LATERAL (
       SELECT w.article_id, w.first_seen_at
         FROM tidings.article_words w
        WHERE q.facets = '{}' AND w.words @@ websearch_to_tsquery(q.config::regconfig, q.text)
          AND (q.configs IS NULL OR w.config = ANY(q.configs))
          AND w.first_seen_at >= %(since)s AND w.first_seen_at < %(until)s
        UNION ALL
       SELECT w.article_id, w.first_seen_at
         FROM tidings.article_words w
        WHERE q.facets <> '{}' AND w.words @@ websearch_to_tsquery(q.config::regconfig, q.text)
          AND w.facets @> q.facets AND (q.configs IS NULL OR w.config = ANY(q.configs))
          AND w.first_seen_at >= %(since)s AND w.first_seen_at < %(until)s
        LIMIT %(limit)s) m;

-- name: find_matches_of_days
-- The articles of some days, or weeks, that each of these searches finds: the newest of each.
SELECT q.number, m.article_id, m.first_seen_at
  FROM jsonb_to_recordset(%(searches)s) AS q(number integer, config text, configs text[], text text, facets text[])
 CROSS JOIN LATERAL (
       SELECT w.article_id, w.first_seen_at
         FROM tidings.article_words w
        WHERE w.words @@ websearch_to_tsquery(q.config::regconfig, q.text)
          AND w.facets @> q.facets AND w.facets && %(days)s::text[]
          AND (q.configs IS NULL OR w.config = ANY(q.configs))
          AND w.first_seen_at >= %(since)s AND w.first_seen_at < %(until)s
        ORDER BY w.first_seen_at DESC
        LIMIT %(limit)s) m;

-- name: rank_matches
-- Of these articles those that a search is about most come first; what is months old counts half.
WITH searches AS MATERIALIZED (
    SELECT q.number, websearch_to_tsquery(q.config::regconfig, q.text) AS query
      FROM jsonb_to_recordset(%(searches)s) AS q(number integer, config text, text text)
)
SELECT w.article_id,
       ts_rank_cd(w.words, s.query, 1)
       * (0.5 + 0.5 * exp(-greatest(0, extract(epoch FROM %(now)s - w.first_seen_at)) / (30 * 86400))) AS rank
  FROM jsonb_to_recordset(%(matches)s) AS m(article_id bigint, number integer)
  JOIN searches s USING (number)
  JOIN tidings.article_words w USING (article_id)
 ORDER BY rank DESC, w.first_seen_at DESC, w.article_id DESC
 LIMIT %(limit)s OFFSET %(offset)s;

-- name: show_matches
-- These articles at the URL of theirs that was seen first, of the sources that are asked for; with what of their text
-- matches, between two characters that the text itself has not.
WITH searches AS MATERIALIZED (
    SELECT q.number, q.config, websearch_to_tsquery(q.config::regconfig, q.text) AS query
      FROM jsonb_to_recordset(%(searches)s) AS q(number integer, config text, text text)
)
SELECT a.article_id, a.headline, a.in_language, a.date_published, a.first_seen_at, a.story_id, c.source, c.url,
       CASE WHEN %(is_marked)s THEN
           ts_headline(s.config::regconfig, translate(left(a.article_body, 20000), E'\uE000\uE001', ''), s.query,
                       E'StartSel=\uE000, StopSel=\uE001, MaxFragments=2, MaxWords=24, MinWords=8, FragmentDelimiter=" … "')
       ELSE translate(left(a.article_body, 20000), E'\uE000\uE001', '') END AS snippet
  FROM jsonb_to_recordset(%(matches)s) AS m(article_id bigint, number integer, place integer)
  JOIN searches s USING (number)
  JOIN tidings.articles a USING (article_id)
 CROSS JOIN LATERAL (
       SELECT u.url, o.name AS source
         FROM tidings.article_urls au
         JOIN tidings.urls u USING (url_id)
         JOIN tidings.sources o ON o.source_id = au.source_id
        WHERE au.article_id = a.article_id AND (%(sources)s::text[] IS NULL OR o.name = ANY(%(sources)s))
        ORDER BY au.is_current DESC, au.first_seen_at, u.url
        LIMIT 1) c
 ORDER BY m.place;

-- name: find_source_ids
-- The numbers of these sources.
SELECT name, source_id FROM tidings.sources WHERE name = ANY(%(names)s);
