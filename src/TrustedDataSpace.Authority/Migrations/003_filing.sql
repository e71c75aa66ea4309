CREATE TABLE agreements (
    space_id    TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    provider    TEXT   NOT NULL,
    consumer    TEXT   NOT NULL,
    hash        TEXT   NOT NULL,
    filing      TEXT   NOT NULL,
    filed_at    BIGINT NOT NULL,
    evidence_id TEXT   NOT NULL,
    PRIMARY KEY (space_id, id)
);
