-- The last checkpoint of the authority's log that this connector has verified. log_key: the JWK that signs them, pinned with the first one.
CREATE TABLE log_seen (
    space_id TEXT   NOT NULL,
    origin   TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    root     TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    log_key  TEXT   NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (space_id)
);

-- Logs that were refused, with the note that they showed. ended_at: when the log was right again, or an operator has accepted it.
CREATE TABLE log_alarms (
    space_id  TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    note      TEXT   NOT NULL,
    raised_at BIGINT NOT NULL,
    ended_at  BIGINT,
    PRIMARY KEY (space_id, id)
);

-- What the log has acknowledged: the entries from first_entry to last_entry stand from first_index on under the checkpoint in the note.
-- proof: the hashes of the range proof, 32 bytes each. Never deleted, so that they hold against a log that has forgotten.
CREATE TABLE log_receipts (
    space_id    TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    first_index BIGINT NOT NULL,
    count       BIGINT NOT NULL,
    size        BIGINT NOT NULL,
    note        TEXT   NOT NULL,
    log_key     TEXT   NOT NULL,
    proof       BLOB   NOT NULL,
    first_entry TEXT   NOT NULL,
    last_entry  TEXT   NOT NULL,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX log_receipts_by_entry ON log_receipts (space_id, last_entry);

-- An entry counts as logged with a receipt only: those from before are sent once more, and get one.
UPDATE evidence_trail SET log_index = NULL;
DELETE FROM evidence_shipment;
