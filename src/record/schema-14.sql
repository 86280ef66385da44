-- Version 14: the sequences of steps as the rules define them, by version, with the wording that each step had; where each lead stands in one; and each
-- step that was done, once for ever.

CREATE TABLE cadence (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    is_marketing SMALLINT NOT NULL,
    since BIGINT NOT NULL,
    UNIQUE (name, version)
);

CREATE TABLE cadence_step (
    cadence BIGINT NOT NULL REFERENCES cadence (id),
    step INTEGER NOT NULL,
    after TEXT NOT NULL,
    channel TEXT NOT NULL,
    condition TEXT,
    template TEXT,
    wording TEXT,
    guidance TEXT,
    PRIMARY KEY (cadence, step)
) WITHOUT ROWID;

-- origin: from when the steps are counted; it is moved on by what delays them. step: the next one, from 0. state: active, stopped, finished. A lead is
-- in one at a time; round: which time it is in that one.
CREATE TABLE enrolment (
    id INTEGER PRIMARY KEY,
    lead BIGINT NOT NULL REFERENCES lead (id),
    cadence BIGINT NOT NULL REFERENCES cadence (id),
    round INTEGER NOT NULL,
    started BIGINT NOT NULL,
    origin BIGINT NOT NULL,
    step INTEGER NOT NULL,
    due BIGINT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    changed BIGINT NOT NULL
);
CREATE INDEX enrolment_due ON enrolment (due, id) WHERE state = 'active';
CREATE UNIQUE INDEX enrolment_active ON enrolment (lead) WHERE state = 'active';
CREATE INDEX enrolment_lead ON enrolment (lead);
CREATE INDEX enrolment_cadence ON enrolment (cadence, state);

-- cadence: its name. outcome: mail, task, skipped, left out.
CREATE TABLE touch (
    lead BIGINT NOT NULL REFERENCES lead (id),
    cadence TEXT NOT NULL,
    round INTEGER NOT NULL,
    step INTEGER NOT NULL,
    at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (lead, cadence, round, step)
) WITHOUT ROWID;

-- Mails of cadences in each person's name on each day (days since 1970 in the firm's zone).
CREATE TABLE cadence_mails (
    person TEXT NOT NULL,
    day BIGINT NOT NULL,
    mails BIGINT NOT NULL,
    PRIMARY KEY (person, day)
) WITHOUT ROWID;

-- The enrolment that a mail is a step of, and whether it is marketing: not about a matter that its recipient has open with us.
ALTER TABLE outbox ADD COLUMN enrolment BIGINT;
ALTER TABLE outbox ADD COLUMN is_marketing SMALLINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_enrolment ON outbox (enrolment) WHERE enrolment IS NOT NULL AND state = 'pending';
