-- What witnesses have signed under a checkpoint. line: the signature line of the note.
CREATE TABLE log_cosignatures (
    space_id TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    witness  TEXT   NOT NULL,
    line     TEXT   NOT NULL,
    PRIMARY KEY (space_id, size, witness)
);
