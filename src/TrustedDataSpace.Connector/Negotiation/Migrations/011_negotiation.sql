-- asset_id, classification: of the version that was asked for, so that a newer one changes nothing here (provider only).
CREATE TABLE negotiations (
    space_id          TEXT NOT NULL,
    id                TEXT NOT NULL,
    role              TEXT NOT NULL,
    state             TEXT NOT NULL,
    counterparty      TEXT NOT NULL,
    counterparty_pid  TEXT,
    counterparty_path TEXT NOT NULL,
    reasons           TEXT NOT NULL,
    dataset_id        TEXT NOT NULL,
    asset_id          TEXT,
    classification    TEXT NOT NULL,
    offer             TEXT NOT NULL,
    agreement         TEXT,
    PRIMARY KEY (space_id, id)
);
-- A request that is sent again finds the negotiation that it began.
CREATE UNIQUE INDEX negotiations_by_counterparty ON negotiations (space_id, role, counterparty, counterparty_pid);
