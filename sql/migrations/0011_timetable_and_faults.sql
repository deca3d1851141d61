-- What the timetable learns of a source, what a run lost, and pages that nobody should open again unasked.

-- The timetable

ALTER TABLE tidings.sources
    ADD COLUMN slot_at timestamptz,
    ADD COLUMN learned_every interval,
    ADD COLUMN timed_at timestamptz;
COMMENT ON COLUMN tidings.sources.slot_at IS 'The next slot of the timetable.';
COMMENT ON COLUMN tidings.sources.due_at IS 'When it is visited next: at its next slot, or later where it was put off.';
COMMENT ON COLUMN tidings.sources.learned_every IS 'The interval that its own rhythm has led to, where the operator left it to us (every = "auto", freshness).';
COMMENT ON COLUMN tidings.sources.timed_at IS 'When slot_at and due_at were set. One that lies ahead tells of a clock that was set back since.';
UPDATE tidings.sources SET slot_at = due_at;
CREATE INDEX sources_by_host ON tidings.sources (host_lock) WHERE state = 'enabled';

ALTER TABLE tidings.documents ADD COLUMN entry_keys bigint[];
COMMENT ON COLUMN tidings.documents.entry_keys IS 'Of a feed: the first 64 bits of the URL keys of what it listed last, by which a gap is seen.';

ALTER TABLE tidings.polls ADD COLUMN is_gap boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN tidings.polls.is_gap IS 'Whether a feed listed nothing that it had listed at the poll before: what came and went between is not known.';

-- Faults

CREATE TABLE tidings.lost_attempts (
    run_id      uuid NOT NULL REFERENCES tidings.runs ON DELETE CASCADE,
    attempt     integer NOT NULL CONSTRAINT "attempts count from 1" CHECK (attempt >= 1),
    worker      text,
    lost_at     timestamptz NOT NULL,
    with_host   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, attempt)
);
COMMENT ON TABLE tidings.lost_attempts IS 'Attempts at a run that ended with their worker. How the last attempt ended, the run itself says.';
COMMENT ON COLUMN tidings.lost_attempts.with_host IS 'Whether all of tidings on that host ended with it, for which the run is not to blame.';

ALTER TYPE tidings.page_reason ADD VALUE 'extraction_crashed';
ALTER TYPE tidings.page_reason ADD VALUE 'extraction_memory';
ALTER TYPE tidings.page_reason ADD VALUE 'quarantined';

ALTER TABLE tidings.urls ADD COLUMN num_crashes smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN tidings.urls.num_crashes IS 'How often in a row reading it has crashed, hung or bloated the process that read; from three on it is not visited.';

CREATE TABLE tidings.quarantine (
    url_id          bigint PRIMARY KEY REFERENCES tidings.urls ON DELETE CASCADE,
    reason          tidings.page_reason NOT NULL,
    detail          text,
    num_attempts    integer NOT NULL CONSTRAINT "a page is tried before it is quarantined" CHECK (num_attempts >= 1),
    quarantined_at  timestamptz NOT NULL
);
COMMENT ON TABLE tidings.quarantine IS 'Pages that crashed, hung or bloated whoever read them, time and again: not opened any more until an operator says so.';

-- Scale

-- Who has this run under way: asked at the end of each run, and for each run that is deleted.
CREATE INDEX sources_by_run ON tidings.sources (run_id) WHERE run_id IS NOT NULL;

-- A job names its run, so nobody looks for a run by its job.
DROP INDEX tidings.runs_by_job;

-- What a worker that takes a job asks of each candidate: whether an earlier job has its lock.
CREATE INDEX jobs_by_lock ON tidings.procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');

-- The queue is short however much goes through it: what it has deleted is cleared away before it is in the way.
ALTER TABLE tidings.procrastinate_jobs
    SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE tidings.procrastinate_events
    SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- A session plans once how it looks for a job, often while the queue is empty, and would go on to read the whole queue
-- for each of its jobs when there are thousands. By the indexes it is quick whatever waits.
ALTER FUNCTION tidings.procrastinate_fetch_job_v2(varchar[], bigint) SET enable_seqscan = off;
ALTER FUNCTION tidings.procrastinate_fetch_job_v2(varchar[], bigint) SET enable_sort = off;
ALTER FUNCTION tidings.procrastinate_fetch_job_v2(varchar[], bigint) SET enable_hashjoin = off;
ALTER FUNCTION tidings.procrastinate_fetch_job_v2(varchar[], bigint) SET enable_mergejoin = off;
