-- Whom an alarm was told to.

CREATE TYPE tidings.notice_state AS ENUM ('waiting', 'sent', 'withdrawn', 'given_up');

CREATE TABLE tidings.notice_targets (
    target text PRIMARY KEY,
    first_seen_at timestamptz NOT NULL
);
COMMENT ON TABLE tidings.notice_targets IS 'Who is told of alarms, by a hash of the URL that [alarms] notify has: the URL may hold a secret.';

CREATE TABLE tidings.notices (
    alarm_id bigint NOT NULL REFERENCES tidings.alarms ON DELETE CASCADE,
    event text NOT NULL,
    target text NOT NULL REFERENCES tidings.notice_targets,
    state tidings.notice_state NOT NULL DEFAULT 'waiting',
    queued_at timestamptz NOT NULL,
    num_attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    settled_at timestamptz,
    error text,
    PRIMARY KEY (alarm_id, event, target),
    CONSTRAINT "an alarm is raised or cleared" CHECK (event IN ('raised', 'cleared')),
    CONSTRAINT "what waits has a next attempt" CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT "what is settled has a time" CHECK ((state = 'waiting') = (settled_at IS NULL))
);
COMMENT ON TABLE tidings.notices IS 'Each message of an alarm to a target: to be sent, sent, withdrawn because the alarm was over at once, or given up after a day.';
COMMENT ON COLUMN tidings.notices.next_attempt_at IS 'Not before; while it is being sent, when somebody else may try.';
COMMENT ON COLUMN tidings.notices.settled_at IS 'When it was sent, withdrawn or given up; those that were sent as one message have the same time.';

CREATE INDEX notices_waiting ON tidings.notices (target, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX notices_sent ON tidings.notices (target, settled_at) WHERE state = 'sent';
CREATE INDEX alarms_by_end ON tidings.alarms (cleared_at) WHERE cleared_at IS NOT NULL;
