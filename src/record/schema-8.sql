-- Version 8: a lead can be part of another (two enquiries that turned out to be one), and what may be the same is found by these keys:
-- a telephone number, a name with its company.

ALTER TABLE lead ADD COLUMN merged_into BIGINT;
ALTER TABLE lead ADD COLUMN merged_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX lead_merged ON lead (merged_into, merged_at) WHERE merged_into IS NOT NULL;

CREATE TABLE lead_key (
    key TEXT NOT NULL,
    lead BIGINT NOT NULL REFERENCES lead (id),
    PRIMARY KEY (key, lead)
) WITHOUT ROWID;
