-- The log: entries are added at the end, never changed. entry: RFC 8785 bytes, of which leaf is the RFC 6962 hash.
CREATE TABLE log_entries (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    source   TEXT   NOT NULL,
    entry_id TEXT   NOT NULL,
    entry    TEXT   NOT NULL,
    leaf     TEXT   NOT NULL,
    PRIMARY KEY (space_id, idx)
);
CREATE UNIQUE INDEX log_entries_by_source ON log_entries (space_id, source, entry_id);

-- Nodes over full subtrees: node idx of level n covers the leaves from idx * 2^n on. Written once, when the subtree is full.
CREATE TABLE log_nodes (
    space_id TEXT   NOT NULL,
    level    BIGINT NOT NULL,
    idx      BIGINT NOT NULL,
    hash     TEXT   NOT NULL,
    PRIMARY KEY (space_id, level, idx)
);

-- The primary key makes a second root for one size impossible.
CREATE TABLE log_checkpoints (
    space_id TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    root     TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    PRIMARY KEY (space_id, size)
);
