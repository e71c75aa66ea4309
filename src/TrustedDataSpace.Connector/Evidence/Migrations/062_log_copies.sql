-- Entries of the authority, sealed for it: this connector cannot read them, and hands them back when the authority has lost them.
CREATE TABLE log_copies (
    space_id TEXT   NOT NULL,
    origin   TEXT   NOT NULL,
    idx      BIGINT NOT NULL,
    box      TEXT   NOT NULL,
    kept_at  BIGINT NOT NULL,
    PRIMARY KEY (space_id, origin, idx)
);
CREATE INDEX log_copies_by_time ON log_copies (space_id, kept_at);
