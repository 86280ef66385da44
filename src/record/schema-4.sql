-- Version 4: lists that the firm gives (its clients, and the parties it must not act against) and the keys they are found by.

CREATE TABLE client (
    id INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    note TEXT NOT NULL,
    since BIGINT NOT NULL
);

-- The same party may stand in several matters.
CREATE TABLE conflict_party (
    id INTEGER PRIMARY KEY,
    folded TEXT NOT NULL,
    name TEXT NOT NULL,
    matter TEXT NOT NULL,
    note TEXT NOT NULL,
    since BIGINT NOT NULL,
    UNIQUE (folded, matter)
);

-- All that a party is known by, as it was written. list: 1 client, 2 conflict_party; what: 1 name, 2 another name, 3 address, 4 domain.
CREATE TABLE party_name (
    id INTEGER PRIMARY KEY,
    list SMALLINT NOT NULL,
    party BIGINT NOT NULL,
    what SMALLINT NOT NULL,
    said TEXT NOT NULL
);
CREATE INDEX party_name_party ON party_name (list, party);

-- The keys it is found by. kind: those of base/party_name.h, 11 address, 12 domain.
CREATE TABLE party_key (
    key TEXT NOT NULL,
    list SMALLINT NOT NULL,
    kind SMALLINT NOT NULL,
    name BIGINT NOT NULL REFERENCES party_name (id),
    PRIMARY KEY (key, list, kind, name)
) WITHOUT ROWID;
CREATE INDEX party_key_name ON party_key (name);

-- Words of the names, each under itself and under what it is without one of its letters. They stay when their last name goes: they only lead to keys.
CREATE TABLE party_word (
    near TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (near, word)
) WITHOUT ROWID;
