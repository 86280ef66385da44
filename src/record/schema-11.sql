-- Version 11: times that were offered to a prospect for a call with somebody, so that nobody is offered the same one; those gone by are taken out.

CREATE TABLE slot (
    at BIGINT NOT NULL,
    owner TEXT NOT NULL,
    lead BIGINT NOT NULL REFERENCES lead (id),
    PRIMARY KEY (at, owner)
) WITHOUT ROWID;
