-- The same for SQLite and PostgreSQL. Times are milliseconds since 1970.

CREATE TABLE queue (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    -- 1: the server named it, and it goes when nobody uses it
    temporary INTEGER NOT NULL,
    -- of the newest message; never used again
    last_number BIGINT NOT NULL,
    -- of all that is kept, dead letters included
    messages BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    dead BIGINT NOT NULL,
    -- of a temporary one, the run of the server in which it has consumers; empty: it has none
    consumed_in TEXT NOT NULL,
    -- when it last had a consumer or a message
    used_at BIGINT NOT NULL
);

CREATE INDEX queue_owner ON queue (owner);
CREATE INDEX queue_unused ON queue (used_at) WHERE temporary = 1 AND messages = 0 AND consumed_in = '';

CREATE TABLE queue_message (
    queue TEXT NOT NULL,
    -- 1: a dead letter. Before the number, so that nobody who reads the others has to pass these
    dead INTEGER NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    sender TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    exchange TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- what counts against the bounds
    bytes BIGINT NOT NULL,
    -- how often it was given to somebody and came back
    returns INTEGER NOT NULL,
    -- 0: it is no dead letter
    died_at BIGINT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (queue, dead, number)
);

-- for the sweeps, and to find what is over before somebody is told that there is no room
CREATE INDEX queue_message_expires ON queue_message (expires_at) WHERE dead = 0;
CREATE INDEX queue_message_queue_expires ON queue_message (queue, expires_at) WHERE dead = 0;
CREATE INDEX queue_message_died ON queue_message (died_at) WHERE dead = 1;

CREATE TABLE queue_exchange (
    name TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    owner TEXT NOT NULL,
    bindings BIGINT NOT NULL,
    -- when it was made, or last lost a binding
    used_at BIGINT NOT NULL
);

CREATE INDEX queue_exchange_unused ON queue_exchange (used_at) WHERE bindings = 0;

CREATE TABLE queue_binding (
    exchange TEXT NOT NULL,
    queue TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    PRIMARY KEY (exchange, queue)
);

CREATE INDEX queue_binding_queue ON queue_binding (queue);

CREATE TABLE queue_total (
    -- there is one row
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    queues BIGINT NOT NULL,
    exchanges BIGINT NOT NULL,
    -- no queue that is gone had a higher number: those that come begin above it
    floor BIGINT NOT NULL
);

INSERT INTO queue_total (one, queues, exchanges, floor) VALUES (1, 0, 0, 0);
