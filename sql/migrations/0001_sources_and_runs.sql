-- Where to look, and each visit to it.

CREATE TYPE tidings.source_state AS ENUM ('enabled', 'disabled', 'removed');
CREATE TYPE tidings.source_origin AS ENUM ('file', 'command');
CREATE TYPE tidings.run_trigger AS ENUM ('timetable', 'command');
CREATE TYPE tidings.run_outcome AS ENUM ('succeeded', 'partial', 'failed', 'aborted');

CREATE TABLE tidings.sources (
    source_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    url         text NOT NULL,
    state       tidings.source_state NOT NULL DEFAULT 'enabled',
    origin      tidings.source_origin NOT NULL,
    definition  jsonb NOT NULL,
    host_lock   text NOT NULL,
    due_at      timestamptz,
    run_id      uuid,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CONSTRAINT "a source name is 1 to 64 of a-z, 0-9 and hyphen" CHECK (name ~ '^[a-z0-9-]{1,64}$'),
    CONSTRAINT "an enabled source has a due time" CHECK (state <> 'enabled' OR due_at IS NOT NULL)
);
COMMENT ON TABLE tidings.sources IS 'News sites as configured. The one truth about what is due.';
COMMENT ON COLUMN tidings.sources.origin IS 'file: from the configuration file, follows it. command: added by hand, stays.';
COMMENT ON COLUMN tidings.sources.definition IS 'The [[source]] table as written.';
COMMENT ON COLUMN tidings.sources.host_lock IS 'Politeness key (registrable domain): one run at a time among all sources that share it.';
COMMENT ON COLUMN tidings.sources.due_at IS 'The next slot of the timetable.';
COMMENT ON COLUMN tidings.sources.run_id IS 'The run under way, queued or started; a source has at most one.';

-- What the dispatcher scans each second: only sources it may claim, soonest first.
CREATE INDEX sources_claimable ON tidings.sources (due_at) WHERE state = 'enabled' AND run_id IS NULL;

CREATE TABLE tidings.runs (
    run_id         uuid PRIMARY KEY,
    source_id      bigint NOT NULL REFERENCES tidings.sources,
    trigger        tidings.run_trigger NOT NULL,
    revisit        boolean NOT NULL DEFAULT false,
    scheduled_for  timestamptz NOT NULL,
    queued_at      timestamptz NOT NULL,
    started_at     timestamptz,
    finished_at    timestamptz,
    attempt        integer NOT NULL DEFAULT 0,
    job_id         bigint,
    worker         text,
    outcome        tidings.run_outcome,
    reason         text,
    num_links      integer NOT NULL DEFAULT 0,
    num_known      integer NOT NULL DEFAULT 0,
    num_fetched    integer NOT NULL DEFAULT 0,
    num_new        integer NOT NULL DEFAULT 0,
    num_changed    integer NOT NULL DEFAULT 0,
    num_duplicate  integer NOT NULL DEFAULT 0,
    num_unchanged  integer NOT NULL DEFAULT 0,
    num_rejected   integer NOT NULL DEFAULT 0,
    num_failed     integer NOT NULL DEFAULT 0,
    CONSTRAINT "a slot of the timetable runs once" UNIQUE (source_id, trigger, scheduled_for),
    CONSTRAINT "a finished run has an outcome" CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE tidings.runs IS 'One visit to a source, from claimed to finished. Its run_id is its idempotency key.';
COMMENT ON COLUMN tidings.runs.scheduled_for IS 'The slot of the timetable that it serves; for a command, when it was given.';
COMMENT ON COLUMN tidings.runs.attempt IS 'How often a worker took it up; late writes of an earlier attempt are refused.';

ALTER TABLE tidings.sources ADD CONSTRAINT sources_run_id_fkey FOREIGN KEY (run_id) REFERENCES tidings.runs;
CREATE TABLE tidings.workers (
    worker        text PRIMARY KEY,
    started_at    timestamptz NOT NULL,
    heartbeat_at  timestamptz NOT NULL
);
COMMENT ON TABLE tidings.workers IS 'The worker processes, and when each was last heard of.';

CREATE INDEX runs_unfinished ON tidings.runs (queued_at) WHERE finished_at IS NULL;
CREATE INDEX runs_by_job ON tidings.runs (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX runs_by_source ON tidings.runs (source_id, queued_at DESC);
CREATE INDEX runs_by_time ON tidings.runs (queued_at DESC);
