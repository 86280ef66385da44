-- Version 12: where each person stands in the turns (assign.h); how many leads each was given on each day; the owners of live leads. A lead in nurture is no
-- load any more.

ALTER TABLE person ADD COLUMN may BIGINT NOT NULL DEFAULT 1000000;
ALTER TABLE person ADD COLUMN due BIGINT NOT NULL DEFAULT 0;

-- day: days since 1970, UTC.
CREATE TABLE assigned (
    person TEXT NOT NULL,
    day BIGINT NOT NULL,
    leads BIGINT NOT NULL,
    PRIMARY KEY (person, day)
) WITHOUT ROWID;

CREATE INDEX lead_live_owner ON lead (owner) WHERE is_live = 1;

INSERT INTO assigned (person, day, leads)
    SELECT owner, created / 86400, COUNT(*) FROM lead WHERE is_history = 0 GROUP BY owner, created / 86400;
UPDATE person SET open_leads = (SELECT COUNT(*) FROM lead WHERE lead.owner = person.id AND lead.is_live = 1 AND lead.status <> 'nurture');
