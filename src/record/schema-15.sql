-- Version 15: in which order mails go that are due together, how many went outside of late, and the fuse.

-- rank: 0 an answer to somebody outside, 1 to a colleague, 2 to somebody outside who has not just asked.
ALTER TABLE outbox ADD COLUMN rank SMALLINT NOT NULL DEFAULT 0;
UPDATE outbox SET rank = 1 WHERE is_internal = 1;
CREATE INDEX outbox_turn ON outbox (rank, due, id) WHERE state = 'pending';
CREATE INDEX outbox_waiting ON outbox (to_domain, rank, due) WHERE state = 'pending';
-- is_internal stands in them so that they alone answer.
CREATE INDEX outbox_went ON outbox (sent, queued, is_internal) WHERE is_internal = 0 AND sent > 0;
CREATE INDEX outbox_went_to ON outbox (to_domain, sent, is_internal) WHERE is_internal = 0 AND sent > 0;

-- Each time it was opened. closed: 0 while it is open.
CREATE TABLE fuse (
    id INTEGER PRIMARY KEY,
    opened BIGINT NOT NULL,
    opened_by TEXT NOT NULL,
    why TEXT NOT NULL,
    closed BIGINT NOT NULL DEFAULT 0,
    closed_by TEXT
);
