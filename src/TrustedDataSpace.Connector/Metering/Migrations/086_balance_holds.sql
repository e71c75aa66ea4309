-- Intervals of a prepaid agreement with a use of which nobody knows what it delivered. What was taken beyond what is counted is held for all of
-- them together (balances.held, billionths of the currency) until the authority has the last of their disputes resolved. settled: what that comes to beyond
-- what is counted of the interval here, below zero where it is less; null: not resolved yet. uses: how many such uses of the interval were
-- known when that was held.
ALTER TABLE balances ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
CREATE TABLE balance_holds (
    space_id     TEXT   NOT NULL,
    agreement_id TEXT   NOT NULL,
    flow         TEXT   NOT NULL,
    interval_no  BIGINT NOT NULL,
    uses         BIGINT NOT NULL,
    settled      BIGINT NULL,
    PRIMARY KEY (space_id, agreement_id, flow, interval_no)
);
