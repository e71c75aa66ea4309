-- Restores after which the log has gone on, or another has followed: the file that says so may outlive a kill.
CREATE TABLE log_restores (
    space_id TEXT NOT NULL,
    id       TEXT NOT NULL,
    PRIMARY KEY (space_id, id)
);

-- The authority's own entries of the last days, sealed under its master key: members that are witnesses keep them for it. box: see LogCopies.
CREATE TABLE log_own (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    box      TEXT   NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, idx)
);
CREATE INDEX log_own_by_time ON log_own (space_id, added_at);

-- After a restore: the last checkpoint that each member has verified. complete: it has handed back all that it had.
CREATE TABLE log_reports (
    space_id TEXT   NOT NULL,
    member   TEXT   NOT NULL,
    restore  TEXT   NOT NULL,
    origin   TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    root     TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    complete BIGINT NOT NULL,
    PRIMARY KEY (space_id, member)
);

-- Entries that members have handed back, at the places that receipts prove, until the log goes on. own: 1 the authority's.
CREATE TABLE log_returned (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    entry    BLOB   NOT NULL,
    own      BIGINT NOT NULL,
    PRIMARY KEY (space_id, idx)
);

-- What members have signed over them, as in log_batches.
CREATE TABLE log_returned_batches (
    space_id TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    batch    TEXT   NOT NULL,
    PRIMARY KEY (space_id, idx)
);

-- Whether a witness has signed a newer checkpoint.
CREATE INDEX log_cosignatures_by_witness ON log_cosignatures (space_id, witness, size);
