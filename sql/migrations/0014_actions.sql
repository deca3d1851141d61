-- What operators did.

CREATE TABLE tidings.actions (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now(),
    action text NOT NULL,
    source text NOT NULL,
    url text,
    taken_by text NOT NULL,
    CONSTRAINT "an action has a known name" CHECK (action IN ('run', 'revisit', 'enable', 'disable', 'remove', 'retry', 'drop'))
);
COMMENT ON TABLE tidings.actions IS 'What operators did by hand, on the page and on the command line; a row each, kept for good.';
COMMENT ON COLUMN tidings.actions.source IS 'By its name, so that a row outlives whatever it is about; so with url.';
COMMENT ON COLUMN tidings.actions.taken_by IS 'From where: the address that the page was asked from, or user and host of a command.';

CREATE INDEX actions_by_source ON tidings.actions (source, action_id DESC);
