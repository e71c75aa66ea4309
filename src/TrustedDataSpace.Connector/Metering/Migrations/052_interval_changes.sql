-- Grows with each change to the leaves of the interval: what was summed up before holds if it is still the same.
ALTER TABLE usage_intervals ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
