-- Settlements: never changed but for signatures and payment; another revision corrects. document: canonical JSON.
CREATE TABLE settlements (
    space_id           TEXT   NOT NULL,
    id                 TEXT   NOT NULL,
    agreement_id       TEXT   NOT NULL,
    provider           TEXT   NOT NULL,
    consumer           TEXT   NOT NULL,
    period_from        BIGINT NOT NULL,
    period_to          BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    document           TEXT   NOT NULL,
    issued_at          BIGINT NOT NULL,
    provider_signature TEXT,
    consumer_signature TEXT,
    payment            TEXT,
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX settlements_by_period ON settlements (space_id, agreement_id, period_from, period_to, revision);
