-- Requests with an Idempotency-Key that have had an effect: the row commits with the effect. answer: sealed; null until the request was
-- answered, and for ever if the service was killed before.
CREATE TABLE idempotency_keys (
    space_id        TEXT   NOT NULL,
    caller          TEXT   NOT NULL,
    idempotency_key TEXT   NOT NULL,
    digest          TEXT   NOT NULL,
    subject         TEXT   NOT NULL,
    answer          TEXT,
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (space_id, caller, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (space_id, created_at);
