-- A flow is what a started transfer lets through. The token is sealed under the master key (consumer role only).
CREATE TABLE flows (
    space_id     TEXT NOT NULL,
    role         TEXT NOT NULL,
    flow         TEXT NOT NULL,
    agreement_id TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    state        TEXT NOT NULL,
    reason       TEXT,
    endpoint     TEXT,
    token        TEXT,
    PRIMARY KEY (space_id, role, flow)
);
CREATE INDEX flows_by_agreement ON flows (space_id, role, agreement_id, state);
