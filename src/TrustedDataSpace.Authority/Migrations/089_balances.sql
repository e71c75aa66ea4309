-- Payments in advance, each once: what an agreement was topped up with.
CREATE TABLE top_ups (
    space_id     TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    amount       TEXT   NOT NULL,
    reference    TEXT   NOT NULL,
    confirmed_by TEXT   NOT NULL,
    confirmed_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, agreement_id, number),
    UNIQUE (space_id, agreement_id, reference)
);

-- What the balance pays of a settlement's statement; null where its plan is not prepaid.
ALTER TABLE settlements ADD COLUMN prepaid TEXT;
