-- Version 20: which lists of which day were looked at, whether or not there was anything to tell; since when a lead is its owner's; what a person owes.

CREATE TABLE digest (
    key TEXT PRIMARY KEY,
    at BIGINT NOT NULL
) WITHOUT ROWID;

ALTER TABLE lead ADD COLUMN owned_since BIGINT NOT NULL DEFAULT 0;
UPDATE lead SET owned_since = created;

CREATE INDEX promise_owner ON promise (owner, due) WHERE kept = 0;
