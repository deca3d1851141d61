-- What the operator page looks for among millions of runs: those that did not succeed, those of one reason, and those
-- begun by a command. Each index holds a small part of the table, and takes half a second to make on two million runs.

CREATE INDEX runs_in_trouble ON tidings.runs (outcome, queued_at DESC) WHERE outcome <> 'succeeded';
CREATE INDEX runs_by_reason ON tidings.runs (reason, queued_at DESC) WHERE reason IS NOT NULL;
CREATE INDEX runs_by_command ON tidings.runs (queued_at DESC) WHERE trigger = 'command';
