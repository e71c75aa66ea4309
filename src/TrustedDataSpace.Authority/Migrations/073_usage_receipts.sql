-- One row for each interval of a flow: what both have signed, and what of it settles. settled: the record that is rated, null while it is
-- disputed and where nothing is to be paid.
CREATE TABLE receipts (
    space_id        TEXT   NOT NULL,
    agreement_id    TEXT   NOT NULL,
    interval_no     BIGINT NOT NULL,
    flow            TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    provider_record TEXT   NOT NULL,
    consumer_record TEXT,
    settled         TEXT,
    note            TEXT,
    dispute_id      TEXT,
    PRIMARY KEY (space_id, agreement_id, interval_no, flow)
);

CREATE TABLE disputes (
    space_id     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    flow         TEXT   NOT NULL,
    provider     TEXT   NOT NULL,
    consumer     TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    opened_at    BIGINT NOT NULL,

    -- What the leaves of each side add up to; null: they have not come.
    provider_recount TEXT,
    consumer_recount TEXT,

    take         TEXT,
    resolved_by  TEXT,
    why          TEXT,
    resolved_at  BIGINT,
    PRIMARY KEY (space_id, id)
);
CREATE INDEX disputes_open ON disputes (space_id, agreement_id, interval_no) WHERE state = 'open';

-- data: JSON array of leaves, in order of their sequence.
CREATE TABLE dispute_leaves (
    space_id   TEXT   NOT NULL,
    dispute_id TEXT   NOT NULL,
    side       TEXT   NOT NULL,
    page_no    BIGINT NOT NULL,
    first_seq  BIGINT NOT NULL,
    last_seq   BIGINT NOT NULL,
    data       TEXT   NOT NULL,
    PRIMARY KEY (space_id, dispute_id, side, page_no)
);
