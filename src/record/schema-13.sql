-- Version 13: tasks, the touches that are no mail: a call, a message on LinkedIn, a social inbox to look through. A key makes a task once; one that a person adds
-- by hand has none. A task is open while it is neither done nor cancelled; `outcome` is what came of it, or why it was cancelled.

CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    key TEXT UNIQUE,
    lead BIGINT REFERENCES lead (id),
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    said TEXT NOT NULL,
    guidance TEXT NOT NULL,
    due BIGINT NOT NULL,
    created BIGINT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    done_by TEXT,
    outcome TEXT,
    cancelled BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX task_open ON task (person, due) WHERE done = 0 AND cancelled = 0;
CREATE INDEX task_lead ON task (lead) WHERE lead IS NOT NULL;
