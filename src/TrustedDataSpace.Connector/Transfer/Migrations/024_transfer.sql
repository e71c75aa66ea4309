-- code: of a termination or suspension, for programs. suspended_by: which role has suspended the transfer, and alone may start it again;
-- NULL when it is not suspended, or was by a version that did not note it. manual: a request waits for a person or a program, 1 or 0.
ALTER TABLE transfers ADD COLUMN code TEXT;
ALTER TABLE transfers ADD COLUMN suspended_by TEXT;
ALTER TABLE transfers ADD COLUMN manual BIGINT NOT NULL DEFAULT 0;

-- The filters of the list.
CREATE INDEX transfers_by_state ON transfers (space_id, state, id);
CREATE INDEX transfers_by_role ON transfers (space_id, role, id);
CREATE INDEX transfers_by_party ON transfers (space_id, counterparty, id);
CREATE INDEX transfers_of_agreement ON transfers (space_id, agreement_id, id);

-- What the product said about transfers when the agreement was negotiated. formats: a JSON array; NULL: every format that is supported.
ALTER TABLE negotiations ADD COLUMN formats TEXT;
ALTER TABLE agreements ADD COLUMN transfer_mode TEXT NOT NULL DEFAULT 'automatic';
ALTER TABLE agreements ADD COLUMN finite BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agreements ADD COLUMN formats TEXT;

-- One row for each push transfer that has not ended, under this connector's process id. address: sealed under the master key; the
-- consumer's sink, or the consumer's data address as the provider got it, each with its secrets. flow: once it is known.
-- Provider only: finite, 1 when one delivery is all; running, 1 while deliveries are due; delivery, the number of the next one; attempts, how often that one has failed,
-- since failing_since; next_at, when it is due.
CREATE TABLE pushes (
    space_id      TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    transfer      TEXT   NOT NULL,
    flow          TEXT,
    purpose       TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    finite        BIGINT NOT NULL DEFAULT 0,
    running       BIGINT NOT NULL DEFAULT 0,
    delivery      BIGINT NOT NULL DEFAULT 1,
    attempts      BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT NOT NULL DEFAULT 0,
    next_at       BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (space_id, role, transfer)
);
CREATE INDEX pushes_due ON pushes (space_id, running, next_at);
