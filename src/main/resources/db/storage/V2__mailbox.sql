-- The same for SQLite and PostgreSQL. Times are milliseconds since 1970.

CREATE TABLE mail (
    -- the recipient
    owner TEXT NOT NULL,
    -- grows within a box; never used again
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- what counts against quotas
    bytes BIGINT NOT NULL,
    -- 1: the recipient never signed in
    stranger INTEGER NOT NULL,
    -- empty: there is none
    metadata TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (owner, number),
    -- so that nobody can pass for the letter of somebody else; counts those of a pair as well
    UNIQUE (owner, sender, id)
);

-- for the sweep, and to find what is over before somebody is told that there is no room
CREATE INDEX mail_expires ON mail (expires_at);
CREATE INDEX mail_owner_expires ON mail (owner, expires_at);
CREATE INDEX mail_sender_expires ON mail (sender, expires_at);
CREATE INDEX mail_stranger_expires ON mail (expires_at) WHERE stranger = 1;

-- One row for each who ever signed in, and for each other for whom something waits.
CREATE TABLE mail_box (
    owner TEXT NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    -- 1: signed in at least once
    known INTEGER NOT NULL
);

-- One row for each of whom something waits somewhere.
CREATE TABLE mail_sender (
    sender TEXT NOT NULL PRIMARY KEY,
    messages BIGINT NOT NULL
);

CREATE TABLE mail_total (
    -- there is one row
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- letters for those who never signed in
    strangers BIGINT NOT NULL,
    -- no box that is gone had a higher number: those that come begin above it
    floor BIGINT NOT NULL
);

INSERT INTO mail_total (one, strangers, floor) VALUES (1, 0, 0);
