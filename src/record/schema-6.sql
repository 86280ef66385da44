-- Version 6: whom of the lists a lead's people are or may be, as it was judged; a row of a list that is imported again unchanged stays as it is.

CREATE TABLE lead_party (
    lead BIGINT NOT NULL REFERENCES lead (id),
    ordinal INTEGER NOT NULL,
    list SMALLINT NOT NULL,
    how SMALLINT NOT NULL,
    name TEXT NOT NULL,
    own TEXT NOT NULL,
    note TEXT NOT NULL,
    what TEXT NOT NULL,
    said TEXT NOT NULL,
    matched TEXT NOT NULL,
    why TEXT,
    PRIMARY KEY (lead, ordinal)
) WITHOUT ROWID;

ALTER TABLE client ADD COLUMN digest TEXT;
ALTER TABLE conflict_party ADD COLUMN digest TEXT;
CREATE INDEX conflict_party_since ON conflict_party (since);
