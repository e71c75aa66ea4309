-- AI tokens. Of a leaf: its counts in canonical JSON (TokenCounts); NULL where the contract counts none, or they are not known.
-- Of a total: a sum with something unknown in it is NULL.
ALTER TABLE usage_leaves ADD COLUMN tokens TEXT;
ALTER TABLE usage_totals ADD COLUMN tokens_in BIGINT;
ALTER TABLE usage_totals ADD COLUMN tokens_cached BIGINT;
ALTER TABLE usage_totals ADD COLUMN tokens_out BIGINT;
ALTER TABLE usage_totals ADD COLUMN tokens_data BIGINT;
