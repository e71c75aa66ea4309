-- What was paid in advance under an agreement, by the authority's last word, in billionths of the currency. What is taken of it is a lease
-- (quota_leases, counter 'prepaid'). unsure: the machine was started anew since, and the newest uses may be missing in the tables; lost: what
-- of a lease was given up for that reason.
CREATE TABLE balances (
    space_id     TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    topped_up    BIGINT NOT NULL,
    note         TEXT   NOT NULL,
    unsure       BIGINT NOT NULL DEFAULT 0,
    lost         BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (space_id, agreement_id)
);
