-- Messages that a committed change promised to send. One destination is served in the order of ids.
CREATE TABLE outbox (
    space_id    TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    topic       TEXT   NOT NULL,
    destination TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL DEFAULT 0,
    next_at     BIGINT NOT NULL,
    last_error  TEXT,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX outbox_by_destination ON outbox (space_id, destination, id);

-- What happened here, in order. log_index: its place in the authority's log, once that has confirmed it.
CREATE TABLE evidence_trail (
    space_id  TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    entry     TEXT   NOT NULL,
    log_index BIGINT,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX evidence_trail_unlogged ON evidence_trail (space_id, id) WHERE log_index IS NULL;

-- Private keys, sealed under the master key.
CREATE TABLE signing_keys (
    space_id   TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kid        TEXT   NOT NULL,
    sealed     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, name)
);

-- Secrets of which only a hash is needed.
CREATE TABLE secret_hashes (
    space_id TEXT NOT NULL,
    name     TEXT NOT NULL,
    hash     TEXT NOT NULL,
    PRIMARY KEY (space_id, name)
);
