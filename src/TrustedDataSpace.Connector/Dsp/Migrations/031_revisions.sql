-- How often the row was changed: its entity tag differs after each change, be anything of it shown or not.
ALTER TABLE negotiations ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transfers    ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
