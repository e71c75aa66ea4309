-- One row per metered request. state 'open': reserved, before or while data flows; 'interrupted': it did not end well, and what
-- the other connector knows is asked; 'settled': counted. observed: row_count and byte_count of an interrupted one are known.
CREATE TABLE usage_leaves (
    space_id     TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    sequence_no  BIGINT NOT NULL,
    agreement_id TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    row_count    BIGINT NOT NULL DEFAULT 0,
    byte_count   BIGINT NOT NULL DEFAULT 0,
    observed     BIGINT NOT NULL DEFAULT 0,

    -- The consumer's own id of the request: it may ask for it when the number never came.
    request_id   TEXT,

    -- Only where the caller sent an Idempotency-Key: what makes a repeated request a retry.
    idempotency_key TEXT,
    request_digest  TEXT,
    answer_digest   TEXT,
    PRIMARY KEY (space_id, role, flow, interval_no, sequence_no)
);
CREATE INDEX usage_leaves_by_key ON usage_leaves (space_id, agreement_id, role, idempotency_key, interval_no) WHERE idempotency_key IS NOT NULL;
CREATE INDEX usage_leaves_by_request ON usage_leaves (space_id, role, flow, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX usage_leaves_open ON usage_leaves (space_id, role, flow) WHERE state <> 'settled';

-- Consumer: requests that went to the provider and are not counted yet. observed: it is known that nothing came back, 1 or 0.
CREATE TABLE usage_sent (
    space_id        TEXT   NOT NULL,
    id              TEXT   NOT NULL,
    flow            TEXT   NOT NULL,
    agreement_id    TEXT   NOT NULL,
    interval_no     BIGINT NOT NULL,
    purpose         TEXT   NOT NULL,
    idempotency_key TEXT,
    request_digest  TEXT   NOT NULL,
    observed        BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX usage_sent_by_agreement ON usage_sent (space_id, agreement_id);

-- Intervals that are not recorded yet. unsettled: leaves of it that are under way or interrupted.
CREATE TABLE usage_intervals (
    space_id     TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    agreement_id TEXT   NOT NULL,
    unsettled    BIGINT NOT NULL,
    PRIMARY KEY (space_id, role, flow, interval_no)
);

-- Sums of all settled leaves, so that showing them costs nothing that grows with use.
CREATE TABLE usage_totals (
    space_id      TEXT   NOT NULL,
    agreement_id  TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    purpose       TEXT   NOT NULL,
    outcome       TEXT   NOT NULL,
    request_count BIGINT NOT NULL,
    row_count     BIGINT NOT NULL,
    byte_count    BIGINT NOT NULL,
    PRIMARY KEY (space_id, agreement_id, role, purpose, outcome)
);

-- Uses of an agreement, reservations included. Never above the contract's limit.
CREATE TABLE quotas (
    space_id     TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    used         BIGINT NOT NULL,
    PRIMARY KEY (space_id, agreement_id)
);

-- The signed flow-interval records.
CREATE TABLE usage_records (
    space_id     TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    id           TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    record       TEXT   NOT NULL,
    signature    TEXT   NOT NULL,
    PRIMARY KEY (space_id, role, flow, interval_no)
);
CREATE INDEX usage_records_by_agreement ON usage_records (space_id, agreement_id, role, interval_no);
