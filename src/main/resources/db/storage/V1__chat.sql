-- The same for SQLite and PostgreSQL. Times are seconds since 1970.

CREATE TABLE chat_room (
    uuid TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    object TEXT NOT NULL,
    -- of the newest message, which may be deleted by now; 0: nothing was said yet
    last_seq BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (type, object)
);

CREATE TABLE chat_message (
    room TEXT NOT NULL REFERENCES chat_room (uuid),
    seq BIGINT NOT NULL,
    uuid TEXT NOT NULL,
    author TEXT NOT NULL,
    posted_at BIGINT NOT NULL,
    json TEXT NOT NULL,
    -- 1: the message was deleted, and only its number is kept
    deleted INTEGER NOT NULL,
    PRIMARY KEY (room, seq),
    UNIQUE (room, uuid)
);

-- to count what was deleted, without reading what was not
CREATE INDEX chat_message_deleted ON chat_message (room, seq) WHERE deleted = 1;
