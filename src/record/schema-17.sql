-- Version 17: who asked to be left alone, by what (scope: sequence, marketing, all; cadence: of a sequence its name, else empty), and the mark in a mail by which
-- its recipient may do so. Addresses that take no mail stay where they were.

CREATE TABLE suppression (
    address TEXT NOT NULL,
    scope TEXT NOT NULL,
    cadence TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (address, scope, cadence)
) WITHOUT ROWID;

INSERT INTO suppression (address, scope, cadence, why, at)
    SELECT address, 'all', '', 'unsubscribed', at FROM address_mark WHERE why = 'unsubscribed';
DELETE FROM address_mark WHERE why = 'unsubscribed';

ALTER TABLE outbox ADD COLUMN unsubscribe TEXT;
CREATE INDEX outbox_unsubscribe ON outbox (unsubscribe) WHERE unsubscribe IS NOT NULL;
