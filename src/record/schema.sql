-- The record, version 1. Later changes are numbered steps after this one (schema.c), never edits of it.
--
-- Moments are UTC seconds (BIGINT), 0 for none; words are those of model/names.h; lists of texts are lines.
-- The types are those that SQLite and PostgreSQL share. What is SQLite's own: INTEGER PRIMARY KEY numbers rows by itself,
-- WITHOUT ROWID keeps a table in its key, and the wording of the triggers.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE rulebook (
    hash TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- A captured mail. One that is decided is never decided again.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    message_id TEXT,
    received BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    is_cut SMALLINT NOT NULL,
    claimer TEXT,
    claimed_until BIGINT NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    decided BIGINT NOT NULL DEFAULT 0,
    kind TEXT,
    kind_rule TEXT,
    kind_evidence TEXT,
    disposition TEXT,
    reason TEXT,
    rules_hash TEXT,
    lead BIGINT
);
CREATE INDEX message_undecided ON message (id) WHERE decided = 0;
CREATE INDEX message_quarantined ON message (id) WHERE disposition = 'quarantined';
CREATE INDEX message_message_id ON message (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX message_lead ON message (lead) WHERE lead IS NOT NULL;

-- Its bytes, apart, so that the rows above stay small.
CREATE TABLE message_raw (
    message BIGINT NOT NULL REFERENCES message (id),
    chunk INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (message, chunk)
);

-- Each time a door brought it.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    message BIGINT NOT NULL REFERENCES message (id),
    at BIGINT NOT NULL,
    door TEXT NOT NULL,
    queue_id TEXT,
    envelope_from TEXT,
    envelope_to TEXT NOT NULL
);
CREATE INDEX delivery_message ON delivery (message);

-- An enquiry; its number is that of the message that opened it. Outside mails of the outbox up to held_through are not to go.
CREATE TABLE lead (
    id INTEGER PRIMARY KEY REFERENCES message (id),
    track TEXT NOT NULL,
    channel TEXT NOT NULL,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    is_live SMALLINT NOT NULL,
    owner TEXT NOT NULL,
    tier TEXT,
    score INTEGER NOT NULL,
    route TEXT,
    exception TEXT,
    rules_hash TEXT,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    referrer_name TEXT,
    referrer_address TEXT,
    held_through BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX lead_status ON lead (status);

CREATE TABLE field (
    lead BIGINT NOT NULL REFERENCES lead (id),
    name TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    message BIGINT,
    value TEXT NOT NULL,
    raw TEXT,
    rule TEXT,
    place TEXT,
    start BIGINT NOT NULL,
    length BIGINT NOT NULL,
    evidence TEXT,
    PRIMARY KEY (lead, name)
) WITHOUT ROWID;

CREATE TABLE score_part (
    lead BIGINT NOT NULL REFERENCES lead (id),
    ordinal INTEGER NOT NULL,
    rule TEXT NOT NULL,
    points INTEGER NOT NULL,
    because TEXT,
    PRIMARY KEY (lead, ordinal)
) WITHOUT ROWID;

-- The rest of the judgement that stands: read as a whole, when somebody looks at the lead.
CREATE TABLE judgement (
    lead INTEGER PRIMARY KEY REFERENCES lead (id),
    at BIGINT NOT NULL,
    route_because TEXT,
    action TEXT NOT NULL,
    cadence TEXT,
    missing TEXT NOT NULL,
    contradictions TEXT NOT NULL,
    flags TEXT NOT NULL,
    candidates TEXT NOT NULL,
    budget_known SMALLINT NOT NULL,
    budget_met SMALLINT NOT NULL,
    budget_rule TEXT,
    budget_because TEXT,
    authority_known SMALLINT NOT NULL,
    authority_met SMALLINT NOT NULL,
    authority_rule TEXT,
    authority_because TEXT,
    need_known SMALLINT NOT NULL,
    need_met SMALLINT NOT NULL,
    need_rule TEXT,
    need_because TEXT,
    timing_known SMALLINT NOT NULL,
    timing_met SMALLINT NOT NULL,
    timing_rule TEXT,
    timing_because TEXT
);

-- Addresses of the people of a lead, folded.
CREATE TABLE address (
    address TEXT NOT NULL,
    lead BIGINT NOT NULL REFERENCES lead (id),
    name TEXT NOT NULL,
    PRIMARY KEY (address, lead)
) WITHOUT ROWID;
CREATE INDEX address_lead ON address (lead);

-- Message-IDs that prove a lead beside those of its messages: of our own mails, and all that its mails refer to.
CREATE TABLE thread_id (
    id TEXT NOT NULL,
    lead BIGINT NOT NULL REFERENCES lead (id),
    PRIMARY KEY (id, lead)
) WITHOUT ROWID;

-- Addresses that must not be written to: 'bounced', 'unsubscribed'.
CREATE TABLE address_mark (
    address TEXT PRIMARY KEY,
    why TEXT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;

-- The load of each person who ever had a lead; kept with every change of owner or status, so that nothing has to be counted.
CREATE TABLE person (
    id TEXT PRIMARY KEY,
    open_leads BIGINT NOT NULL,
    last_assigned BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE promise (
    id INTEGER PRIMARY KEY,
    lead BIGINT NOT NULL REFERENCES lead (id),
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    due BIGINT NOT NULL,
    kept_by TEXT NOT NULL,
    kept BIGINT NOT NULL DEFAULT 0,
    broken BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX promise_open ON promise (broken, due) WHERE kept = 0;
CREATE INDEX promise_lead ON promise (lead);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    lead BIGINT REFERENCES lead (id),
    purpose TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    template TEXT,
    recipient_role TEXT,
    is_internal SMALLINT NOT NULL,
    to_name TEXT NOT NULL,
    to_address TEXT NOT NULL,
    to_domain TEXT NOT NULL,
    from_name TEXT,
    from_address TEXT,
    reply_name TEXT,
    reply_address TEXT,
    queued BIGINT NOT NULL,
    due BIGINT NOT NULL,
    date BIGINT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    in_reply_to TEXT,
    refers_to TEXT NOT NULL,
    attach_message BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimer TEXT,
    claimed_until BIGINT NOT NULL DEFAULT 0,
    sent BIGINT NOT NULL DEFAULT 0,
    last_answer TEXT
);
CREATE INDEX outbox_due ON outbox (due, id) WHERE state = 'pending';
CREATE INDEX outbox_claimed ON outbox (claimer) WHERE claimed_until > 0;
CREATE INDEX outbox_unsent ON outbox (state, id) WHERE state <> 'pending' AND state <> 'sent';
CREATE INDEX outbox_lead ON outbox (lead);
CREATE INDEX outbox_to ON outbox (to_domain, queued, to_address) WHERE is_internal = 0;

-- What it says, apart: the row above is written again at every step of the sending.
CREATE TABLE outbox_text (
    mail INTEGER PRIMARY KEY REFERENCES outbox (id),
    text TEXT NOT NULL,
    html TEXT
);

-- The history. Each line carries a digest of itself and of the digest before it. Only the detail can be taken away, for the
-- erasure of personal data; its digest then stands in `erased`, so that the chain still holds.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    lead BIGINT REFERENCES lead (id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT,
    erased TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX event_lead ON event (lead);

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
WHEN NEW.id <> OLD.id OR NEW.lead IS NOT OLD.lead OR NEW.at <> OLD.at OR NEW.actor <> OLD.actor OR NEW.what <> OLD.what
    OR NEW.hash <> OLD.hash OR NEW.detail IS NOT NULL OR OLD.detail IS NULL OR NEW.erased IS NULL
BEGIN
    SELECT RAISE(ABORT, 'the history is append-only');
END;
