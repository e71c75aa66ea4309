CREATE TABLE transfers (
    space_id          TEXT NOT NULL,
    id                TEXT NOT NULL,
    role              TEXT NOT NULL,
    state             TEXT NOT NULL,
    counterparty      TEXT NOT NULL,
    counterparty_pid  TEXT,
    counterparty_path TEXT NOT NULL,
    reasons           TEXT NOT NULL,
    agreement_id      TEXT NOT NULL,
    format            TEXT NOT NULL,
    PRIMARY KEY (space_id, id)
);
-- A request that is sent again finds the transfer that it began.
CREATE UNIQUE INDEX transfers_by_counterparty ON transfers (space_id, role, counterparty, counterparty_pid);
CREATE INDEX transfers_by_agreement ON transfers (space_id, agreement_id, state);
