-- WARC files, from begun to read.

-- name: begin_import
-- The import of a file, begun before or new.
INSERT INTO tidings.warc_imports (file_key, file, num_bytes, started_at)
VALUES (%(file_key)s, %(file)s, %(num_bytes)s, %(now)s)
ON CONFLICT (file_key) DO UPDATE SET file = excluded.file
RETURNING import_id, next_offset, records, finished_at;

-- name: restart_import
-- Read a file from its beginning once more.
UPDATE tidings.warc_imports
   SET next_offset = 0, records = '{}', started_at = %(now)s, finished_at = NULL
 WHERE import_id = %(import_id)s;

-- name: advance_import
-- What every record before the offset came to is stored.
UPDATE tidings.warc_imports
   SET next_offset = %(next_offset)s, records = %(records)s, finished_at = %(finished_at)s
 WHERE import_id = %(import_id)s;

-- name: insert_import_run
-- Open the run of a source that a file has pages of.
INSERT INTO tidings.runs (run_id, source_id, trigger, scheduled_for, queued_at, import_id)
VALUES (%(run_id)s, %(source_id)s, 'command', %(now)s, %(now)s, %(import_id)s);

-- name: find_open_import_runs
-- The runs of an import that a process which is gone has left open.
SELECT run_id FROM tidings.runs WHERE import_id = %(import_id)s AND finished_at IS NULL ORDER BY run_id;

-- name: find_visit
-- Whether a run has stored this visit.
SELECT EXISTS (SELECT 1 FROM tidings.pages
                WHERE run_id = %(run_id)s AND url = %(url)s AND fetched_at = %(fetched_at)s) AS is_stored;

-- name: count_import
-- What the runs of an import came to since it was begun, by source.
SELECT s.name AS source, sum(r.num_links)::int AS num_links, sum(r.num_new)::int AS num_new,
       sum(r.num_changed)::int AS num_changed, sum(r.num_duplicate)::int AS num_duplicate,
       sum(r.num_unchanged)::int AS num_unchanged, sum(r.num_rejected)::int AS num_rejected,
       sum(r.num_failed)::int AS num_failed
  FROM tidings.runs r
  JOIN tidings.warc_imports i USING (import_id)
  JOIN tidings.sources s USING (source_id)
 WHERE r.import_id = %(import_id)s AND r.queued_at >= i.started_at
 GROUP BY s.name
 ORDER BY s.name;
