-- Version 9: the firm's partners, to whom it passes on what it does not do itself; what passed between it and them stands on the leads. What they are
-- known by, do and cover stands in party_name: list 3; what: 5 service, 6 area.

CREATE TABLE partner (
    id INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    contact TEXT NOT NULL,
    phone TEXT NOT NULL,
    reciprocity TEXT NOT NULL,
    share TEXT NOT NULL,
    note TEXT NOT NULL,
    since BIGINT NOT NULL,
    digest TEXT
);

-- The partner that is proposed, or that it was referred on to at the moment `referred_on`; and the partner that it came from. Their names: a list changes.
ALTER TABLE lead ADD COLUMN partner TEXT;
ALTER TABLE lead ADD COLUMN referred_on BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lead ADD COLUMN from_partner TEXT;
CREATE INDEX lead_partner ON lead (partner, referred_on) WHERE referred_on > 0;
CREATE INDEX lead_from_partner ON lead (from_partner, created) WHERE from_partner IS NOT NULL;
CREATE INDEX lead_referrer ON lead (referrer_address, created) WHERE referrer_address IS NOT NULL;

-- Each partner that was considered, and why it was (not) chosen: lines as those of the candidates.
ALTER TABLE judgement ADD COLUMN partners TEXT;
