-- Up to where a counter of an agreement may be taken without another durable step. After a kill it counts as taken up to there.
CREATE TABLE quota_leases (
    space_id     TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    counter      TEXT   NOT NULL,
    period_no    BIGINT NOT NULL,
    leased       BIGINT NOT NULL,
    PRIMARY KEY (space_id, agreement_id, counter)
);

-- The start of the machine in which the journal was last written: after another one, its last entries may be missing.
ALTER TABLE usage_journal ADD COLUMN boot TEXT NOT NULL DEFAULT '';
-- When the agreement was first used, milliseconds since 1970; 0: never. Terms may count time from there.
ALTER TABLE quotas ADD COLUMN first_used BIGINT NOT NULL DEFAULT 0;

