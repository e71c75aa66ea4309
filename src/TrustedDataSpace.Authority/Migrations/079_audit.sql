-- Where in the log an auditor finds what: one row for each entry, made when a question is asked and the log has grown. time: Unix milliseconds.
CREATE TABLE audit_entries (
    space_id  TEXT   NOT NULL,
    idx       BIGINT NOT NULL,
    time      BIGINT NOT NULL,
    source    TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    agreement TEXT,
    process   TEXT,
    PRIMARY KEY (space_id, idx)
);
CREATE INDEX audit_by_agreement ON audit_entries (space_id, agreement, idx) WHERE agreement IS NOT NULL;
CREATE INDEX audit_by_process ON audit_entries (space_id, process, idx) WHERE process IS NOT NULL;
CREATE INDEX audit_by_kind ON audit_entries (space_id, kind, idx);
