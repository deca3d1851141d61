-- What an operator should know of.

-- name: watch_network
-- Of the sites asked last, how many failed as they would if our own network were down.
WITH latest AS (
    SELECT DISTINCT ON (s.host_lock) r.outcome, r.reason, r.finished_at
      FROM (SELECT source_id, outcome, reason, finished_at
              FROM tidings.runs
             WHERE finished_at > %(since)s AND outcome <> 'aborted' AND import_id IS NULL
             ORDER BY finished_at DESC
             LIMIT 200) r
      JOIN tidings.sources s USING (source_id)
     ORDER BY s.host_lock, r.finished_at DESC
)
SELECT count(*) AS num_sites,
       count(*) FILTER (WHERE outcome = 'failed' AND reason = ANY(%(reasons)s)) AS num_failing,
       EXISTS (SELECT 1 FROM tidings.alarms WHERE kind = 'own_network' AND cleared_at IS NULL) AS is_raised
  FROM (SELECT * FROM latest ORDER BY finished_at DESC LIMIT %(limit)s) last;

-- name: raise_alarm
-- Raise an alarm; if it is up already, its cause and evidence follow.
INSERT INTO tidings.alarms AS a (kind, source_id, raised_at, since, cause, evidence)
VALUES (%(kind)s, %(source_id)s, %(now)s, %(since)s, %(cause)s, %(evidence)s)
ON CONFLICT (kind, source_id) WHERE cleared_at IS NULL DO UPDATE
   SET cause = excluded.cause, evidence = excluded.evidence
 WHERE (a.cause, a.evidence) IS DISTINCT FROM (excluded.cause, excluded.evidence)
RETURNING a.alarm_id, xmax = 0 AS is_new;

-- name: clear_alarm
-- Clear an alarm that is up.
UPDATE tidings.alarms
   SET cleared_at = %(now)s
 WHERE kind = %(kind)s AND source_id IS NOT DISTINCT FROM %(source_id)s AND cleared_at IS NULL
RETURNING alarm_id;

-- name: list_alarms
-- The alarms that are up: those of the whole installation first, then the latest; ten thousand at
-- the most.
SELECT a.alarm_id, a.kind, s.name AS source, a.raised_at, a.since, a.cause, a.evidence
  FROM tidings.alarms a LEFT JOIN tidings.sources s USING (source_id)
 WHERE a.cleared_at IS NULL
 ORDER BY a.source_id IS NOT NULL, a.raised_at DESC, a.alarm_id DESC
 LIMIT 10000;

-- name: list_visited
-- The sources whose runs ended lately, in the order of their ends; what was broken off says nothing.
SELECT source_id, max(finished_at) AS finished_at, count(*) AS num_runs
  FROM (SELECT source_id, finished_at
          FROM tidings.runs
         WHERE finished_at > %(since)s AND outcome <> 'aborted' AND import_id IS NULL
         ORDER BY finished_at
         LIMIT %(limit)s) r
 GROUP BY source_id
 ORDER BY finished_at;

-- name: list_watched
-- Of these sources what their alarms are decided by. `reasons` are of their latest runs, the latest first: why they
-- failed, or nothing.
SELECT s.source_id, s.name, s.definition, coalesce(s.definition ->> 'timezone', 'UTC') AS timezone, s.created_at,
       s.failing_since, s.last_success_at, r.reasons, r.run_ids, r.finished_at AS last_finished_at,
       l.hour AS last_new_hour,
       (SELECT coalesce(jsonb_object_agg(a.kind, a.raised_at), '{}')
          FROM tidings.alarms a WHERE a.source_id = s.source_id AND a.cleared_at IS NULL) AS alarms,
       b.num_weeks, b.num_new, b.usual, b.spread, b.longest_silence, b.longest_quiet, b.fields
  FROM tidings.sources s
  LEFT JOIN tidings.baselines b USING (source_id)
 CROSS JOIN LATERAL (
       SELECT array_agg(CASE WHEN outcome = 'failed' THEN coalesce(reason, '') ELSE '' END
                        ORDER BY queued_at DESC) AS reasons,
              array_agg(run_id::text ORDER BY queued_at DESC) AS run_ids, max(finished_at) AS finished_at
         FROM (SELECT run_id, outcome, reason, queued_at, finished_at
                 FROM tidings.runs
                WHERE source_id = s.source_id AND finished_at IS NOT NULL AND outcome <> 'aborted' AND import_id IS NULL
                ORDER BY queued_at DESC LIMIT 5) latest) r
  LEFT JOIN LATERAL (SELECT n.hour FROM tidings.hourly_pages n
                      WHERE n.source_id = s.source_id AND n.outcome = 'new'
                      ORDER BY n.hour DESC LIMIT 1) l ON true
 WHERE s.source_id = ANY(%(source_ids)s) AND s.state = 'enabled' AND r.finished_at IS NOT NULL
 ORDER BY s.source_id;

-- name: is_network_down
-- Whether the alarm of our own network is up.
SELECT EXISTS (SELECT FROM tidings.alarms WHERE kind = 'own_network' AND cleared_at IS NULL) AS is_down;

-- name: clear_pointless_alarms
-- Clear alarms that nothing would ever clear: of sources that are switched off or removed, and of kinds that this
-- version does not know.
WITH pointless AS (
    SELECT a.alarm_id, s.name AS source
      FROM tidings.alarms a LEFT JOIN tidings.sources s USING (source_id)
     WHERE a.cleared_at IS NULL AND (a.kind <> ALL(%(kinds)s) OR s.state <> 'enabled')
)
UPDATE tidings.alarms a
   SET cleared_at = %(now)s
  FROM pointless p
 WHERE a.alarm_id = p.alarm_id AND a.cleared_at IS NULL
RETURNING a.kind, p.source;

-- name: list_documents_asked
-- The documents that a source's runs begin with, and how each was polled last.
SELECT d.url, d.kind, d.changed_at, d.retired_at, p.run_id::text AS run_id, p.polled_at, p.outcome, p.reason, p.http_status,
       p.num_links, p.num_unknown
  FROM tidings.documents d
  LEFT JOIN LATERAL (SELECT * FROM tidings.polls
                      WHERE document_id = d.document_id ORDER BY polled_at DESC LIMIT 1) p ON true
 WHERE d.source_id = %(source_id)s AND d.is_root
 ORDER BY d.kind <> 'feed', p.num_links DESC NULLS LAST, d.document_id
 LIMIT 5;

-- name: count_visits_since
-- How the visits of a source since some hour have ended.
SELECT outcome, reason, sum(num_pages)::bigint AS num_pages
  FROM tidings.hourly_pages
 WHERE source_id = %(source_id)s AND hour > %(hour)s
 GROUP BY outcome, reason
 ORDER BY num_pages DESC;

-- name: find_last_article
-- The last article that a source brought, and why its host is left alone, if it is.
SELECT u.url, a.first_seen_at,
       (SELECT h.pause_reason FROM tidings.hosts h
         WHERE h.host = split_part(split_part(s.url, '://', 2), '/', 1) AND h.paused_until > %(now)s) AS pause
  FROM tidings.sources s
  LEFT JOIN LATERAL (SELECT url_id, first_seen_at FROM tidings.article_urls
                      WHERE source_id = s.source_id AND revision = 1
                      ORDER BY first_seen_at DESC LIMIT 1) a ON true
  LEFT JOIN tidings.urls u USING (url_id)
 WHERE s.source_id = %(source_id)s;

-- name: list_visits_around
-- The visits of a source's runs from `since` on, the first ones, and those before it, the last ones: with what each
-- article has. `earliest` bounds how far back is looked.
(SELECT p.url, p.run_id::text AS run_id, p.fetched_at, p.reason, true AS is_after,
        a.origins ->> 'headline' <> 'derived' AS headline, a.date_published IS NOT NULL AS date,
        EXISTS (SELECT FROM tidings.article_authors w WHERE w.article_id = a.article_id) AS author,
        a.in_language IS NOT NULL AS language, a.word_count AS body, a.article_id IS NOT NULL AS article
   FROM (SELECT run_id FROM tidings.runs
          WHERE source_id = %(source_id)s AND queued_at > %(since)s - interval '1 hour'
          ORDER BY queued_at LIMIT 60) r
   JOIN tidings.pages p ON p.run_id = r.run_id AND p.fetched_at >= %(since)s
   LEFT JOIN tidings.articles a USING (article_id)
  WHERE p.outcome IN ('new', 'changed', 'duplicate', 'unchanged', 'rejected') AND p.reason::text <> ALL(%(not_read)s)
  ORDER BY p.fetched_at LIMIT 60)
UNION ALL
(SELECT p.url, p.run_id::text, p.fetched_at, p.reason, false, a.origins ->> 'headline' <> 'derived',
        a.date_published IS NOT NULL,
        EXISTS (SELECT FROM tidings.article_authors w WHERE w.article_id = a.article_id),
        a.in_language IS NOT NULL, a.word_count, true
   FROM (SELECT run_id FROM tidings.runs
          WHERE source_id = %(source_id)s AND queued_at <= %(since)s
          ORDER BY queued_at DESC LIMIT 60) r
   JOIN tidings.pages p ON p.run_id = r.run_id AND p.fetched_at < %(since)s AND p.fetched_at > %(earliest)s
   JOIN tidings.articles a USING (article_id)
  ORDER BY p.fetched_at DESC LIMIT 60);

-- name: list_troubled_documents
-- Documents of these sources that have moved, are gone, or have failed time and again, and when each was had last.
SELECT d.source_id, d.url, d.kind, d.moved_to, d.promoted_at, d.retired_at, d.num_failures, p.run_id::text AS run_id, p.reason,
       (SELECT max(polled_at) FROM tidings.polls
         WHERE document_id = d.document_id AND outcome <> 'failed') AS last_good_at,
       (SELECT min(polled_at) FROM tidings.polls WHERE document_id = d.document_id) AS first_polled_at
  FROM tidings.documents d
  LEFT JOIN LATERAL (SELECT run_id, reason FROM tidings.polls
                      WHERE document_id = d.document_id ORDER BY polled_at DESC LIMIT 1) p ON true
 WHERE d.source_id = ANY(%(source_ids)s) AND d.is_root
   AND (d.promoted_at IS NOT NULL OR d.retired_at IS NOT NULL OR d.num_failures >= 3)
 ORDER BY d.source_id, d.document_id;

-- name: list_other_documents
-- Feeds, sitemaps and listings of a source that are read without trouble, the latest found first.
SELECT url FROM tidings.documents
 WHERE source_id = %(source_id)s AND is_root AND kind = %(kind)s AND num_failures = 0 AND retired_at IS NULL
   AND polled_at IS NOT NULL
 ORDER BY document_id DESC;

-- name: measure_schedule
-- What is late: sources that are due and not claimed, runs that nobody takes up although nobody is at their host, and
-- runs that go on for too long; and who there is to do it. A worker is silent after `silence` seconds. Counting ends at
-- ten thousand.
SELECT d.num_due, d.due_since, q.num_queued, q.queued_since, q.queued_run, o.num_overlong, o.overlong_since, o.overlong_run,
       (SELECT count(*) FROM tidings.workers
         WHERE heartbeat_at > %(now)s - make_interval(secs => %(silence)s)) AS num_workers,
       EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND objsubid = 1
                  AND classid::bigint = %(lock)s::bigint >> 32
                  AND objid::bigint = %(lock)s::bigint & 4294967295) AS has_leader
  FROM (SELECT count(*) AS num_due, min(due_at) AS due_since
          FROM (SELECT due_at FROM tidings.sources
                 WHERE state = 'enabled' AND run_id IS NULL AND due_at < %(now)s - %(due_for)s::interval
                 ORDER BY due_at LIMIT 10000) due) d,
       (SELECT count(*) AS num_queued, min(queued_at) AS queued_since,
               (array_agg(run_id::text ORDER BY queued_at))[1] AS queued_run
          FROM (SELECT r.run_id, r.queued_at
                  FROM tidings.runs r JOIN tidings.sources s USING (source_id)
                 WHERE r.finished_at IS NULL AND r.started_at IS NULL AND r.import_id IS NULL
                   AND r.queued_at < %(now)s - %(queued_for)s::interval
                   AND NOT EXISTS (SELECT FROM tidings.procrastinate_jobs j
                                    WHERE j.lock = s.host_lock AND j.status = 'doing')
                 ORDER BY r.queued_at LIMIT 10000) queued) q,
       (SELECT count(*) AS num_overlong, min(started_at) AS overlong_since,
               (array_agg(run_id::text ORDER BY started_at))[1] AS overlong_run
          FROM (SELECT run_id, started_at FROM tidings.runs
                 WHERE finished_at IS NULL AND import_id IS NULL AND started_at < %(now)s - %(runs_for)s::interval
                 ORDER BY started_at LIMIT 10000) overlong) o;

-- name: measure_quarantine
-- How many pages came into quarantine in the last day, and on a day before that, in the mean of four weeks.
SELECT count(*) FILTER (WHERE q.quarantined_at > %(now)s - interval '1 day') AS num_today,
       count(*) FILTER (WHERE q.quarantined_at <= %(now)s - interval '1 day') / 27.0 AS a_day,
       min(q.quarantined_at) FILTER (WHERE q.quarantined_at > %(now)s - interval '1 day') AS since
  FROM tidings.quarantine q
 WHERE q.quarantined_at > %(now)s - interval '28 days';

-- name: list_quarantined_lately
-- The sources with most pages in quarantine since yesterday, each with the latest of them.
SELECT s.name AS source, count(*) AS num_pages, (array_agg(u.url ORDER BY q.quarantined_at DESC))[1] AS url,
       (array_agg(q.reason ORDER BY q.quarantined_at DESC))[1] AS reason
  FROM tidings.quarantine q
  JOIN tidings.urls u USING (url_id)
  JOIN tidings.sources s USING (source_id)
 WHERE q.quarantined_at > %(now)s - interval '1 day'
 GROUP BY s.name
 ORDER BY num_pages DESC, s.name
 LIMIT 5;

-- name: list_flows
-- Of sources that were visited lately and whose rhythm is known, a thousand at the most: the new articles since some
-- hour, beside what is usual of the whole week.
SELECT coalesce(s.definition ->> 'timezone', 'UTC') AS timezone, b.usual,
       (SELECT coalesce(sum(p.num_pages), 0)::integer FROM tidings.hourly_pages p
         WHERE p.source_id = s.source_id AND p.hour >= %(hour)s AND p.outcome = 'new') AS num_new
  FROM tidings.baselines b JOIN tidings.sources s USING (source_id)
 WHERE s.state = 'enabled' AND s.last_success_at > %(hour)s AND b.num_weeks >= %(weeks)s AND b.num_new >= %(articles)s
   AND NOT EXISTS (SELECT FROM tidings.alarms a
                    WHERE a.source_id = s.source_id AND a.kind = 'silence' AND a.cleared_at IS NULL
                      AND a.raised_at < %(hour)s)
 LIMIT 1000;

-- name: count_silences
-- How many sources have lately become silent, all of a sudden; and since when the whole installation is.
SELECT (SELECT count(*) FROM tidings.alarms
         WHERE kind = 'silence' AND source_id IS NOT NULL AND raised_at > %(since)s AND since > %(sudden)s) AS num_raised,
       (SELECT raised_at FROM tidings.alarms
         WHERE kind = 'silence' AND source_id IS NULL AND cleared_at IS NULL) AS raised_at;

-- name: count_enabled_sources
-- How many sources there are, up to twenty thousand.
SELECT count(*) AS num_sources FROM (SELECT FROM tidings.sources WHERE state = 'enabled' LIMIT 20000) s;
