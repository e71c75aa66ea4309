-- What the other party of a flow has signed about an interval. 'waiting': this side has signed, the other not yet; 'claimed': the other has
-- signed, this side not yet; 'overdue': the other did not sign in its grace; 'equal' and 'different': both have signed.
CREATE TABLE usage_receipts (
    space_id     TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    agreement_id TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    peer_record  TEXT,

    -- Provider: until when the consumer must have signed, milliseconds since 1970.
    due_at       BIGINT,
    PRIMARY KEY (space_id, role, flow, interval_no)
);
CREATE INDEX usage_receipts_due ON usage_receipts (space_id, due_at) WHERE state = 'waiting';
CREATE INDEX usage_receipts_claimed ON usage_receipts (space_id, interval_no) WHERE state = 'claimed';
CREATE INDEX usage_receipts_overdue ON usage_receipts (space_id, flow) WHERE state = 'overdue';
