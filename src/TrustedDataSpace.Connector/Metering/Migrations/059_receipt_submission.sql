-- When the authority is shown once more what it has not taken, milliseconds since 1970; null: it has taken it, or the outbox is at it.
ALTER TABLE usage_receipts ADD COLUMN submit_at BIGINT;
CREATE INDEX usage_receipts_submit ON usage_receipts (space_id, submit_at) WHERE submit_at IS NOT NULL;

-- What was given up before was forgotten: all is shown once more, which changes nothing where it has arrived.
UPDATE usage_receipts SET submit_at = 0 WHERE state = 'different' OR (role = 'PROVIDER' AND state IN ('equal', 'overdue'));
