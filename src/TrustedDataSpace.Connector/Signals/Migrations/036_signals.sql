-- Signals of the environment that policies ask about; one that is not set has no row.
CREATE TABLE signals (
    space_id   TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    value      TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, name)
);
