-- The tree and the entries stand in tiles, as files. The tables of before go: every service keeps its own trail, and sends it again.
DROP TABLE log_nodes;
DROP TABLE log_entries;
DELETE FROM log_checkpoints;
UPDATE evidence_trail SET log_index = NULL;

-- The one row that an append compares and swaps: two histories for one size cannot both go through it.
-- edge: the roots of the complete subtrees, 32 bytes each, the largest first.
CREATE TABLE log_head (
    space_id TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    root     BLOB   NOT NULL,
    edge     BLOB   NOT NULL,
    PRIMARY KEY (space_id)
);

-- Entries whose bundle is not full yet: the durable form until the tile is.
CREATE TABLE log_staged (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    entry    BLOB   NOT NULL,
    PRIMARY KEY (space_id, idx)
);

-- Which place has the entry that its source gave this identifier. id: see LogLeaf. Without row numbers, which would take as much room again.
CREATE TABLE log_ids (
    space_id TEXT   NOT NULL,
    id       BLOB   NOT NULL,
    idx      BIGINT NOT NULL,
    PRIMARY KEY (space_id, id)
) WITHOUT ROWID;

-- What members have signed over their entries, for who checks the log against the operator. batch: see docs/log-format.md.
CREATE TABLE log_batches (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    batch    TEXT   NOT NULL,
    PRIMARY KEY (space_id, idx)
);
