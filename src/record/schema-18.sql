-- Version 18: a promise is looked at when there is something to do about it: before it is due its owner is warned, past its time it is broken, and then it is escalated step by
-- step. `look` is that moment, 0 when there is nothing to do any more; what is closed has none in the index.

ALTER TABLE promise ADD COLUMN warned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE promise ADD COLUMN escalated BIGINT NOT NULL DEFAULT 0;
ALTER TABLE promise ADD COLUMN look BIGINT NOT NULL DEFAULT 0;
UPDATE promise SET look = due + 1 WHERE kept = 0 AND broken = 0;

DROP INDEX promise_open;
CREATE INDEX promise_open ON promise (due) WHERE kept = 0;
CREATE INDEX promise_look ON promise (look) WHERE kept = 0 AND look > 0;
CREATE INDEX promise_kept ON promise (kept) WHERE kept > 0;

-- Who is to be told of a promise, from `due` on: once a person of each, however many parts they have. One whose promise is closed meanwhile is told to nobody.
CREATE TABLE promise_notice (
    id INTEGER PRIMARY KEY,
    promise BIGINT NOT NULL REFERENCES promise (id),
    person TEXT NOT NULL,
    is_warning BIGINT NOT NULL,
    due BIGINT NOT NULL,
    told BIGINT NOT NULL DEFAULT 0,
    UNIQUE (promise, person, is_warning)
);
CREATE INDEX promise_notice_due ON promise_notice (person, due) WHERE told = 0;
